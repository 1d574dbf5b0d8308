//! Answers that are made of the state: counted for as long as they are on their way, tagged, and compressed for whoever
//! takes that.

use std::fmt;
use std::io::{self, Write};

use barre_core::digest::Digest;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::StatusCode;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderValue};
use serde::Serialize;
use warp::reply::{Reply, Response};

use super::answer::value;
use super::call::Call;
use super::error::Error;
use super::inputs::{Encoding, Inputs};
use crate::service::memory::Room;

/// What is shorter is not compressed: it would hardly become less. In bytes.
const WORTH_IT: usize = 512;
/// What is longer is not compressed: it is rare, and would take longer than it takes to send it. In bytes.
const TOO_LONG: usize = 4 * 1024 * 1024;
/// What is longer is compressed where it keeps nobody else waiting. In bytes.
const LONG: usize = 64 * 1024;

/// The type of lines of JSON.
pub(crate) const LINES: &str = "application/x-ndjson";

/// What tells whether an answer is still the same, whatever its encoding.
pub(crate) struct Tag(String);

impl Tag {
    /// The tag of what follows from these facts and from this program.
    pub(crate) fn of(facts: &[&str]) -> Self {
        let text = facts.join("\n");
        let digest = Digest::of(format!("{}\n{text}", env!("CARGO_PKG_VERSION")).as_bytes());
        // Half of it tells as much as anybody needs.
        Self(format!("W/\"{}\"", &digest.hex()[..32]))
    }
}

/// The answer where the client has this already, or wants something else.
pub(crate) fn unneeded<I: Inputs>(call: &Call<I>, tag: &Tag) -> Result<Option<Response>, Error> {
    call.conditions().must_match(&tag.0)?;
    Ok(call.conditions().has_it(&tag.0).then(|| {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        response.headers_mut().insert(ETAG, value(tag.0.clone()));
        response
    }))
}

/// An answer in JSON, and its body.
pub(crate) async fn json<I: Inputs>(
    call: &Call<I>,
    encoding: Encoding,
    tag: &Tag,
    content: &(impl Serialize + ?Sized + Sync),
) -> Result<(Response, Bytes), Error> {
    let (mut response, body) = untagged(call, encoding, content).await?;
    response.headers_mut().insert(ETAG, value(tag.0.clone()));
    Ok((response, body))
}

/// The same without a tag, for what nobody asks for again.
pub(crate) async fn untagged<I: Inputs>(
    call: &Call<I>,
    encoding: Encoding,
    content: &(impl Serialize + ?Sized + Sync),
) -> Result<(Response, Bytes), Error> {
    let written = written(call, |to| Ok(serde_json::to_writer(to, content)?))?;
    packed(encoding, "application/json", written).await
}

/// An answer in XML, which is what `document` is when it is written down; with a tag where it has one.
pub(crate) async fn xml<I: Inputs>(
    call: &Call<I>,
    encoding: Encoding,
    tag: Option<&Tag>,
    document: &(impl fmt::Display + Sync),
) -> Result<Response, Error> {
    let written = written(call, |to| write!(to, "{document}"))?;
    let (mut response, _) = packed(encoding, "application/xml", written).await?;
    if let Some(tag) = tag {
        response.headers_mut().insert(ETAG, value(tag.0.clone()));
    }
    Ok(response)
}

/// An answer of lines, each of which is JSON.
pub(crate) async fn lines<I: Inputs>(
    call: &Call<I>,
    encoding: Encoding,
    lines: &(impl Fn(&mut dyn Write) -> io::Result<()> + Sync),
) -> Result<Response, Error> {
    Ok(packed(encoding, LINES, written(call, lines)?).await?.0)
}

/// The same for a body whose answer has begun.
pub(crate) fn late_lines<I: Inputs>(
    call: &Call<I>,
    lines: &(impl Fn(&mut dyn Write) -> io::Result<()> + Sync),
) -> Result<Bytes, Error> {
    let (bytes, room) = written(call, lines)?;
    Ok(room.hold(bytes))
}

/// What `write` writes, and room for it.
fn written<I: Inputs>(
    call: &Call<I>,
    write: impl Fn(&mut dyn Write) -> io::Result<()>,
) -> Result<(Vec<u8>, Room), Error> {
    let mut size = Count(0);
    write(&mut size).map_err(|error| failed(&error))?;
    // As many bytes as are sent: of text that has to be escaped they are up to six times as many as the text has.
    let room = call.services.memory.answer(call.ends.peer, size.0)?;
    let mut bytes = Vec::with_capacity(size.0);
    write(&mut bytes).map_err(|error| failed(&error))?;
    Ok((bytes, room))
}

/// An answer of these bytes, compressed for whoever takes that.
async fn packed(
    encoding: Encoding,
    kind: &'static str,
    (mut bytes, mut room): (Vec<u8>, Room),
) -> Result<(Response, Bytes), Error> {
    let compressed = match encoding {
        Encoding::Gzip if (WORTH_IT..=TOO_LONG).contains(&bytes.len()) => Some(compress(&mut bytes).await?),
        Encoding::Gzip | Encoding::Identity => None,
    };
    if let Some(compressed) = &compressed {
        room.shrink_to(compressed.len());
    }
    let gzip = compressed.is_some();
    let body = room.hold(compressed.unwrap_or(bytes));
    let mut response = Response::new(body.clone().into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if gzip {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok((response, body))
}

async fn compress(bytes: &mut Vec<u8>) -> Result<Vec<u8>, Error> {
    let bytes = std::mem::take(bytes);
    let long = bytes.len() > LONG;
    let work = move || {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&bytes)?;
        encoder.finish()
    };
    let compressed = if long {
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|panic| Err(io::Error::other(panic)))
    } else {
        work()
    };
    compressed.map_err(|error| failed(&error))
}

fn failed(error: &(dyn std::error::Error + 'static)) -> Error {
    tracing::error!(error, "an answer cannot be written");
    Error::Unavailable("the answer cannot be made: tell the operators of this registry".to_owned())
}

/// Counts what would be written.
struct Count(usize);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
