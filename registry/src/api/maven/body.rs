//! What clients send, raw.

use barre_core::maven::Unknown;
use bytes::Buf;
use futures::Stream;

use crate::api::common::arriving;
use crate::api::common::error::Error;

/// Longest file that is thrown away, in bytes: a list of many versions.
const THROWN_AWAY: usize = 4 * 1024 * 1024;
/// Longest file with a checksum, in bytes.
const CHECKSUM: usize = 1024;

/// Reads a file that is made here, and forgets it.
pub(super) async fn throw_away<B: Buf>(
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> Result<(), Error> {
    let mut body = std::pin::pin!(body);
    let mut read = 0;
    while let Some(bytes) = arriving::next(&mut body).await? {
        read += bytes.len();
        if read > THROWN_AWAY {
            return Err(too_long(THROWN_AWAY));
        }
    }
    Ok(())
}

/// The checksum in a file: its first word.
pub(super) async fn checksum<B: Buf>(
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> Result<String, Error> {
    let mut body = std::pin::pin!(body);
    let mut read = Vec::new();
    while let Some(bytes) = arriving::next(&mut body).await? {
        read.extend_from_slice(&bytes);
        if read.len() > CHECKSUM {
            return Err(too_long(CHECKSUM));
        }
    }
    let text = String::from_utf8_lossy(&read);
    Ok(text.split_whitespace().next().unwrap_or_default().to_owned())
}

fn too_long(limit: usize) -> Error {
    Error::BadRequest(format!("this file is too long: at most {limit} bytes"))
}

/// What somebody is told who pushes to a path that names nothing.
pub(super) fn nowhere(unknown: &Unknown) -> Error {
    Error::BadRequest(unknown.to_string())
}
