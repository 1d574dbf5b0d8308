//! The admin port: whether this pod lives, whether it is ready, and its metrics. Never exposed to users.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::StatusCode;
use http::header::CONTENT_TYPE;
use warp::filters::BoxedFilter;
use warp::{Filter, Reply};

use super::drain::Drain;
use super::record::RouteTemplate;
use crate::base::clock::Clock;
use crate::base::metrics::Metrics;

/// What `/metrics` is: `OpenMetrics`, which Prometheus asks for.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Whether users may be sent here: the log was read to its end once, and the drain has not begun. A store that
/// is gone does not end it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Readiness {
    caught_up: Arc<AtomicBool>,
    drain: Drain,
}

impl Readiness {
    /// Not ready yet.
    pub fn new(drain: Drain) -> Self {
        Self { caught_up: Arc::new(AtomicBool::new(false)), drain }
    }

    /// The log was read to its end.
    pub fn caught_up(&self) {
        self.caught_up.store(true, Ordering::Relaxed);
    }

    fn check(&self) -> Result<(), &'static str> {
        if self.drain.has_begun() {
            return Err("stopping");
        }
        if !self.caught_up.load(Ordering::Relaxed) {
            return Err("still reading the log");
        }
        Ok(())
    }
}

/// `/livez`, `/readyz`, `/metrics`.
pub fn routes(readiness: Readiness, metrics: Metrics, clock: Clock) -> BoxedFilter<(warp::reply::Response,)> {
    let live = warp::path!("livez").map(|| answer("/livez", StatusCode::OK, "ok\n"));
    let ready = warp::path!("readyz").map(move || match readiness.check() {
        Ok(()) => answer("/readyz", StatusCode::OK, "ok\n"),
        Err(why) => answer("/readyz", StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
    });
    let metrics = warp::path!("metrics").map(move || {
        let text = metrics.encode(clock.now());
        answer("/metrics", StatusCode::OK, warp::reply::with_header(text, CONTENT_TYPE, OPEN_METRICS))
    });
    warp::get().and(live.or(ready).unify().or(metrics).unify()).boxed()
}

fn answer(route: &'static str, status: StatusCode, reply: impl Reply) -> warp::reply::Response {
    let mut response = reply.into_response();
    *response.status_mut() = status;
    response.extensions_mut().insert(RouteTemplate(route));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn get(path: &str, routes: &BoxedFilter<(warp::reply::Response,)>) -> (u16, String) {
        let answer = warp::test::request().path(path).reply(routes).await;
        (answer.status().as_u16(), String::from_utf8_lossy(answer.body()).into_owned())
    }

    #[tokio::test]
    async fn ready_means_caught_up_and_not_stopping() {
        let (stop, drain) = super::super::drain();
        let readiness = Readiness::new(drain);
        let routes = routes(readiness.clone(), Metrics::new(), Clock::system());
        assert_eq!(get("/readyz", &routes).await, (503, "still reading the log\n".to_owned()));
        readiness.caught_up();
        assert_eq!(get("/readyz", &routes).await, (200, "ok\n".to_owned()));
        stop.begin();
        assert_eq!(get("/readyz", &routes).await, (503, "stopping\n".to_owned()));
        assert_eq!(get("/livez", &routes).await, (200, "ok\n".to_owned()));
        assert!(get("/metrics", &routes).await.1.ends_with("# EOF\n"));
        assert_eq!(get("/other", &routes).await.0, 404);
    }
}
