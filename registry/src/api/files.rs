//! `GET /files/{org}/{name}/{version}/{file}`: the bytes of a bala, where a pull is sent to.
//!
//! The length is always exact: the client refuses a body without one.

use std::sync::Arc;

use barre_core::access::{AnonymousRead, Identity};
use barre_core::description::Visibility;
use barre_core::package::Version;
use barre_core::state::Release;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    HeaderMap, HeaderName, HeaderValue,
};
use http::{Method, StatusCode};
use sync_wrapper::SyncStream;
use warp::Filter;
use warp::reply::{Reply, Response};

use super::common::answer::{Answer, DIGEST, Keep, body, value};
use super::common::call::{Call, read};
use super::common::error::Error;
use super::common::lookup::{parse, unknown};
use super::common::path::PathPart;
use super::common::range::{ByteRange, Conditions};
use super::common::route::Route;
use crate::service::files::{Delivery, Files, Pieces, Promptness};
use crate::service::read::Freshness;

const TEMPLATE: &str = "/files/{org}/{name}/{version}/{file}";
/// The digest of the bala, in the header of RFC 9530.
const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");

pub(super) const ROUTE: Route = Route {
    method: "GET",
    template: TEMPLATE,
    filter: |services| {
        warp::path!("files" / PathPart / PathPart / PathPart / PathPart)
            .and(read(services))
            .then(async |org, name, version, file, call: Call<()>| {
                call.answer(TEMPLATE, send(&call, [&org, &name, &version, &file]).await)
            })
            .boxed()
    },
};

async fn send(call: &Call<()>, path: [&PathPart; 4]) -> Result<Answer, Error> {
    let identity = call.reader().await?;
    let release = find(call, &identity, path).await?;
    let (stored, conditions) = (&release.stored, call.conditions());
    let etag = format!("\"{}\"", stored.digest);
    conditions.must_match(&etag)?;
    let mut response = if conditions.has_it(&etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else if call.method == Method::HEAD {
        sized(warp::reply(), stored.size)
    } else {
        // A range of what is not verified would be a guess; the whole body is a valid answer.
        let promptness = if conditions.want_part() { Promptness::Whole } else { Promptness::Soon };
        match call.services.files.open(&release, promptness, call.ends.peer).await? {
            Delivery::Whole(pieces) => cut(&pieces, conditions, &etag)?,
            Delivery::Stream(stream) => sized(warp::reply::stream(SyncStream::new(stream)), stored.size),
        }
    };
    let whole = call.method == Method::GET && response.status() == StatusCode::OK && Files::keeps(&release);
    let public = release.description.visibility == Visibility::Public
        && call.services.anonymous_read == AnonymousRead::Allowed;
    describe(response.headers_mut(), &release, etag, public);
    let answer = Answer::new(response);
    let answer = if public { answer.for_everyone() } else { answer };
    Ok(if whole { answer.keep(Keep::Bala(stored.folder)) } else { answer })
}

/// The release whose file has this path. What the client may not see is not there.
async fn find(call: &Call<()>, identity: &Identity, path: [&PathPart; 4]) -> Result<Arc<Release>, Error> {
    let [org, name, version, file] = path;
    let unknown = || unknown(org, name, version);
    let (Some((org, name)), Ok(version)) = (parse(org, name), version.as_str().parse::<Version>()) else {
        return Err(unknown());
    };
    let found = call.services.reads.look(identity, Freshness::Exact, |view| {
        let mut releases = view.package(&org, &name)?.version(&version);
        releases.find(|release| release.description.file_name() == file.as_str()).cloned()
    });
    found.await?.ok_or_else(unknown)
}

/// A verified body, or the part of it that is asked for.
fn cut(pieces: &Pieces, conditions: Conditions<'_>, etag: &str) -> Result<Response, Error> {
    let size = pieces.len();
    let range = match conditions.range(etag, size) {
        ByteRange::Whole => return Ok(sized(body(pieces), size as u64)),
        ByteRange::Unsatisfiable => return Err(Error::RangeNotSatisfiable(size as u64)),
        ByteRange::Some(range) => range,
    };
    let text = format!("bytes {}-{}/{size}", range.start, range.end.saturating_sub(1));
    let part = pieces.part(range);
    let mut response = sized(body(&part), part.len() as u64);
    *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    response.headers_mut().insert(CONTENT_RANGE, value(text));
    Ok(response)
}

fn sized(reply: impl Reply, size: u64) -> Response {
    let mut response = reply.into_response();
    response.headers_mut().insert(CONTENT_LENGTH, size.into());
    response
}

fn describe(headers: &mut HeaderMap, release: &Release, etag: String, public: bool) {
    let digest = &release.stored.digest;
    let cache = if public { "public, max-age=31536000, immutable" } else { "private, no-cache" };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    let file = release.description.file_name();
    headers.insert(CONTENT_DISPOSITION, value(format!("attachment; filename={file}")));
    headers.insert(ETAG, value(etag));
    headers.insert(DIGEST, value(format!("sha-256={}", digest.hex())));
    headers.insert(REPR_DIGEST, value(format!("sha-256=:{}:", STANDARD.encode(digest.as_bytes()))));
    // Parts are cut only from what is kept.
    if Files::keeps(release) {
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    }
}
