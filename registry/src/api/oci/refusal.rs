//! Errors in the form that clients of OCI read.

use barre_core::bala;
use barre_core::oci::{InvalidDigest, InvalidLayer, InvalidManifest};
use barre_core::package::Coordinates;
use barre_core::state::{Reason, attached};
use http::StatusCode;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use serde::Serialize;
use serde_json::json;
use warp::reply::{Reply, Response};

use crate::api::common::answer::value;
use crate::api::common::error::Error;
use crate::service::files;
use crate::service::memory::NoRoom;
use crate::service::publish::staging::StagingError;
use crate::service::publish::{self, UnpackError};
use crate::service::read::Unavailable;

/// What programs tell errors apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Code {
    BlobUnknown,
    BlobUploadInvalid,
    BlobUploadUnknown,
    Denied,
    DigestInvalid,
    ManifestBlobUnknown,
    ManifestInvalid,
    ManifestUnknown,
    NameInvalid,
    NameUnknown,
    PaginationNumberInvalid,
    RangeInvalid,
    SizeInvalid,
    Unauthorized,
    Unavailable,
    Unsupported,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) struct Refusal {
    code: Code,
    error: Error,
    text: String,
    /// Where it is not that of the error.
    status: Option<StatusCode>,
    headers: Vec<(HeaderName, String)>,
}

impl Refusal {
    pub(super) fn new(code: Code, error: Error) -> Self {
        let text = error.to_string();
        Self::explained(code, error, text)
    }

    /// With another text than the error's own.
    pub(super) fn explained(code: Code, error: Error, text: String) -> Self {
        Self { code, error, text, status: None, headers: Vec::new() }
    }

    /// Refuses something that another request would do.
    pub(super) fn bad(code: Code, text: impl Into<String>) -> Self {
        Self::new(code, Error::BadRequest(text.into()))
    }

    /// The same with a status of its own.
    pub(super) fn with_status(self, status: StatusCode) -> Self {
        Self { status: Some(status), ..self }
    }

    /// With one more header.
    pub(super) fn with(mut self, name: HeaderName, text: String) -> Self {
        self.headers.push((name, text));
        self
    }

    /// Refuses what is too large.
    pub(super) fn too_large(text: String) -> Self {
        Self::bad(Code::SizeInvalid, text).with_status(StatusCode::PAYLOAD_TOO_LARGE)
    }

    /// Refuses what somebody may not do, whom nobody need ask again who that is.
    pub(super) fn denied(text: String) -> Self {
        Self::bad(Code::Denied, text).with_status(StatusCode::FORBIDDEN)
    }

    /// Refuses something that is not there.
    pub(super) fn unknown(code: Code, text: String) -> Self {
        Self::new(code, Error::NotFound(text))
    }

    /// Whether other credentials may help. To somebody who sent none, that is also what something is that is not there.
    pub(super) fn is_about_credentials(&self, has_sent_some: bool) -> bool {
        match self.error {
            Error::Unauthorized(_) => true,
            Error::NotFound(_) => !has_sent_some,
            _ => false,
        }
    }

    /// Asks for credentials. Clients send theirs only when they are asked.
    pub(super) fn challenging(self, challenge: String, has_sent_some: bool) -> Self {
        if has_sent_some {
            return Self { code: Code::Unauthorized, ..self }.with(WWW_AUTHENTICATE, challenge);
        }
        let what = match &self.error {
            Error::NotFound(_) => format!("{}, or not for everybody", self.text),
            _ if self.code == Code::Denied => self.text,
            _ => "this registry is not for everybody".to_owned(),
        };
        let text = format!("{what}: log in with any user name, and an access token for the password");
        let error = Error::Unauthorized(String::new());
        Self::explained(Code::Unauthorized, error, text).with(WWW_AUTHENTICATE, challenge)
    }
}

