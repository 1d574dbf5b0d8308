//! Health and metrics of the operator itself.

use std::{future::Future, net::SocketAddr};

use anyhow::Context as _;
use tokio::net::TcpListener;
use warp::{Filter, Reply, filters::BoxedFilter, http::StatusCode, reply::Response};

use crate::pass::{health::Health, metrics::Metrics};

/// Binds the port and returns the server, which runs until `stop`.
pub(crate) async fn serve(
    address: SocketAddr,
    metrics: Metrics,
    health: Health,
    stop: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<impl Future<Output = ()>> {
    let listener = TcpListener::bind(address).await.with_context(|| format!("admin port '{address}'"))?;
    Ok(warp::serve(routes(metrics, health)).incoming(listener).graceful(stop).run())
}

fn routes(metrics: Metrics, health: Health) -> BoxedFilter<(impl Reply,)> {
    let alive = health.clone();
    let livez = warp::path!("livez").map(move || ok_unless(alive.hung()));
    let readyz = warp::path!("readyz").map(move || ok_unless(health.unready()));
    let metrics = warp::path!("metrics").map(move || {
        let format = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        warp::reply::with_header(metrics.text(), "content-type", format).into_response()
    });
    warp::get().and(livez.or(readyz).unify().or(metrics).unify()).boxed()
}

fn ok_unless(problem: Option<impl Into<String>>) -> Response {
    match problem {
        None => "ok".into_response(),
        Some(problem) => {
            warp::reply::with_status(problem.into(), StatusCode::SERVICE_UNAVAILABLE).into_response()
        }
    }
}
