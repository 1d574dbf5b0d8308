//! `POST /packages`: a bala arrives, is kept in scratch space while it is hashed, and is published.
//!
//! The limit holds as bytes arrive, whatever the head of the request says. Whoever may publish nothing at all
//! is refused before that.

use std::sync::Arc;

use barre_core::access::{Denied, publishes};
use bytes::Buf;
use futures::Stream;
use http::StatusCode;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::{Reply, Response};

use super::multipart::Parser;
use super::receive::{FORM_BYTES, Receiver, malformed, too_large};
use crate::api::common::answer::{Answer, DIGEST, Seq};
use crate::api::common::call::{identify_with, with};
use crate::api::common::error::Error;
use crate::api::common::route::Route;
use crate::service::Services;
use crate::service::publish::{self, Arrival, Published};

const TEMPLATE: &str = "/2.0/registry/packages";
pub(crate) const ROUTE: Route = Route { method: "POST", template: TEMPLATE, filter };

fn filter(services: &Arc<Services>) -> BoxedFilter<(Response,)> {
    warp::path!("2.0" / "registry" / "packages")
        .and(warp::post())
        .and(with(services))
        .and(warp::header::headers_cloned())
        .and(warp::body::stream())
        .then(async |services: Arc<Services>, headers: HeaderMap, body| {
            let pushed = receive_and_publish(&services, &headers, body).await;
            let answer = pushed.map(|published| {
                let mut response = StatusCode::NO_CONTENT.into_response();
                response.extensions_mut().insert(Seq(published.seq()));
                Answer::new(response).for_everyone()
            });
            Answer::finish(TEMPLATE, &(), answer)
        })
        .boxed()
}

async fn receive_and_publish<B: Buf>(
    services: &Services,
    headers: &HeaderMap,
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> Result<Published, Error> {
    let writer = identify_with(services, headers).await?;
    if let Err(denied) = publishes(&writer.identity) {
        return refuse(services, denied).await;
    }
    let claimed_digest = claimed(headers)?;
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let parser = Parser::new(content_type).map_err(malformed)?;
    let limit = services.max_package_size;
    if content_length(headers).is_some_and(|length| length > limit + FORM_BYTES) {
        return Err(too_large(limit));
    }
    // What cannot be committed need not be sent.
    services.publisher.may_write()?;
    let turn = services.publisher.turn(&writer.identity).await?;
    let arrival = Arrival::new(&services.scratch, limit, turn)?;
    let (upload, turn) = Receiver::new(arrival, limit, claimed_digest).receive(parser, body).await?;
    match services.publisher.publish(&writer.identity, upload, turn, writer.still()).await {
        Err(publish::Error::Denied(denied)) => refuse(services, denied).await,
        published => Ok(published?),
    }
}

async fn refuse<T>(services: &Services, denied: Denied) -> Result<T, Error> {
    services.reads.catch_up().await?;
    Err(Error::Unauthorized(denied.to_string()))
}

/// The hash that the client sends along; older ones do not.
fn claimed(headers: &HeaderMap) -> Result<Option<String>, Error> {
    let Some(value) = headers.get(DIGEST) else { return Ok(None) };
    let hex = value.to_str().ok().and_then(|text| text.trim().strip_prefix("sha-256="));
    let hex = hex.filter(|hex| !hex.is_empty() && hex.bytes().all(|b| b.is_ascii_hexdigit()));
    match hex {
        Some(hex) => Ok(Some(hex.to_owned())),
        None => Err(Error::BadRequest("the digest header is not sha-256= and a hash in hex".to_owned())),
    }
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
