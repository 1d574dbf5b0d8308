//! What a store's refusal means for the person who set it up. Pure.

use std::error::Error as StdError;

use barre_crds::condition::Reason;
use http::StatusCode;

use super::Request;
use crate::pass::problem::Problem;

/// Codes by which S3 stores say that they do not know who asks.
const REJECTED: [&str; 8] = [
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "ExpiredToken",
    "InvalidToken",
    "InvalidClientTokenId",
    "InvalidSecurity",
    "TokenRefreshRequired",
    // versitygw, for an unknown access key.
    "XAdminUserNotFound",
];

/// Explains an error of the store's client.
pub(super) fn problem(error: &object_store::Error, request: &Request<'_>) -> Problem {
    let text = error.to_string();
    let code = code(&text);
    match (error, code) {
        (_, Some(code)) if REJECTED.contains(&code) => rejected(code, request),
        (object_store::Error::Unauthenticated { .. }, code) => rejected(code.unwrap_or("401"), request),
        (object_store::Error::PermissionDenied { .. }, code) => denied(code.unwrap_or("403"), request),
        (object_store::Error::NotFound { .. }, _) | (_, Some("NoSuchBucket")) => missing(request),
        (_, Some(code)) => strange(code, request),
        (error, None) => unreachable(error, request),
    }
}

/// Whether the store says that there is no bucket: clients tell it by the code of the answer alone.
pub(super) fn is_missing_bucket(error: &object_store::Error) -> bool {
    code(&error.to_string()) == Some("NoSuchBucket")
}

/// Explains the refusal to make a bucket; nothing if it is there and ours.
pub(super) fn refused(status: StatusCode, body: &str, request: &Request<'_>) -> Option<Problem> {
    let bucket = &request.s3.bucket;
    Some(match (status, code(body)) {
        (_, Some("BucketAlreadyOwnedByYou")) => return None,
        (StatusCode::CONFLICT, _) => Problem::new(
            Reason::BucketOwnedByAnother,
            format!("the name '{bucket}' is taken by another account of this store; choose another bucket"),
        ),
        (_, Some(code)) if REJECTED.contains(&code) => rejected(code, request),
        (StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED, code) => denied(code.unwrap_or("403"), request),
        (status, code) => strange(code.unwrap_or(status.as_str()), request),
    })
}

/// Explains a request that got no answer.
pub(super) fn unreachable(error: &dyn StdError, request: &Request<'_>) -> Problem {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let message = format!(
        "no answer from {} ({}); check storage.s3.endpoint and storage.s3.region, and the network between",
        place(request),
        short(&cause.to_string())
    );
    Problem::new(Reason::BackendUnreachable, message)
}

fn rejected(code: &str, request: &Request<'_>) -> Problem {
    let message = format!(
        "{} does not accept the keys in Secret '{}' ({}); correct accessKeyID and secretAccessKey there",
        place(request),
        request.s3.secret_ref.name,
        short(code)
    );
    Problem::new(Reason::CredentialsRejected, message)
}

fn denied(code: &str, request: &Request<'_>) -> Problem {
    let message = format!(
        "{} refuses bucket '{}' to the keys in Secret '{}' ({}); allow them s3:ListBucket, s3:GetObject, \
         s3:PutObject and s3:DeleteObject, and s3:CreateBucket if the bucket does not exist",
        place(request),
        request.s3.bucket,
        request.s3.secret_ref.name,
        short(code)
    );
    Problem::new(Reason::AccessDenied, message)
}

fn missing(request: &Request<'_>) -> Problem {
    let message =
        format!("bucket '{}' does not exist; create it, or set provisioning: Create", request.s3.bucket);
    Problem::new(Reason::BucketNotFound, message)
}

fn strange(code: &str, request: &Request<'_>) -> Problem {
    let message = format!(
        "{} answered '{}' about bucket '{}'; check storage.s3.endpoint and storage.s3.region",
        place(request),
        short(code),
        request.s3.bucket
    );
    Problem::new(Reason::BackendUnreachable, message)
}

fn place(request: &Request<'_>) -> String {
    match &request.s3.endpoint {
        Some(endpoint) => format!("the store at {endpoint}"),
        None => format!("Amazon S3 in {}", request.s3.region()),
    }
}

/// Finds `<Code>…</Code>`, which every S3 error carries.
fn code(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("<Code>")?;
    rest.split_once("</Code>").map(|(code, _)| code)
}

fn short(text: &str) -> String {
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{registry::fixture, store::Keys};

    fn with_request<T>(check: impl FnOnce(&Request<'_>) -> T) -> T {
        let registry = fixture::minimal();
        let keys = Keys { access_key_id: "a".into(), secret_access_key: "hush".into(), session_token: None };
        let storage = &registry.spec.storage;
        let s3 = storage.s3.as_ref().unwrap();
        check(&Request { storage, s3, keys: &keys, owner: "o", take_over: None })
    }

    fn body(code: &str) -> String {
        format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>no</Message></Error>")
    }

    fn denied(code: &str) -> object_store::Error {
        object_store::Error::PermissionDenied { path: "p".into(), source: body(code).into() }
    }

    #[test]
    fn each_refusal_has_its_reason() {
        let generic = |code: &str| object_store::Error::Generic { store: "S3", source: body(code).into() };
        let not_found = object_store::Error::NotFound { path: "p".into(), source: "404".into() };
        let silent = object_store::Error::Generic { store: "S3", source: "connection refused".into() };
        with_request(|request| {
            for (error, reason) in [
                (denied("InvalidAccessKeyId"), Reason::CredentialsRejected),
                (denied("SignatureDoesNotMatch"), Reason::CredentialsRejected),
                (generic("ExpiredToken"), Reason::CredentialsRejected),
                (denied("AccessDenied"), Reason::AccessDenied),
                (not_found, Reason::BucketNotFound),
                (generic("NoSuchBucket"), Reason::BucketNotFound),
                (generic("AuthorizationHeaderMalformed"), Reason::BackendUnreachable),
                (silent, Reason::BackendUnreachable),
            ] {
                let problem = problem(&error, request);
                assert_eq!(problem.reason, reason, "{error}");
                assert!(!problem.message.contains("hush"));
            }
        });
    }

    #[test]
    fn a_bucket_that_was_made_meanwhile_is_no_problem() {
        with_request(|request| {
            let refused = |status, code| refused(status, &body(code), request).map(|problem| problem.reason);
            let conflict = StatusCode::CONFLICT;
            assert_eq!(refused(conflict, "BucketAlreadyOwnedByYou"), None);
            assert_eq!(refused(conflict, "BucketAlreadyExists"), Some(Reason::BucketOwnedByAnother));
            assert_eq!(refused(StatusCode::FORBIDDEN, "AccessDenied"), Some(Reason::AccessDenied));
            let signature = refused(StatusCode::FORBIDDEN, "SignatureDoesNotMatch");
            assert_eq!(signature, Some(Reason::CredentialsRejected));
        });
    }
}
