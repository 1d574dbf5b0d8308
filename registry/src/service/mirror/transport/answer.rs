//! The body of an answer: it comes in pieces, and neither slower nor larger than it may be.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_ENCODING;
use serde::Deserialize;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout, timeout_at};

use super::error::{Error, short};
use super::limits::Pace;

/// How much of a refusal is read.
const REFUSAL_BYTES: u64 = 16 * 1024;

/// An answer that has begun. The turn of its host lasts as long.
pub struct Answer {
    response: reqwest::Response,
    bounds: Bounds,
    came: u64,
    _turn: OwnedSemaphorePermit,
}

/// What an answer may cost.
pub(super) struct Bounds {
    /// In bytes.
    pub(super) limit: u64,
    /// The longest time without a piece.
    pub(super) silence: Duration,
    pub(super) deadline: Instant,
    pub(super) pace: Arc<Pace>,
}

impl Answer {
    pub(super) fn new(
        response: reqwest::Response,
        turn: OwnedSemaphorePermit,
        bounds: Bounds,
    ) -> Result<Self, Error> {
        let limit = bounds.limit;
        let success = response.status().is_success();
        let encoding = response.headers().get(CONTENT_ENCODING);
        if success && encoding.is_some_and(|encoding| encoding != "identity") {
            return Err(Error::Unreadable("it is compressed, which was not asked for".to_owned()));
        }
        if success && response.content_length().is_some_and(|length| length > limit) {
            return Err(Error::TooLarge { limit });
        }
        Ok(Self { response, bounds, came: 0, _turn: turn })
    }

    /// The next piece; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let Self { response, bounds, came, .. } = self;
        let next = timeout(bounds.silence, response.chunk());
        let next = timeout_at(bounds.deadline, next).await.map_err(|_| Error::Deadline)?;
        let next = next.map_err(|_| Error::Silent)?;
        let Some(piece) = next.map_err(|error| Error::Broken(error.without_url()))? else { return Ok(None) };
        *came += piece.len() as u64;
        if *came > bounds.limit {
            return Err(Error::TooLarge { limit: bounds.limit });
        }
        bounds.pace.take(piece.len() as u64).await;
        Ok(Some(piece))
    }

    /// What a refusal says, in one short line.
    pub(super) async fn says(mut self) -> String {
        #[derive(Deserialize)]
        struct Refusal {
            message: String,
        }
        self.bounds.limit = REFUSAL_BYTES;
        let mut body = Vec::new();
        while let Ok(Some(piece)) = self.next().await {
            body.extend_from_slice(&piece);
        }
        let Ok(Refusal { message }) = serde_json::from_slice(&body) else {
            return "it does not say why".to_owned();
        };
        short(&message)
    }
}
