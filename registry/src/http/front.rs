//! What is the same for every request: its path is made regular, its time is limited, what is left of its
//! body is thrown away, and it is counted and logged once, when its answer has gone or the client has.

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE, EXPECT, HeaderValue};
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::service::Service;
use tracing::Instrument;

use super::body::{CountedBody, RequestBody};
use super::drain::Drain;
use super::handler::Handler;
use super::policy::Policy;
use super::record::{Record, RouteTemplate, Shared};
use super::stream::Phase;
use crate::base::metrics::Metrics;

/// Longest path with its query, in bytes.
const MAX_URI_BYTES: usize = 8 * 1024;

/// Makes a front for each connection.
pub(super) struct Fronts<H> {
    handler: H,
    shared: Arc<Shared>,
}

/// Stands between hyper and the handler of one connection.
pub(super) struct Front<H> {
    handler: H,
    shared: Arc<Shared>,
    phase: Phase,
}

type Answered<H> = Response<CountedBody<Either<<H as Handler>::Body, Full<Bytes>>>>;

impl<H: Handler> Fronts<H> {
    pub(super) fn new(handler: H, policy: Policy, metrics: Metrics, drain: Drain) -> Self {
        let shared = Arc::new(Shared { policy, metrics, drain });
        Self { handler, shared }
    }

    /// The front of a connection in this phase.
    pub(super) fn one(&self, phase: Phase) -> Front<H> {
        Front { handler: self.handler.clone(), shared: Arc::clone(&self.shared), phase }
    }
}

impl<H: Handler> Service<Request<Incoming>> for Front<H> {
    type Response = Answered<H>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Answered<H>, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let handler = self.handler.clone();
        let mut record = Record::new(&self.shared, &self.phase, request.method(), request.uri());
        Box::pin(async move {
            let span = tracing::debug_span!("request", path = record.uri.path());
            let mut answer = answer(handler, request, &record.shared.policy).instrument(span).await;
            record.status = answer.status();
            record.route = answer.extensions().get::<RouteTemplate>().map_or("none", |route| route.0);
            if record.shared.drain.has_begun() {
                close(answer.headers_mut());
            }
            Ok(answer.map(|body| CountedBody::new(body, record)))
        })
    }
}

async fn answer<H: Handler>(
    mut handler: H,
    request: Request<Incoming>,
    policy: &Policy,
) -> Response<Either<H::Body, Full<Bytes>>> {
    let mut request = request.map(|body| RequestBody::new(body, policy.limits.stall_timeout));
    let body = request.body().clone();
    let waits = request.headers().contains_key(EXPECT);
    let uploads = !matches!(*request.method(), Method::GET | Method::HEAD);
    let limit = if uploads { policy.limits.upload_timeout } else { policy.limits.request_timeout };
    let mut answer = match regular(request.uri()) {
        Ok(changed) => {
            if let Some(uri) = changed {
                *request.uri_mut() = uri;
            }
            let mut answer = pin!(handler.call(request));
            // Most answers are there at once, and need no timer.
            let answer = match futures::poll!(answer.as_mut()) {
                Poll::Ready(answer) => Ok(answer),
                Poll::Pending => tokio::time::timeout(limit, answer).await,
            };
            match answer {
                Ok(Ok(answer)) => answer.map(Either::Left),
                Ok(Err(never)) => match never {},
                Err(_) => error(StatusCode::SERVICE_UNAVAILABLE, "this took too long, try again later"),
            }
        }
        Err(text) => error(StatusCode::BAD_REQUEST, text),
    };
    // Who waits to be told to send a body, and is answered instead, does not send it.
    let unsent = waits && body.is_untouched();
    if unsent || !body.discard(policy.discard_bytes, policy.discard_time).await {
        close(answer.headers_mut());
    }
    answer
}

fn close(headers: &mut HeaderMap) {
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
}

fn error<B>(status: StatusCode, text: &str) -> Response<Either<B, Full<Bytes>>> {
    let json = serde_json::json!({ "message": text }).to_string();
    let mut answer = Response::new(Either::Right(Full::new(Bytes::from(json))));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

/// The same URI with single slashes and none at the end: clients build paths by pasting strings. `None` where it is so
/// already. What only an attacker sends is refused here, before any route sees it.
fn regular(uri: &Uri) -> Result<Option<Uri>, &'static str> {
    const WRONG: &str = "this is not a path of this server";
    let path = uri.path();
    if path.len() + uri.query().map_or(0, str::len) > MAX_URI_BYTES {
        return Err("the path is too long");
    }
    let segments = || path.split('/').filter(|segment| !segment.is_empty());
    for segment in segments() {
        let decoded = percent_encoding::percent_decode_str(segment).decode_utf8().map_err(|_| WRONG)?;
        if matches!(&*decoded, "." | "..")
            || decoded.contains(['/', '\\'])
            || decoded.contains(char::is_control)
        {
            return Err(WRONG);
        }
    }
    let single = path.starts_with('/') && !path.contains("//");
    if single && (path.len() == 1 || !path.ends_with('/')) {
        return Ok(None);
    }
    let mut regular = String::with_capacity(path.len());
    for segment in segments() {
        regular.push('/');
        regular.push_str(segment);
    }
    if regular.is_empty() {
        regular.push('/');
    }
    if let Some(query) = uri.query() {
        regular.push('?');
        regular.push_str(query);
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(regular.parse().map_err(|_| WRONG)?);
    Uri::from_parts(parts).map(Some).map_err(|_| WRONG)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_made_regular() {
        for (given, expected) in [
            ("/2.0/registry/packages/acme/x/*", "/2.0/registry/packages/acme/x/*"),
            ("/2.0/registry//search-packages?q=a//b", "/2.0/registry/search-packages?q=a//b"),
            ("/2.0/registry/packages/?q=x", "/2.0/registry/packages?q=x"),
            ("/", "/"),
            ("//", "/"),
            ("*", "/*"),
            ("/a%2Ab/", "/a%2Ab"),
        ] {
            let given = given.parse().unwrap();
            let regular = regular(&given).unwrap();
            assert_eq!(regular.is_some(), given != expected, "{given}");
            assert_eq!(regular.unwrap_or(given), expected);
        }
    }

    #[test]
    fn an_absolute_uri_keeps_its_host() {
        let uri = regular(&"http://example.com//a/".parse().unwrap()).unwrap();
        assert_eq!(uri.unwrap(), "http://example.com/a");
    }

    #[test]
    fn paths_of_attackers_are_refused() {
        let long = format!("/{}", "a".repeat(9000));
        for bad in ["/a/../b", "/%2e%2e%2fetc", "/a/%2E%2e", "/a%00b", "/a%5cb", "/%ff", "/./a", &long] {
            assert!(regular(&bad.parse().unwrap()).is_err(), "{bad}");
        }
    }
}
