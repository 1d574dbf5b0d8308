//! One request, counted and logged once. Headers, queries and bodies are never logged.

use std::sync::Arc;

use http::{Method, StatusCode, Uri};
use tokio::time::Instant;

use super::body::RequestBody;
use super::drain::Drain;
use super::policy::{Policy, Requests};
use super::stream::Phase;
use crate::base::metrics::Metrics;

/// The template of the route that answered. The one who answers puts it into the extensions of the answer.
#[derive(Debug, Clone, Copy)]
pub struct RouteTemplate(pub &'static str);

/// What all requests of a listener share.
pub(super) struct Shared {
    pub(super) policy: Policy,
    pub(super) metrics: Metrics,
    pub(super) drain: Drain,
}

/// One request, counted and logged when this is dropped.
pub(super) struct Record {
    pub(super) shared: Arc<Shared>,
    pub(super) uri: Uri,
    pub(super) status: StatusCode,
    pub(super) route: &'static str,
    pub(super) phase: Phase,
    /// Of the request, if some of it is left to be thrown away.
    pub(super) left: Option<RequestBody>,
    /// What `phase` calls this request.
    pub(super) answering: u32,
    method: Method,
    started: Instant,
    sent: u64,
}

impl Record {
    /// Begins with a request whose head is complete.
    pub(super) fn new(shared: &Arc<Shared>, phase: &Phase, method: &Method, uri: &Uri) -> Self {
        Self {
            shared: Arc::clone(shared),
            uri: uri.clone(),
            // What proxies log when the client went away before there was an answer.
            status: StatusCode::from_u16(499).unwrap_or(StatusCode::BAD_REQUEST),
            route: "none",
            phase: phase.clone(),
            left: None,
            answering: phase.answering(),
            method: method.clone(),
            started: Instant::now(),
            sent: 0,
        }
    }

    pub(super) fn sent(&mut self, bytes: usize) {
        self.sent += bytes as u64;
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        match &self.left {
            None => self.phase.idle(self.answering),
            Some(left) => {
                self.phase.discarding(self.answering);
                if left.is_over() {
                    self.phase.discarded(self.answering);
                }
            }
        }
        let took = self.started.elapsed();
        self.shared.metrics.request(&self.method, self.route, self.status, took);
        let Self { method, uri, route, sent: size_bytes, .. } = self;
        let (path, status) = (uri.path(), self.status.as_u16());
        let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        // What went well is in the metrics; a line for each of thousands a second would cost more than the answer.
        match self.shared.policy.requests {
            Requests::OfUsers if status >= 500 => {
                tracing::warn!(%method, path, route, status, duration_ms, size_bytes, "request");
            }
            _ => tracing::debug!(%method, path, route, status, duration_ms, size_bytes, "request"),
        }
    }
}
