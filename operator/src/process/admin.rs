//! Health and metrics of the operator itself.

use std::{
    future::Future,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::Context as _;
use tokio::net::TcpListener;
use warp::{Filter, Reply, filters::BoxedFilter, http::StatusCode};

use crate::pass::metrics::Metrics;

/// Whether the operator has seen its resources yet.
#[derive(Clone, Default)]
pub(crate) struct Readiness(Arc<AtomicBool>);

impl Readiness {
    /// Declares the operator ready or not.
    pub(crate) fn set(&self, ready: bool) {
        self.0.store(ready, Ordering::Relaxed);
    }
}

/// Binds the port and returns the server, which runs until `stop`.
pub(crate) async fn serve(
    address: SocketAddr,
    metrics: Metrics,
    readiness: Readiness,
    stop: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<impl Future<Output = ()>> {
    let listener = TcpListener::bind(address).await.with_context(|| format!("admin port '{address}'"))?;
    Ok(warp::serve(routes(metrics, readiness)).incoming(listener).graceful(stop).run())
}

fn routes(metrics: Metrics, readiness: Readiness) -> BoxedFilter<(impl Reply,)> {
    let livez = warp::path!("livez").map(|| "ok".into_response());
    let readyz = warp::path!("readyz").map(move || {
        if readiness.0.load(Ordering::Relaxed) {
            "ok".into_response()
        } else {
            warp::reply::with_status(
                "the operator has not seen all Registries yet",
                StatusCode::SERVICE_UNAVAILABLE,
            )
            .into_response()
        }
    });
    let metrics = warp::path!("metrics").map(move || {
        let format = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        warp::reply::with_header(metrics.text(), "content-type", format).into_response()
    });
    warp::get().and(livez.or(readyz).unify().or(metrics).unify()).boxed()
}
