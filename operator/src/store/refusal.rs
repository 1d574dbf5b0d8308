//! What a store's refusal means for the person who set it up. Pure.

use std::error::Error as StdError;

use barre_crds::condition::Reason;
use http::StatusCode;
use object_store::client::HttpError;

use super::{
    client::Forbidden,
    description::{Backend, Dialect},
    request::Request,
};
use crate::pass::problem::Problem;

/// Explains an error of the store's client.
pub(super) fn problem(error: &object_store::Error, request: &Request<'_>) -> Problem {
    let text = error.to_string();
    let dialect = request.backend.dialect;
    match (error, (dialect.code)(&text)) {
        (_, Some(code)) if dialect.rejected.contains(&code) => rejected(code, request),
        (object_store::Error::Unauthenticated { .. }, code) => rejected(code.unwrap_or("401"), request),
        (object_store::Error::PermissionDenied { .. }, code) => denied(code.unwrap_or("403"), request),
        (object_store::Error::NotFound { .. }, _) => missing(request),
        (_, Some(code)) if code == dialect.missing => missing(request),
        (_, Some(code)) if code == dialect.bad_name => misnamed(code, request),
        (_, Some(code)) => strange(code, request),
        (error, None) => unreachable(error, request),
    }
}

/// Whether there is no store, rather than no object in it: clients tell it by the code of the answer alone.
pub(super) fn is_missing(error: &object_store::Error, dialect: &Dialect) -> bool {
    (dialect.code)(&error.to_string()) == Some(dialect.missing)
}

/// Explains the refusal to make a store; nothing if it is there and ours.
pub(super) fn refused(status: StatusCode, body: &str, request: &Request<'_>) -> Option<Problem> {
    let (name, noun, dialect) = (&request.backend.name, request.backend.noun, request.backend.dialect);
    Some(match (status, (dialect.code)(body)) {
        (_, Some(code)) if code == dialect.already_ours => return None,
        (StatusCode::CONFLICT, _) => Problem::new(
            Reason::BucketOwnedByAnother,
            format!("the name '{name}' is taken by another account of this store; choose another {noun}"),
        ),
        (_, Some(code)) if dialect.rejected.contains(&code) => rejected(code, request),
        (StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED, code) => denied(code.unwrap_or("403"), request),
        (_, Some(code)) if code == dialect.bad_name => misnamed(code, request),
        (status, code) => strange(code.unwrap_or(status.as_str()), request),
    })
}

/// Explains a request that got no answer, or one that no such store gives.
pub(super) fn unreachable(error: &(dyn StdError + 'static), request: &Request<'_>) -> Problem {
    let (place, fields) = (&request.backend.place, request.backend.dialect.fields);
    if let Some(Forbidden(host)) = chain(error).find_map(|error| error.downcast_ref()) {
        // What a name means is nothing that a spec says, and may change.
        return Problem::new(Reason::BackendUnreachable, request.backend.leads_inside(host));
    }
    let message = match silence(error) {
        Some(cause) => {
            format!("no answer from {place} ({}); check {fields}, and the network between", short(&cause))
        }
        None => format!("{place} answers, but not as such a store does; check {fields}"),
    };
    Problem::new(Reason::BackendUnreachable, message)
}

/// Returns why there was no answer. What somebody answered who is no store is nobody's business: it is not repeated.
fn silence(error: &(dyn StdError + 'static)) -> Option<String> {
    let is_of_client =
        |error: &(dyn StdError + 'static)| error.is::<HttpError>() || error.is::<reqwest::Error>();
    chain(error).any(is_of_client).then(|| chain(error).last().map(ToString::to_string))?
}

fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| StdError::source(*error))
}

fn rejected(code: &str, request: &Request<'_>) -> Problem {
    let message = format!(
        "{} does not accept the keys in Secret '{}' ({}); correct {} there",
        request.backend.place,
        request.backend.secret,
        short(code),
        request.backend.required_keys()
    );
    Problem::new(Reason::CredentialsRejected, message)
}

fn denied(code: &str, request: &Request<'_>) -> Problem {
    let message = format!(
        "{} refuses {} to the keys in Secret '{}' ({}); allow them {}",
        request.backend.place,
        request.backend.label(),
        request.backend.secret,
        short(code),
        request.backend.dialect.permissions
    );
    Problem::new(Reason::AccessDenied, message)
}

fn missing(request: &Request<'_>) -> Problem {
    let message =
        format!("{} does not exist; create it, or set provisioning: Create", request.backend.label());
    Problem::new(Reason::BucketNotFound, message)
}

fn misnamed(code: &str, request: &Request<'_>) -> Problem {
    let Backend { noun, name, place, .. } = request.backend;
    let message = format!("{place} takes no {noun} of the name '{name}' ({code}); choose another {noun}");
    Problem::new(Reason::InvalidSpec, message)
}

fn strange(code: &str, request: &Request<'_>) -> Problem {
    let message = format!(
        "{} answered '{}' about {}; check {}",
        request.backend.place,
        short(code),
        request.backend.label(),
        request.backend.dialect.fields
    );
    Problem::new(Reason::BackendUnreachable, message)
}

fn short(text: &str) -> String {
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::fixture;

    fn with_request<T>(check: impl FnOnce(&Request<'_>) -> T) -> T {
        fixture::with_request(&fixture::storage(), None, check)
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
                (generic("InvalidBucketName"), Reason::InvalidSpec),
                (silent, Reason::BackendUnreachable),
            ] {
                let problem = problem(&error, request);
                assert_eq!(problem.reason, reason, "{error}");
                assert!(!problem.message.contains("hush"));
            }
        });
    }

    #[test]
    fn what_somebody_else_answers_is_not_repeated() {
        let answered = object_store::Error::Generic { store: "S3", source: "404: <html>hush".into() };
        let talkative = object_store::Error::Generic { store: "S3", source: body("hush hush").into() };
        with_request(|request| {
            for error in [answered, talkative] {
                let problem = problem(&error, request);
                assert_eq!(problem.reason, Reason::BackendUnreachable);
                assert!(problem.message.contains("not as such a store does"), "{}", problem.message);
                assert!(!problem.message.contains("hush"), "{}", problem.message);
            }
        });
    }

    #[tokio::test]
    async fn who_does_not_answer_is_told_apart() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let error = reqwest::get(format!("http://{free}")).await.unwrap_err();
        let problem = with_request(|request| unreachable(&error, request));
        assert!(problem.message.contains("refused"), "{}", problem.message);
    }

    #[test]
    fn a_name_that_leads_inside_is_told_with_the_way_out() {
        let inside =
            object_store::Error::Generic { store: "S3", source: Forbidden("localhost".into()).into() };
        let problem = with_request(|request| problem(&inside, request));
        assert_eq!(problem.reason, Reason::BackendUnreachable);
        assert!(problem.message.starts_with("storage.s3.endpoint leads to localhost"), "{}", problem.message);
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
