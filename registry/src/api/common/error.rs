//! What a client is told when there is no answer. Always JSON with a `message`: `bal` shows nothing else, and
//! that only for 400, 401, 404, 500 and 503.

use barre_core::access::Denied;
use barre_core::bala;
use barre_core::resolution::TooMuch;
use http::StatusCode;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_RANGE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use serde_json::json;
use warp::reply::{Reply, Response};

use crate::service::memory::NoRoom;
use crate::service::publish::deprecation;
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
    /// The client wants it only if it were something else.
    #[error("this is not what If-Match says")]
    PreconditionFailed,
    /// The path has other methods.
    #[error("this path has other methods: {0}")]
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
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
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
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if let Self::RangeNotSatisfiable(size) = self
            && let Ok(range) = HeaderValue::try_from(format!("bytes */{size}"))
        {
            headers.insert(CONTENT_RANGE, range);
        }
        if let Self::MethodNotAllowed(methods) = self
            && let Ok(methods) = HeaderValue::try_from(methods)
        {
            headers.insert(ALLOW, methods);
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("2"));
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
            identity::Error::Unavailable(unavailable) => Unavailable::from(unavailable).into(),
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

impl From<NoRoom> for Error {
    fn from(full: NoRoom) -> Self {
        Self::Unavailable(full.to_string())
    }
}

impl From<TooMuch> for Error {
    fn from(much: TooMuch) -> Self {
        Self::BadRequest(much.to_string())
    }
}

impl From<files::Error> for Error {
    fn from(error: files::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<deprecation::Error> for Error {
    fn from(error: deprecation::Error) -> Self {
        let text = error.to_string();
        match error {
            deprecation::Error::Denied(denied) => denied.into(),
            deprecation::Error::Absent => Self::NotFound(text),
            deprecation::Error::Refused(_) => Self::BadRequest(text),
            deprecation::Error::Unavailable(_) => Self::Unavailable(text),
            deprecation::Error::Commit(_) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a deprecation failed");
                Self::Unavailable(text)
            }
        }
    }
}

impl From<publish::Error> for Error {
    fn from(error: publish::Error) -> Self {
        let text = error.to_string();
        match error {
            publish::Error::Invalid(bala::Invalid::Unreadable(_))
            | publish::Error::Busy(_)
            | publish::Error::Full(_)
            | publish::Error::Uploads(_) => Self::Unavailable(text),
            publish::Error::Invalid(_)
            | publish::Error::Damaged { .. }
            | publish::Error::TooLarge { .. }
            | publish::Error::OtherDestination(_)
            | publish::Error::Sbom(_)
            | publish::Error::Docs(_)
            | publish::Error::Refused(_) => Self::BadRequest(text),
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
