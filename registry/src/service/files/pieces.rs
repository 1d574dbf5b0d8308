//! Verified bytes, in pieces that share one allocation.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

/// Bytes that are there to their end, and right. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Pieces(Arc<[Bytes]>);

impl Pieces {
    /// All pieces, in order.
    pub fn new(pieces: &[Bytes]) -> Self {
        Self(pieces.into())
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.0.iter().map(Bytes::len).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of a range, which must not reach beyond the end.
    #[must_use]
    pub fn part(&self, range: Range<usize>) -> Self {
        let mut part = Vec::new();
        let mut begin = 0;
        for piece in self.0.iter() {
            let end = begin + piece.len();
            let (from, to) = (range.start.max(begin), range.end.min(end));
            if from < to {
                part.push(piece.slice(from - begin..to - begin));
            }
            begin = end;
        }
        Self(part.into())
    }

    /// The pieces. None is copied.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Bytes> + Send + Sync + use<> {
        let pieces = Arc::clone(&self.0);
        (0..pieces.len()).map(move |index| pieces[index].clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_cut_from_all_pieces() {
        let pieces = Pieces::new(&[Bytes::from("abc"), Bytes::from("d"), Bytes::from("efg")]);
        assert_eq!(pieces.len(), 7);
        for from in 0..=7 {
            for to in from..=7 {
                let part: Vec<u8> = pieces.part(from..to).iter().flatten().collect();
                assert_eq!(part, b"abcdefg"[from..to]);
            }
        }
        assert!(pieces.part(3..3).is_empty());
    }
}
