//! Answers that are made here: documents, and checksums.

use barre_core::digest::Digest;
use barre_core::maven::{Checksum, Form};

use crate::api::common::answer::Answer;
use crate::api::common::call::Call;
use crate::api::common::error::Error;
use crate::api::common::exact::{self, Lasts};
use crate::api::common::inputs::Inputs;
use crate::service::files::Pieces;

const XML: &str = "text/xml; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

/// Sends a document, or what is wanted of it.
pub(super) fn document<I: Inputs>(
    call: &Call<I>,
    document: String,
    form: Form,
    lasts: Lasts,
) -> Result<Answer, Error> {
    match form {
        Form::Itself => send(call, document, XML, lasts),
        Form::Checksum(checksum) => hex(call, checksum.of([&document]), lasts),
        Form::Signature => Err(unsigned()),
    }
}

/// Sends a checksum.
pub(super) fn hex<I: Inputs>(call: &Call<I>, hex: String, lasts: Lasts) -> Result<Answer, Error> {
    send(call, hex, TEXT, lasts)
}

pub(super) fn unsigned() -> Error {
    Error::NotFound("this registry keeps no signatures of files".to_owned())
}

fn send<I: Inputs>(
    call: &Call<I>,
    text: String,
    media_type: &'static str,
    lasts: Lasts,
) -> Result<Answer, Error> {
    let etag = format!("\"{}\"", Digest::of(text.as_bytes()).hex());
    exact::send(call, text, etag, media_type, lasts)
}

/// The checksum of pieces, off the threads that answer: it takes as long as there are bytes.
pub(super) async fn checksum(checksum: Checksum, pieces: Pieces) -> Result<String, Error> {
    let work = tokio::task::spawn_blocking(move || checksum.of(pieces.iter()));
    work.await.map_err(|panic| {
        tracing::error!(error = &panic as &dyn std::error::Error, "a checksum cannot be made");
        Error::Unavailable("the checksum cannot be made, try again in a moment".to_owned())
    })
}