impl From<InvalidDigest> for Refusal {
    fn from(invalid: InvalidDigest) -> Self {
        Self::new(Code::DigestInvalid, Error::BadRequest(invalid.to_string()))
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let code = match error {
            Error::Unauthorized(_) => Code::Unauthorized,
            Error::NotFound(_) => Code::NameUnknown,
            Error::Unavailable(_) => Code::Unavailable,
            Error::RangeNotSatisfiable(_) => Code::RangeInvalid,
            Error::BadRequest(_) | Error::PreconditionFailed | Error::MethodNotAllowed(_) => {
                Code::Unsupported
            }
        };
        Self::new(code, error)
    }
}

impl From<Unavailable> for Refusal {
    fn from(unavailable: Unavailable) -> Self {
        Error::from(unavailable).into()
    }
}

impl From<files::Error> for Refusal {
    fn from(error: files::Error) -> Self {
        Error::from(error).into()
    }
}

impl From<NoRoom> for Refusal {
    fn from(full: NoRoom) -> Self {
        Error::from(full).into()
    }
}

impl From<InvalidManifest> for Refusal {
    fn from(invalid: InvalidManifest) -> Self {
        Self::bad(Code::ManifestInvalid, invalid.to_string())
    }
}

impl From<publish::Error> for Refusal {
    fn from(error: publish::Error) -> Self {
        let text = error.to_string();
        match error {
            publish::Error::Refused(reason) => match *reason {
                Reason::Attached(attached::Refused::TooLarge { .. }) => Self::too_large(text),
                _ => Self::bad(Code::Denied, text).with_status(StatusCode::CONFLICT),
            },
            publish::Error::Denied(_) => Self::denied(text),
            publish::Error::TooLarge { .. } => Self::too_large(text),
            publish::Error::Invalid(bala::Invalid::Unreadable(_)) => Error::from(error).into(),
            publish::Error::Invalid(_) => Self::bad(Code::ManifestInvalid, text),
            publish::Error::OtherDestination(bala) => {
                let Coordinates { org, name, version } = &bala;
                let place = format!("the repository {org}/{}, under the tag {version}", name.folded());
                Self::bad(
                    Code::ManifestInvalid,
                    format!("this is the bala of {bala}: it belongs into {place}"),
                )
            }
            other => Error::from(other).into(),
        }
    }
}

impl From<StagingError> for Refusal {
    fn from(error: StagingError) -> Self {
        let text = error.to_string();
        match error {
            StagingError::NoSession => {
                Self::bad(Code::BlobUploadUnknown, text).with_status(StatusCode::NOT_FOUND)
            }
            StagingError::OutOfOrder { .. } => {
                Self::bad(Code::RangeInvalid, text).with_status(StatusCode::RANGE_NOT_SATISFIABLE)
            }
            StagingError::TooManyChunks => Self::bad(Code::BlobUploadInvalid, text),
            StagingError::OtherDigest { .. } => Self::bad(Code::DigestInvalid, text),
            StagingError::Push(error) => error.into(),
        }
    }
}

impl From<UnpackError> for Refusal {
    fn from(error: UnpackError) -> Self {
        match error {
            UnpackError::Layer(large @ InvalidLayer::TooLarge(_)) => Self::too_large(large.to_string()),
            UnpackError::Layer(invalid) => Self::bad(Code::ManifestInvalid, invalid.to_string()),
            UnpackError::Push(error) => error.into(),
        }
    }
}

impl Reply for Refusal {
    fn into_response(self) -> Response {
        let Self { code, error, text, status, headers: own } = self;
        let body = json!({ "errors": [{ "code": code, "message": text }] });
        let mut response = warp::reply::json(&body).into_response();
        let (parts, _) = error.into_response().into_parts();
        *response.status_mut() = status.unwrap_or(parts.status);
        let headers = response.headers_mut();
        for (name, value) in &parts.headers {
            if ![CONTENT_TYPE, CONTENT_LENGTH].contains(name) {
                headers.insert(name, HeaderValue::clone(value));
            }
        }
        for (name, text) in own {
            headers.insert(name, value(text));
        }
        response
    }
}
