//! Errors in the form that clients of OCI read.

use barre_core::oci::InvalidDigest;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use serde::Serialize;
use serde_json::json;
use warp::reply::{Reply, Response};

use crate::api::common::answer::value;
use crate::api::common::error::Error;
use crate::service::read::Unavailable;

/// What programs tell errors apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Code {
    BlobUnknown,
    DigestInvalid,
    ManifestUnknown,
    NameUnknown,
    PaginationNumberInvalid,
    RangeInvalid,
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
    challenge: Option<String>,
}

impl Refusal {
    pub(super) fn new(code: Code, error: Error) -> Self {
        let text = error.to_string();
        Self::explained(code, error, text)
    }

    /// With another text than the error's own.
    pub(super) fn explained(code: Code, error: Error, text: String) -> Self {
        Self { code, error, text, challenge: None }
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
            return Self { challenge: Some(challenge), ..self };
        }
        let what = match &self.error {
            Error::NotFound(_) => format!("{}, or not for everybody", self.text),
            _ => "this registry is not for everybody".to_owned(),
        };
        let text = format!("{what}: log in with any user name, and an access token for the password");
        let error = Error::Unauthorized(String::new());
        Self { challenge: Some(challenge), ..Self::explained(Code::Unauthorized, error, text) }
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

impl Reply for Refusal {
    fn into_response(self) -> Response {
        let Self { code, error, text, challenge } = self;
        let body = json!({ "errors": [{ "code": code, "message": text }] });
        let mut response = warp::reply::json(&body).into_response();
        let (parts, _) = error.into_response().into_parts();
        *response.status_mut() = parts.status;
        let headers = response.headers_mut();
        for (name, value) in &parts.headers {
            if ![CONTENT_TYPE, CONTENT_LENGTH].contains(name) {
                headers.insert(name, HeaderValue::clone(value));
            }
        }
        if let Some(challenge) = challenge {
            headers.insert(WWW_AUTHENTICATE, value(challenge));
        }
        response
    }
}
