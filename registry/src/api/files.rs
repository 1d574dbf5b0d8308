//! `GET /files/{org}/{name}/{version}/{file}`: the bytes of a bala, where a pull is sent to.
//!
//! The length is always exact: the client refuses a body without one.

use std::convert::Infallible;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::stream;
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    HeaderMap, HeaderName, HeaderValue, RANGE, VARY,
};
use http::{Method, StatusCode};
use sync_wrapper::SyncStream;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::{Reply, Response};

use super::answer;
use super::client::{Client, is_public};
use super::error::Error;
use super::hot::Keep;
use super::packages::{DIGEST, parse, unknown, value};
use super::range::{Part, has_it, part};
use super::request::{Segment, current, read, reader, with};
use crate::files::{Body, Files, Pieces, Wanted};
use crate::package::Version;
use crate::permission::AnonymousRead;
use crate::registry::Registry;
use crate::state::{Release, State};

/// The digest of the bala, in the header of RFC 9530.
const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");

/// The route.
pub(super) fn file(registry: &Arc<Registry>) -> BoxedFilter<(Response,)> {
    warp::path!("files" / Segment / Segment / Segment / Segment)
        .and(read())
        .and(warp::method())
        .and(with(registry))
        .and(warp::header::headers_cloned())
        .then(
            |org: Segment,
             name: Segment,
             version: Segment,
             file: Segment,
             method: Method,
             registry: Arc<Registry>,
             headers: HeaderMap| async move {
                let sent = send(&registry, [&org, &name, &version, &file], &method, &headers).await;
                answer("/files/{org}/{name}/{version}/{file}", sent)
            },
        )
        .boxed()
}

async fn send(
    registry: &Registry,
    path: [&Segment; 4],
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response, Error> {
    let client = reader(registry, headers).await?;
    let release = find(registry, &client, path).await?;
    let etag = format!("\"{}\"", release.details.digest);
    let mut response = if has_it(headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else if method == Method::HEAD {
        sized(warp::reply(), release.details.size)
    } else {
        // A range of what is not verified would be a guess; the whole body is a valid answer.
        let wanted = if headers.contains_key(RANGE) { Wanted::Whole } else { Wanted::Soon };
        match registry.files.open(&release, wanted).await? {
            Body::Whole(pieces) => cut(&pieces, headers, &etag),
            Body::Stream(stream) => sized(warp::reply::stream(SyncStream::new(stream)), release.details.size),
        }
    };
    if method == Method::GET && response.status() == StatusCode::OK && Files::keeps(&release) {
        response.extensions_mut().insert(Keep::Bala(release.details.release));
    }
    describe(response.headers_mut(), &release, etag, registry.settings.anonymous_read);
    Ok(response)
}

/// The release whose file has this path. What the client may not see is not there.
async fn find(registry: &Registry, client: &Client, path: [&Segment; 4]) -> Result<Arc<Release>, Error> {
    let [org, name, version, file] = path;
    let unknown = || unknown(org, name, version);
    let (Some((org, name)), Ok(version)) = (parse(org, name), version.as_str().parse::<Version>()) else {
        return Err(unknown());
    };
    let choose = |state: &State| {
        let releases = state.package(&org, &name)?.version(&version).iter();
        let named = |release: &&Arc<Release>| {
            release.details.coordinates().file_name(&release.details.platform) == file.as_str()
        };
        releases.filter(|release| client.sees(release)).find(named).cloned()
    };
    if let Some(release) = choose(&*current(registry, client).await?) {
        return Ok(release);
    }
    choose(&*registry.log.fresh().await?).ok_or_else(unknown)
}

/// A verified body, or the part of it that is asked for.
fn cut(pieces: &Pieces, headers: &HeaderMap, etag: &str) -> Response {
    let size = pieces.len();
    let (status, range, pieces) = match part(headers, etag, size) {
        Part::Whole => return sized(body(pieces), size as u64),
        Part::Unsatisfiable => {
            (StatusCode::RANGE_NOT_SATISFIABLE, format!("bytes */{size}"), Pieces::new(&[]))
        }
        Part::Some(range) => {
            let text = format!("bytes {}-{}/{size}", range.start, range.end.saturating_sub(1));
            (StatusCode::PARTIAL_CONTENT, text, pieces.part(range))
        }
    };
    let mut response = sized(body(&pieces), pieces.len() as u64);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_RANGE, value(range));
    response
}

/// An answer with these bytes, which are not copied.
pub(super) fn body(pieces: &Pieces) -> Response {
    let mut pieces = pieces.iter();
    match (pieces.len(), pieces.next()) {
        (_, None) => Response::default(),
        (1, Some(piece)) => Response::new(piece.into()),
        (_, Some(first)) => {
            let all = std::iter::once(first).chain(pieces).map(Ok::<_, Infallible>);
            warp::reply::stream(stream::iter(all)).into_response()
        }
    }
}

fn sized(reply: impl Reply, size: u64) -> Response {
    let mut response = reply.into_response();
    response.headers_mut().insert(CONTENT_LENGTH, size.into());
    response
}

fn describe(headers: &mut HeaderMap, release: &Release, etag: String, anonymous: AnonymousRead) {
    let details = &release.details;
    let file = details.coordinates().file_name(&details.platform);
    if is_public(release) && anonymous == AnonymousRead::Allowed {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    } else {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        headers.insert(VARY, HeaderValue::from_static("Authorization"));
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(CONTENT_DISPOSITION, value(format!("attachment; filename={file}")));
    headers.insert(ETAG, value(etag));
    headers.insert(DIGEST, value(format!("sha-256={}", details.digest.hex())));
    headers.insert(REPR_DIGEST, value(format!("sha-256=:{}:", STANDARD.encode(details.digest.as_bytes()))));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
}
