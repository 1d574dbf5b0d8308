//! What Prometheus reads at `/metrics`. Labels come from the code, never from a request: their number is
//! bounded whatever clients send.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;

use http::{Method, StatusCode};
use jiff::Timestamp;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

/// All metrics of a process. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram, fn() -> Histogram>,
    store: Family<StoreLabels, Counter>,
    position: Gauge<u64, AtomicU64>,
    format: Gauge,
    lag: Gauge<f64, AtomicU64>,
    read_only: Gauge,
    /// When the log was last read to its end, in milliseconds; 0 before that.
    polled: Arc<AtomicI64>,
    connections: Gauge,
    hot_answers: Counter,
    resolutions: Family<ResolutionLabels, Counter>,
    mirrors_unusable: Gauge,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StoreLabels {
    kind: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResolutionLabels {
    of: &'static str,
    outcome: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Metrics at zero.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("barre");
        let requests = Family::default();
        let durations = Family::new_with_constructor(latencies as fn() -> Histogram);
        let store = Family::default();
        let (position, lag, connections) = (Gauge::default(), Gauge::default(), Gauge::default());
        let format = Gauge::default();
        registry.register("log_format", "The format of the log that is in force", format.clone());
        let read_only = Gauge::default();
        let help = "1 when this process has stopped writing the log";
        registry.register("log_read_only", help, read_only.clone());
        registry.register("requests", "Requests answered", requests.clone());
        let help = "Time until an answer was sent or given up";
        registry.register_with_unit("request_duration", help, Unit::Seconds, durations.clone());
        registry.register("store_operations", "Requests to the object store", store.clone());
        registry.register("log_position", "Last segment of the log that was applied", position.clone());
        let help = "Time since the log was last read to its end";
        registry.register_with_unit("log_lag", help, Unit::Seconds, lag.clone());
        registry.register("connections", "Open connections of clients", connections.clone());
        let hot_answers = Counter::default();
        registry.register("hot_answers", "Answers that were kept and given again", hot_answers.clone());
        let resolutions = Family::default();
        let help = "Packages and modules that builds asked for";
        registry.register("resolutions", help, resolutions.clone());
        let mirrors_unusable = Gauge::default();
        let help = "1 while the file with mirrors cannot be used, and what it said before holds";
        registry.register("mirrors_unusable", help, mirrors_unusable.clone());
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The program that runs", build);
        let registry = Arc::new(registry);
        let polled = Arc::new(AtomicI64::new(0));
        Self {
            registry,
            requests,
            durations,
            store,
            position,
            format,
            lag,
            read_only,
            polled,
            connections,
            hot_answers,
            resolutions,
            mirrors_unusable,
        }
    }

    /// Counts an answered request.
    pub fn request(&self, method: &Method, route: &'static str, status: StatusCode, took: Duration) {
        let labels = RequestLabels { method: known(method), route, status: status.as_u16() };
        self.requests.get_or_create(&labels).inc();
        self.durations.get_or_create(&RouteLabels { route }).observe(took.as_secs_f64());
    }

    /// Counts an answer that was kept and given again.
    pub fn hot_answer(&self) {
        self.hot_answers.inc();
    }

    /// How many answers were kept and given again.
    pub fn hot_answers(&self) -> u64 {
        self.hot_answers.get()
    }

    /// Counts what a build asked for, `package` or `module`: builds do not tell their users what was not there.
    pub fn resolutions(&self, of: &'static str, resolved: usize, unresolved: usize) {
        for (outcome, count) in [("resolved", resolved), ("unresolved", unresolved)] {
            self.resolutions.get_or_create(&ResolutionLabels { of, outcome }).inc_by(count as u64);
        }
    }

    /// Counts a request to the object store, for example `("create", "conflict")`.
    pub fn store_operation(&self, kind: &'static str, outcome: &'static str) {
        self.store.get_or_create(&StoreLabels { kind, outcome }).inc();
    }

    /// Records the last segment that was applied, and the format that the log has then.
    pub fn log_position(&self, seq: u64, format: u32) {
        self.position.set(seq);
        self.format.set(format.into());
    }

    /// Records that the log was read to its end.
    pub fn log_polled_at(&self, time: Timestamp) {
        self.polled.store(time.as_millisecond(), std::sync::atomic::Ordering::Relaxed);
    }

    /// Records whether this process has stopped writing the log.
    pub fn log_read_only(&self, stopped: bool) {
        self.read_only.set(stopped.into());
    }

    /// Records whether the file with mirrors cannot be used.
    pub fn mirrors_unusable(&self, unusable: bool) {
        self.mirrors_unusable.set(unusable.into());
    }

    /// Counts a connection until the answer is dropped.
    pub fn connection(&self) -> OpenConnection {
        self.connections.inc();
        OpenConnection(self.connections.clone())
    }

    /// The text that Prometheus reads.
    pub fn encode(&self, now: Timestamp) -> String {
        let polled = self.polled.load(std::sync::atomic::Ordering::Relaxed);
        if polled > 0 {
            let lag = now.as_millisecond().saturating_sub(polled).max(0);
            self.lag.set(Duration::from_millis(lag.unsigned_abs()).as_secs_f64());
        }
        let mut text = String::new();
        if let Err(error) = text::encode(&mut text, &self.registry) {
            tracing::error!(error = &error as &dyn std::error::Error, "metrics cannot be encoded");
        }
        text
    }
}

/// A connection that is counted.
#[derive(Debug)]
pub struct OpenConnection(Gauge);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.dec();
    }
}

fn latencies() -> Histogram {
    Histogram::new([0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0])
}

/// Clients may invent methods; the label does not.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_prometheus_reads() {
        let metrics = Metrics::new();
        let took = Duration::from_millis(3);
        metrics.request(&Method::GET, "/2.0/registry/packages/{org}/{name}", StatusCode::OK, took);
        metrics.store_operation("create", "conflict");
        metrics.log_position(42, 2);
        metrics.log_polled_at(Timestamp::from_second(100).unwrap());
        let open = metrics.connection();
        let text = metrics.encode(Timestamp::from_second(103).unwrap());
        for line in [
            "barre_requests_total{method=\"GET\",route=\"/2.0/registry/packages/{org}/{name}\",status=\"200\"} 1",
            "barre_request_duration_seconds_bucket{le=\"0.005\",route=\"/2.0/registry/packages/{org}/{name}\"} 1",
            "barre_store_operations_total{kind=\"create\",outcome=\"conflict\"} 1",
            "barre_log_position 42",
            "barre_log_lag_seconds 3.0",
            "barre_connections 1",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        drop(open);
        assert!(metrics.encode(Timestamp::UNIX_EPOCH).contains("barre_connections 0"));
    }

    #[test]
    fn invented_methods_share_a_label() {
        let metrics = Metrics::new();
        for method in ["BREW", "WHEN"] {
            metrics.request(&method.parse().unwrap(), "none", StatusCode::NOT_FOUND, Duration::ZERO);
        }
        let text = metrics.encode(Timestamp::UNIX_EPOCH);
        assert!(
            text.contains("barre_requests_total{method=\"other\",route=\"none\",status=\"404\"} 2"),
            "{text}"
        );
    }
}
