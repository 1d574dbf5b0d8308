//! Answers that are bytes by their digest, which is told.

use barre_core::digest::Digest;
use barre_core::oci::Content;
use bytes::Bytes;
use futures::stream::BoxStream;
use http::header::HeaderName;

use super::refusal::Refusal;
use crate::api::common::answer::Answer;
use crate::api::common::call::Call;
use crate::api::common::error::Error;
use crate::api::common::exact::{self, Lasts};
use crate::api::common::inputs::Inputs;
use crate::service::files;

/// The digest of what is answered.
pub(super) const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// The type of every blob: what it is says the manifest.
pub(super) const BYTES: &str = "application/octet-stream";

/// Sends something that was derived.
pub(super) fn send<I: Inputs>(
    call: &Call<I>,
    content: Content,
    media_type: &'static str,
    lasts: Lasts,
) -> Result<Answer, Error> {
    let Content { bytes, digest } = content;
    let answer = exact::send(call, bytes, format!("\"{digest}\""), media_type, lasts)?;
    Ok(answer.with(CONTENT_DIGEST, digest.to_string()))
}

/// Sends a blob of this digest and size that is not in memory.
pub(super) async fn stream<I: Inputs>(
    call: &Call<I>,
    (digest, size): (Digest, u64),
    pieces: impl Future<Output = Result<BoxStream<'static, Result<Bytes, files::Error>>, Refusal>>,
) -> Result<Answer, Refusal> {
    let answer = exact::stream(call, (digest, size), BYTES, pieces).await?;
    Ok(answer.with(CONTENT_DIGEST, digest.to_string()))
}
