//! An object as a stream that never ends well with wrong bytes.

use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::{GetResult, GetResultPayload};
use tokio_util::io::ReaderStream;

use super::{Error, damaged};
use crate::digest::{Digest, Hasher};

/// About the size of a piece: small ones cost a thread switch or a system call each.
const PIECE: usize = 256 * 1024;

/// How an object is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    /// Bytes in a piece.
    pub(super) piece: usize,
    /// Bytes in an allocation, from which pieces are cut.
    pub(super) room: usize,
}

impl Cut {
    /// For an object that passes.
    pub(super) const PASSING: Self = Self { piece: PIECE, room: PIECE };

    /// For an object of this size that is kept: one allocation, and no small piece at the end.
    pub(super) fn kept(size: usize) -> Self {
        let count = (size / PIECE).max(1);
        Self { piece: size.div_ceil(count).max(1), room: size }
    }
}

/// The object in large pieces.
pub(super) fn pieces(
    found: GetResult,
    Cut { piece: size, room }: Cut,
) -> BoxStream<'static, io::Result<Bytes>> {
    let small = match found.payload {
        GetResultPayload::File(file, _) => {
            ReaderStream::with_capacity(tokio::fs::File::from_std(file), PIECE).boxed()
        }
        GetResultPayload::Stream(stream) => stream.map_err(io::Error::other).boxed(),
    };
    stream::unfold((small, BytesMut::new()), move |(mut small, mut piece)| async move {
        while piece.len() < size {
            match small.next().await {
                Some(Ok(bytes)) => {
                    if piece.capacity() - piece.len() < bytes.len() {
                        piece.reserve(room.max(bytes.len()));
                    }
                    piece.extend_from_slice(&bytes);
                }
                Some(Err(error)) => return Some((Err(error), (small, piece))),
                None => break,
            }
        }
        let next = piece.split_to(piece.len().min(size)).freeze();
        (!next.is_empty()).then(|| (Ok(next), (small, piece)))
    })
    .boxed()
}

/// Passes pieces on as they come, except for the last one, which waits for the digest of all.
pub(super) fn verified(
    pieces: BoxStream<'static, io::Result<Bytes>>,
    digest: Digest,
    size: u64,
    path: String,
) -> BoxStream<'static, Result<Bytes, Error>> {
    struct Check {
        pieces: BoxStream<'static, io::Result<Bytes>>,
        hasher: Option<Hasher>,
        left: u64,
        digest: Digest,
        path: String,
    }
    let check = Check { pieces, hasher: Some(Hasher::default()), left: size, digest, path };
    stream::unfold(check, |mut check| async move {
        let mut hasher = check.hasher.take()?;
        let piece = match check.pieces.next().await {
            Some(Ok(piece)) => piece,
            Some(Err(error)) => return Some((Err(Error::Broken(Arc::new(error))), check)),
            None => {
                let error = io::Error::from(io::ErrorKind::UnexpectedEof);
                return Some((Err(Error::Broken(Arc::new(error))), check));
            }
        };
        hasher.update(&piece);
        // Longer than what was published, it has another digest.
        check.left = check.left.saturating_sub(piece.len() as u64);
        if check.left > 0 {
            check.hasher = Some(hasher);
        } else if hasher.finish() != check.digest {
            return Some((Err(damaged(check.path.clone())), check));
        }
        Some((Ok(piece), check))
    })
    .boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn stream(pieces: &[&'static [u8]], digest: Digest, size: u64) -> Vec<Result<Bytes, Error>> {
        let pieces: Vec<_> = pieces.iter().map(|piece| Ok(Bytes::from_static(piece))).collect();
        verified(stream::iter(pieces).boxed(), digest, size, "p".into()).collect().await
    }

    #[test]
    fn what_is_kept_is_cut_evenly() {
        for (size, count) in
            [(1, 1), (PIECE, 1), (PIECE + 26, 1), (2 * PIECE - 1, 1), (2 * PIECE, 2), (20 * PIECE + 7, 20)]
        {
            let Cut { piece, room } = Cut::kept(size);
            assert_eq!((size.div_ceil(piece), room), (count, size), "{size}");
        }
        assert_eq!(Cut::kept(0).piece, 1);
    }

    #[tokio::test]
    async fn the_right_bytes_pass() {
        let passed = stream(&[b"ab", b"cd", b"e"], Digest::of(b"abcde"), 5).await;
        let bytes: Vec<u8> = passed.into_iter().flat_map(|piece| piece.unwrap().to_vec()).collect();
        assert_eq!(bytes, b"abcde");
    }

    #[tokio::test]
    async fn the_last_piece_of_wrong_bytes_is_held_back() {
        let passed = stream(&[b"ab", b"cd", b"X"], Digest::of(b"abcde"), 5).await;
        assert_eq!(passed.len(), 3);
        assert!(passed[..2].iter().all(Result::is_ok) && passed[2].is_err());
    }

    #[tokio::test]
    async fn a_short_or_long_file_ends_in_an_error() {
        assert!(stream(&[b"ab"], Digest::of(b"abcde"), 5).await.last().unwrap().is_err());
        assert!(stream(&[b"abcd", b"ef"], Digest::of(b"abcde"), 5).await.last().unwrap().is_err());
    }
}
