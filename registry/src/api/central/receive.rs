//! A form on its way in: its one part is the bala.

use bytes::Buf;
use futures::Stream;

use super::multipart::{Event, Malformed, Parser};
use crate::api::common::arriving;
use crate::api::common::error::Error;
use crate::service::publish::{self, Arrival, Turn, Upload};

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
    arrival: Arrival,
    limit: u64,
    claimed_digest: Option<String>,
    /// Once it has begun.
    part: Option<FormPart>,
}

impl Receiver {
    pub(super) fn new(arrival: Arrival, limit: u64, claimed_digest: Option<String>) -> Self {
        Self { arrival, limit, claimed_digest, part: None }
    }

    pub(super) async fn receive<B: Buf>(
        mut self,
        mut parser: Parser,
        body: impl Stream<Item = Result<B, warp::Error>>,
    ) -> Result<(Upload, Turn), Error> {
        let mut body = std::pin::pin!(body);
        let mut received = 0;
        while let Some(chunk) = arriving::next(&mut body).await? {
            received += chunk.len() as u64;
            if received > self.limit + FORM_BYTES {
                return Err(too_large(self.limit));
            }
            parser.push(&chunk);
            while let Some(event) = parser.next().map_err(malformed)? {
                self.take(event).await?;
            }
        }
        parser.finish().map_err(malformed)?;
        let Some(FormPart { file_name }) = self.part else {
            return Err(Error::BadRequest(format!("the upload has no part \"{PART_NAME}\"")));
        };
        let (arrived, turn) = self.arrival.finish().await?;
        Ok((Upload { arrived, file_name, claimed_digest: self.claimed_digest, destination: None }, turn))
    }

    async fn take(&mut self, event: Event) -> Result<(), Error> {
        match event {
            Event::Part { name, file_name } if name == PART_NAME && self.part.is_none() => {
                self.part = Some(FormPart { file_name });
            }
            Event::Part { .. } => {
                return Err(Error::BadRequest(format!(
                    "the upload must have one part, named \"{PART_NAME}\""
                )));
            }
            Event::Data(data) => self.arrival.take(&data).await?,
            Event::End => {}
        }
        Ok(())
    }
}

pub(super) fn too_large(limit: u64) -> Error {
    publish::Error::TooLarge { limit }.into()
}

pub(super) fn malformed(malformed: Malformed) -> Error {
    Error::BadRequest(format!("the upload {malformed}"))
}
