//! What the admin port tells the operator: which file with mirrors is in force, and what runs of mirrors have told.

use std::error::Error;
use std::sync::{Arc, OnceLock};

use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::json;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::{Reply as _, Response};

use crate::http::RouteTemplate;
use crate::service::mirrors::{MirrorsFile, Reports};

const CONFIG: &str = "/config";
const REPORT: &str = "/mirrors/{id}";
/// Longest id of a mirror, in bytes.
const MAX_UID: usize = 64;

/// What can be told once the store is open.
#[derive(Clone, Default)]
pub(super) struct Told(Arc<OnceLock<(MirrorsFile, Reports)>>);

impl Told {
    /// From now on this is told.
    pub(super) fn tell(&self, mirrors: MirrorsFile, reports: Reports) {
        // Once: a process opens its store once.
        let _ = self.0.set((mirrors, reports));
    }
}

/// `/config`, `/mirrors/<id>`.
pub(super) fn routes(told: &Told) -> BoxedFilter<(Response,)> {
    let told = told.clone();
    let told = warp::any().map(move || told.clone());
    let config = warp::path!("config").and(told.clone()).map(|told: Told| answer(CONFIG, config(&told)));
    let report = warp::path!("mirrors" / String)
        .and(told)
        .then(async |id: String, told: Told| answer(REPORT, report(&told, &id).await));
    warp::get().and(config.or(report).unify()).boxed()
}

type Refused = (StatusCode, String);

/// The hash of the file that is in force.
fn config(told: &Told) -> Result<Response, Refused> {
    let (mirrors, _) = told.0.get().ok_or_else(starting)?;
    Ok(warp::reply::json(&json!({ "mirrors": mirrors.in_force().digest })).into_response())
}

/// The newest report of a mirror.
async fn report(told: &Told, id: &str) -> Result<Response, Refused> {
    let (_, reports) = told.0.get().ok_or_else(starting)?;
    let unknown = || (StatusCode::NOT_FOUND, format!("no run of the mirror {id} has told anything yet"));
    if id.is_empty() || id.len() > MAX_UID || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err((StatusCode::NOT_FOUND, "this is the id of no mirror".to_owned()));
    }
    match reports.newest(id).await {
        Ok(report) => {
            let report = report.ok_or_else(unknown)?;
            Ok(warp::reply::with_header(report.to_vec(), CONTENT_TYPE, "application/json").into_response())
        }
        Err(untold) => {
            tracing::warn!(id, error = &*untold as &dyn Error, "a report of a mirror cannot be told");
            Err((StatusCode::SERVICE_UNAVAILABLE, untold.to_string()))
        }
    }
}

fn starting() -> Refused {
    (StatusCode::SERVICE_UNAVAILABLE, "still starting".to_owned())
}

fn answer(route: &'static str, result: Result<Response, Refused>) -> Response {
    let mut response = result.unwrap_or_else(|(status, text)| {
        warp::reply::with_status(format!("{text}\n"), status).into_response()
    });
    response.extensions_mut().insert(RouteTemplate(route));
    response
}

#[cfg(test)]
mod tests;
