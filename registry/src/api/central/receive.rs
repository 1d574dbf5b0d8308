//! An upload on its way into scratch space: parsed, counted and hashed as it comes.

use std::error::Error as _;

use barre_core::digest::Hasher;
use bytes::Buf;
use futures::{Stream, StreamExt};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use super::multipart::{Event, Malformed, Parser};
use super::uploads::Turn;
use crate::api::common::error::Error;
use crate::http::Stalled;
use crate::service::publish::{self, Upload};

/// The one part of the form.
const PART_NAME: &str = "bala-file";
/// What a form has besides its content.
pub const FORM_BYTES: u64 = 64 * 1024;

/// The part that holds the bala.
struct FormPart {
    file_name: Option<String>,
}

/// An upload on its way into scratch space.
pub(super) struct Receiver {
    file: File,
    hasher: Hasher,
    size: u64,
    limit: u64,
    claimed_digest: Option<String>,
    /// Once it has begun.
    part: Option<FormPart>,
}

impl Receiver {
    pub(super) fn new(file: std::fs::File, limit: u64, claimed_digest: Option<String>) -> Self {
        let (file, hasher) = (File::from_std(file), Hasher::default());
        Self { file, hasher, size: 0, limit, claimed_digest, part: None }
    }

    pub(super) async fn receive<B: Buf>(
        mut self,
        mut parser: Parser,
        body: impl Stream<Item = Result<B, warp::Error>>,
        turn: &mut Turn,
    ) -> Result<Upload, Error> {
        let mut body = std::pin::pin!(body);
        let mut received = 0;
        while let Some(chunk) = body.next().await {
            let mut chunk = chunk.map_err(|error| broken(&error))?;
            received += chunk.remaining() as u64;
            if received > self.limit + FORM_BYTES {
                return Err(too_large(self.limit));
            }
            parser.push(&chunk.copy_to_bytes(chunk.remaining()));
            while let Some(event) = parser.next().map_err(malformed)? {
                self.take(event, turn).await?;
            }
        }
        parser.finish().map_err(malformed)?;
        self.file.flush().await.map_err(scratch)?;
        let Some(FormPart { file_name }) = self.part else {
            return Err(Error::BadRequest(format!("the upload has no part \"{PART_NAME}\"")));
        };
        Ok(Upload {
            file: self.file.into_std().await,
            digest: self.hasher.finish(),
            size: self.size,
            file_name,
            claimed_digest: self.claimed_digest,
        })
    }

    async fn take(&mut self, event: Event, turn: &mut Turn) -> Result<(), Error> {
        match event {
            Event::Part { name, file_name } if name == PART_NAME && self.part.is_none() => {
                self.part = Some(FormPart { file_name });
            }
            Event::Part { .. } => {
                return Err(Error::BadRequest(format!(
                    "the upload must have one part, named \"{PART_NAME}\""
                )));
            }
            Event::Data(data) => {
                self.size += data.len() as u64;
                if self.size > self.limit {
                    return Err(too_large(self.limit));
                }
                turn.comes(data.len() as u64).await?;
                self.hasher.update(&data);
                self.file.write_all(&data).await.map_err(scratch)?;
            }
            Event::End => {}
        }
        Ok(())
    }
}

pub(super) fn too_large(limit: u64) -> Error {
    Error::BadRequest(format!("the package is larger than this registry takes: at most {limit} bytes"))
}

pub(super) fn malformed(malformed: Malformed) -> Error {
    Error::BadRequest(format!("the upload {malformed}"))
}

fn broken(error: &warp::Error) -> Error {
    let mut source = error.source();
    while let Some(cause) = source {
        if cause.is::<Stalled>() {
            return Error::BadRequest(
                "the upload stopped coming: check the network and push again".to_owned(),
            );
        }
        source = cause.source();
    }
    Error::BadRequest("the upload broke off: push again".to_owned())
}

pub(super) fn scratch(error: std::io::Error) -> Error {
    publish::Error::Scratch(error).into()
}
