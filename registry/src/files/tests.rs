use super::*;

async fn stream(pieces: &[&'static [u8]], digest: Digest, size: u64) -> Vec<io::Result<Bytes>> {
    let pieces: Vec<_> = pieces.iter().map(|piece| Ok(Bytes::from_static(piece))).collect();
    verified(stream::iter(pieces).boxed(), digest, size, "p".into()).collect().await
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
