//! Hot answers, kept ready.
//!
//! What an anonymous client is told of an exact version follows from the state, from the rules of admission and from a few
//! parts of its request. So an answer is kept with the numbers of a segment that its state has and of the rules, under those
//! parts, and is given again for as long as all are the same: a segment that is applied, and other rules, make everything
//! that is kept old at once. That time passes makes nothing old: it only admits what was not there, which is never kept.
//!
//! Handlers say which answers may be kept, by [`Keep`]. They see no header but those of [`SHAPING`], which are in the key,
//! and those of [`REFUSING`]: requests with one of these always go to the handlers.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{HeaderMap, Method, Request, StatusCode};
use moka::future::Cache;
use tower::Service;
use warp::reply::{Reply as _, Response};

use super::answer::{Keep, body};
use super::call::REFUSING;
use super::error::Error;
use super::inputs::SHAPING;
use crate::http::{Drain, RequestBody, RouteTemplate, names_host};
use crate::service::Services;
use crate::service::read::Basis;

/// What a kept answer takes besides its key and body, in bytes.
const OVERHEAD: usize = 1024;

/// Gives kept answers, and asks `service` for others.
#[derive(Clone)]
pub(crate) struct Hot<S> {
    service: S,
    shared: Arc<Shared>,
}

struct Shared {
    services: Arc<Services>,
    drain: Drain,
    kept: Cache<Vec<u8>, Arc<HotAnswer>>,
}

struct HotAnswer {
    basis: Basis,
    route: Option<RouteTemplate>,
    status: StatusCode,
    headers: HeaderMap,
    body: Keep,
}

impl<S> Hot<S> {
    /// Keeps at most `bytes`.
    pub(crate) fn new(service: S, services: Arc<Services>, bytes: u64, drain: Drain) -> Self {
        let size = |body: &Keep| match body {
            Keep::Bytes(bytes) => bytes.len(),
            Keep::Bala(_) => 0,
        };
        let weigh = move |key: &Vec<u8>, kept: &Arc<HotAnswer>| {
            u32::try_from(key.len() + size(&kept.body) + OVERHEAD).unwrap_or(u32::MAX)
        };
        let kept = Cache::builder().max_capacity(bytes).weigher(weigh).build();
        Self { service, shared: Arc::new(Shared { services, drain, kept }) }
    }
}

impl<S> Service<Request<RequestBody>> for Hot<S>
where
    S: Service<Request<RequestBody>, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let Self { mut service, shared } = self.clone();
        Box::pin(async move {
            let Some(key) = key(&request) else { return make(&mut service, &shared.drain, request).await };
            // Before the handlers look: an answer from an earlier state is never taken for one from a later.
            let basis = shared.services.reads.basis();
            if let Some(answer) = shared.again(&key, basis).await {
                return Ok(answer);
            }
            let answer = make(&mut service, &shared.drain, request).await?;
            shared.keep(key, basis, &answer).await;
            Ok(answer)
        })
    }
}

impl Shared {
    async fn again(&self, key: &[u8], basis: Basis) -> Option<Response> {
        let kept = self.kept.get(key).await.filter(|kept| kept.basis == basis)?;
        let mut answer = match &kept.body {
            Keep::Bytes(bytes) => Response::new(bytes.clone().into()),
            Keep::Bala(folder) => body(&self.services.files.in_memory(*folder).await?),
        };
        self.services.reads.note_request();
        self.services.metrics.hot_answer();
        *answer.status_mut() = kept.status;
        *answer.headers_mut() = kept.headers.clone();
        if let Some(route) = kept.route {
            answer.extensions_mut().insert(route);
        }
        Some(answer)
    }

    async fn keep(&self, key: Vec<u8>, basis: Basis, answer: &Response) {
        let Some(body) = answer.extensions().get::<Keep>().cloned() else { return };
        let (status, headers) = (answer.status(), answer.headers().clone());
        let route = answer.extensions().get::<RouteTemplate>().copied();
        self.kept.insert(key, Arc::new(HotAnswer { basis, route, status, headers, body })).await;
    }
}

/// Has an answer made, by a handler that knows of the connection and of its end. Whatever is kept was made for the same Host.
async fn make<S>(
    service: &mut S,
    drain: &Drain,
    mut request: Request<RequestBody>,
) -> Result<Response, Infallible>
where
    S: Service<Request<RequestBody>, Response = Response, Error = Infallible>,
{
    if !names_host(&request) {
        let text = "a request has one Host, which is a name and perhaps a port".to_owned();
        return Ok(Error::BadRequest(text).into_response());
    }
    let ends = request.body().ends();
    request.extensions_mut().insert(ends);
    request.extensions_mut().insert(drain.clone());
    service.call(request).await
}

/// Everything that an answer may depend on besides the state; `None` where it depends on more.
fn key(request: &Request<RequestBody>) -> Option<Vec<u8>> {
    let headers = request.headers();
    if request.method() != Method::GET || REFUSING.iter().any(|name| headers.contains_key(name)) {
        return None;
    }
    // Neither a URI nor the value of a header contains these separators.
    let uri = request.uri();
    let mut key = Vec::with_capacity(256);
    match request.body().ends().local.ip() {
        IpAddr::V4(local) => key.extend_from_slice(&local.octets()),
        IpAddr::V6(local) => key.extend_from_slice(&local.octets()),
    }
    key.extend_from_slice(uri.path().as_bytes());
    key.push(b'\n');
    key.extend_from_slice(uri.query().unwrap_or_default().as_bytes());
    for name in SHAPING.iter() {
        key.push(b'\n');
        for value in headers.get_all(name) {
            key.extend_from_slice(value.as_bytes());
            key.push(b'\0');
        }
    }
    Some(key)
}
