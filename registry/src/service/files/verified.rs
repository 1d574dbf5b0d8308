//! An object as a stream that never ends well with wrong bytes.

use std::io;
use std::sync::Arc;

use barre_core::digest::{Digest, Hasher};
use bytes::{Bytes, BytesMut};
use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::{GetResult, GetResultPayload};
use tokio_util::io::ReaderStream;

use super::error::{Error, damaged};

/// About the size of a piece: small ones cost a thread switch or a system call each.
const PIECE: usize = 256 * 1024;

/// What an allocation has beyond a piece, for what comes with its end.
const MARGIN: usize = 64 * 1024;

/// The object in large pieces. One of `kept` bytes is cut evenly from one allocation, so that it takes no more memory than
/// that; any other is passed on as it comes.
///
/// Of a kept one `room` is its whole size: the first piece reserves for all of them, and `split_to` hands out views of that
/// one allocation. Whoever is slow then holds the bala once, not a copy of each piece with the slack of its growth. One that
/// passes reserves for a piece and what comes with its end, and a chunk that is large enough already is not copied at all.
pub(super) fn pieces(found: GetResult, kept: Option<usize>) -> BoxStream<'static, io::Result<Bytes>> {
    let small = match found.payload {
        GetResultPayload::File(file, _) => {
            let at_once = usize::try_from(found.meta.size).unwrap_or(PIECE).clamp(1, PIECE);
            ReaderStream::with_capacity(tokio::fs::File::from_std(file), at_once).boxed()
        }
        GetResultPayload::Stream(stream) => stream.map_err(io::Error::other).boxed(),
    };
    let (size, room) = kept.map_or((PIECE, PIECE + MARGIN), |kept| (even(kept), kept));
    stream::unfold((small, BytesMut::new()), move |(mut small, mut piece)| async move {
        while piece.len() < size {
            match small.next().await {
                Some(Ok(bytes)) if kept.is_none() && piece.is_empty() && bytes.len() >= size => {
                    return Some((Ok(bytes), (small, piece)));
                }
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
        let end = if kept.is_some() { piece.len().min(size) } else { piece.len() };
        let next = piece.split_to(end).freeze();
        (!next.is_empty()).then(|| (Ok(next), (small, piece)))
    })
    .boxed()
}

/// The size of about equal pieces: none is small because it is the last.
fn even(size: usize) -> usize {
    size.div_ceil((size / PIECE).max(1)).max(1)
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
            Some(Err(error)) => return Some((Err(broken(&check.path, error)), check)),
            None => return Some((Err(broken(&check.path, io::ErrorKind::UnexpectedEof.into())), check)),
        };
        hasher.update(&piece);
        // What is longer than what was published is cut off, or has another digest.
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

fn broken(path: &str, error: io::Error) -> Error {
    tracing::warn!(path, error = &error as &dyn std::error::Error, "the store broke off");
    Error::Broken(Arc::new(error))
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
        let counts =
            [(1, 1), (PIECE, 1), (PIECE + 26, 1), (2 * PIECE - 1, 1), (2 * PIECE, 2), (20 * PIECE + 7, 20)];
        for (size, count) in counts {
            assert_eq!(size.div_ceil(even(size)), count, "{size}");
        }
        assert_eq!(even(0), 1);
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
