//! What is the same for every request: its head is checked, its time is limited, what is left of its body is thrown
//! away, and it is counted and logged once, when its answer has gone or the client has.

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_TYPE, EXPECT, HeaderValue, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::service::Service;
use tracing::Instrument;

use super::body::RequestBody;
use super::counted::CountedBody;
use super::drain::Drain;
use super::ends::Ends;
use super::handler::Handler;
use super::head::{self, Unacceptable};
use super::policy::Policy;
use super::record::{Record, RouteTemplate, Shared};
use super::stream::Phase;
use crate::base::metrics::Metrics;

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
    ends: Ends,
}

type Answered<H> = Response<CountedBody<Either<<H as Handler>::Body, Full<Bytes>>>>;

impl<H: Handler> Fronts<H> {
    pub(super) fn new(handler: H, policy: Policy, metrics: Metrics, drain: Drain) -> Self {
        let shared = Arc::new(Shared { policy, metrics, drain });
        Self { handler, shared }
    }

    /// The front of a connection in this phase.
    pub(super) fn one(&self, phase: Phase, ends: Ends) -> Front<H> {
        Front { handler: self.handler.clone(), shared: Arc::clone(&self.shared), phase, ends }
    }
}

impl<H: Handler> Service<Request<Incoming>> for Front<H> {
    type Response = Answered<H>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Answered<H>, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let handler = self.handler.clone();
        let ends = self.ends;
        let mut record = Record::new(&self.shared, &self.phase, request.method(), request.uri());
        Box::pin(async move {
            let span = tracing::debug_span!("request", path = record.uri.path());
            let stall_timeout = record.shared.policy.limits.stall_timeout;
            let request = request.map(|body| RequestBody::new(body, stall_timeout, ends));
            let body = request.body().clone();
            let waits = !body.is_over() && request.headers().contains_key(EXPECT);
            let mut answer = answer(handler, request, &record.shared.policy).instrument(span).await;
            record.status = answer.status();
            record.route = answer.extensions().get::<RouteTemplate>().map_or("none", |route| route.0);
            if record.shared.drain.has_begun() {
                close(answer.headers_mut());
            }
            if !body.is_over() {
                // Who waits to be told to send a body, and is answered instead, does not send it.
                if waits && body.is_untouched() {
                    close(answer.headers_mut());
                } else {
                    discard(&mut record, body);
                }
            }
            Ok(answer.map(|body| CountedBody::new(body, record)))
        })
    }
}

/// Throws away what is left of a request, while its answer is on its way. Some clients hear nothing before they have sent
/// everything.
fn discard(record: &mut Record, body: RequestBody) {
    record.left = Some(body.clone());
    let policy = &record.shared.policy;
    let (bytes, time) = (policy.discard_bytes, policy.limits.upload_timeout);
    let (phase, answering) = (record.phase.clone(), record.answering);
    tokio::spawn(async move {
        let _ = tokio::time::timeout(time, body.discard(bytes)).await;
        phase.discarded(answering);
    });
}

async fn answer<H: Handler>(
    mut handler: H,
    mut request: Request<RequestBody>,
    policy: &Policy,
) -> Response<Either<H::Body, Full<Bytes>>> {
    if let Err(Unacceptable { status, text }) = head::check(&request, !request.body().is_over()) {
        let mut answer = error(status, text);
        close(answer.headers_mut());
        return answer;
    }
    match head::regular(request.uri()) {
        Ok(Some(uri)) => *request.uri_mut() = uri,
        Ok(None) => {}
        Err(text) => return error(StatusCode::BAD_REQUEST, text),
    }
    let uploads = !matches!(*request.method(), Method::GET | Method::HEAD);
    let limit = if uploads { policy.limits.upload_timeout } else { policy.limits.request_timeout };
    head::host_of_target(&mut request);
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

fn close(headers: &mut HeaderMap) {
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
}

/// An answer that no handler makes. Which segment it knows, nobody asked.
fn error<B>(status: StatusCode, text: &str) -> Response<Either<B, Full<Bytes>>> {
    let json = serde_json::json!({ "message": text }).to_string();
    let mut answer = Response::new(Either::Right(Full::new(Bytes::from(json))));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("2"));
    }
    answer
}
