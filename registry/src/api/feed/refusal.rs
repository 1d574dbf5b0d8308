//! What a follower is told when nothing is told.

use http::StatusCode;
use http::header::{CACHE_CONTROL, HeaderValue};
use serde_json::json;
use warp::reply::{Reply, Response};

use crate::api::common::error::Error;
use crate::service::read::{Elsewhere, NotTold, Unavailable};

/// Why nothing is told.
#[derive(Debug)]
pub(super) enum Refusal {
    Other(Error),
    /// Another place in the log would help, or none.
    Elsewhere(Elsewhere),
}

impl Reply for Refusal {
    fn into_response(self) -> Response {
        let Elsewhere { epoch } = match self {
            Self::Other(error) => return error.into_response(),
            Self::Elsewhere(elsewhere) => elsewhere,
        };
        let told = json!({ "message": Elsewhere { epoch }.to_string(), "epoch": epoch });
        let mut response = warp::reply::json(&told).into_response();
        *response.status_mut() = StatusCode::GONE;
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

impl<E: Into<Error>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

impl From<NotTold> for Refusal {
    fn from(not: NotTold) -> Self {
        match not {
            NotTold::Elsewhere(elsewhere) => Self::Elsewhere(elsewhere),
            NotTold::Unavailable(unavailable) => Unavailable::from(unavailable).into(),
            NotTold::NoRoom(full) => full.into(),
        }
    }
}
