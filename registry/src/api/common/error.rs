//! What a client is told when there is no answer. Always JSON with a `message`: `bal` shows nothing else, and
//! that only for 400, 401, 404, 500 and 503.

use std::convert::Infallible;

use barre_core::access::Denied;
use barre_core::bala;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_RANGE, HeaderValue, WWW_AUTHENTICATE};
use serde_json::json;
use warp::reject::Rejection;
use warp::reply::{Reply, Response};

use super::route::BASE;
use crate::service::read::Unavailable;
use crate::service::{files, identity, publish};

/// Why there is no answer. The text is for the one who runs `bal`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// Another request would help.
    #[error("{0}")]
    BadRequest(String),
    /// Other credentials would help.
    #[error("{0}")]
    Unauthorized(String),
    /// Also what one may not see.
    #[error("{0}")]
    NotFound(String),
    /// The same request later would help.
    #[error("{0}")]
    Unavailable(String),
    /// The body has no such part; it has so many bytes.
    #[error("the package has {0} bytes, and none of the range that was asked for")]
    RangeNotSatisfiable(u64),
    /// The path has other methods.
    #[error("{0}")]
    MethodNotAllowed(String),
}

impl Error {
    fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::RangeNotSatisfiable(_) => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
        }
    }
}

impl Reply for Error {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response = warp::reply::json(&json!({ "message": self.to_string() })).into_response();
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Self::RangeNotSatisfiable(size) = self
            && let Ok(range) = HeaderValue::try_from(format!("bytes */{size}"))
        {
            headers.insert(CONTENT_RANGE, range);
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"barre\""));
        }
        response
    }
}

impl From<identity::Refused> for Error {
    fn from(refused: identity::Refused) -> Self {
        Self::Unauthorized(refused.to_string())
    }
}

impl From<identity::Error> for Error {
    fn from(error: identity::Error) -> Self {
        match error {
            identity::Error::Refused(refused) => refused.into(),
            identity::Error::Denied(denied) => denied.into(),
            identity::Error::Unavailable(unavailable) => unavailable.into(),
        }
    }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Credentials(text) => Self::Unauthorized(text),
            Denied::Hidden => Self::NotFound(denied.to_string()),
        }
    }
}

impl From<Unavailable> for Error {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable.to_string())
    }
}

impl From<files::Error> for Error {
    fn from(error: files::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<publish::Error> for Error {
    fn from(error: publish::Error) -> Self {
        let text = error.to_string();
        match error {
            publish::Error::Invalid(bala::Invalid::Unreadable(_)) => Self::Unavailable(text),
            publish::Error::Invalid(_) | publish::Error::Damaged { .. } | publish::Error::Refused(_) => {
                Self::BadRequest(text)
            }
            publish::Error::Denied(denied) => denied.into(),
            publish::Error::Credentials(refused) => refused.into(),
            publish::Error::Commit(_)
            | publish::Error::Store(_)
            | publish::Error::Slow
            | publish::Error::Scratch(_) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a push failed");
                Self::Unavailable(text)
            }
        }
    }
}

/// Answers what no route took.
pub(crate) async fn recover(rejection: Rejection) -> Result<Response, Infallible> {
    let error = if rejection.is_not_found() {
        Error::NotFound(format!("there is nothing at this path: the API is below {BASE}"))
    } else if rejection.find::<warp::reject::MethodNotAllowed>().is_some() {
        Error::MethodNotAllowed(format!("this path has other methods: the API is below {BASE}"))
    } else {
        Error::BadRequest("the request is not understood".to_owned())
    };
    Ok(error.into_response())
}
