//! `GET /packages/…`: the versions of a package, what one of them is, and where its bala is.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, VARY,
};
use http::{HeaderName, StatusCode};
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::{Reply, Response};

use super::client::Client;
use super::error::Error;
use super::hot::Keep;
use super::request::{Segment, current, read, reader, recent, with};
use super::{answer, wire};
use barre_core::package::{Name, Org, Version};
use crate::registry::Registry;
use barre_core::state::{Package, Release, State};

/// The digest of the bala, in the header that `bal` reads.
pub(super) const DIGEST: HeaderName = HeaderName::from_static("digest");
/// What answers on these paths depend on.
const VARIES: HeaderValue = HeaderValue::from_static("Accept, Authorization, Ballerina-Platform, User-Agent");

/// How clients ask for the latest version.
const LATEST: &str = "*";

/// What the last segment of a path asks for.
enum Wanted {
    Latest,
    Exact(Version),
}

/// `GET /packages/{org}/{name}`: the versions that the client can use, newest first.
pub(super) fn versions(registry: &Arc<Registry>) -> BoxedFilter<(Response,)> {
    warp::path!("2.0" / "registry" / "packages" / Segment / Segment)
        .and(read())
        .and(with(registry))
        .and(warp::header::headers_cloned())
        .then(|org: Segment, name: Segment, registry: Arc<Registry>, headers: HeaderMap| async move {
            let listed = list(&registry, &org, &name, &headers).await;
            answer("/2.0/registry/packages/{org}/{name}", listed)
        })
        .boxed()
}

/// `GET /packages/{org}/{name}/{version}`: the `Accept` header decides between what it is and where it is.
pub(super) fn version(registry: &Arc<Registry>) -> BoxedFilter<(Response,)> {
    warp::path!("2.0" / "registry" / "packages" / Segment / Segment / Segment)
        .and(read())
        .and(with(registry))
        .and(warp::header::headers_cloned())
        .then(|org: Segment, name: Segment, version: Segment, registry: Arc<Registry>, headers: HeaderMap| {
            async move {
                let shown = show(&registry, [&org, &name, &version], &headers).await;
                answer("/2.0/registry/packages/{org}/{name}/{version}", shown)
            }
        })
        .boxed()
}

/// `GET /packages?q=…`: says that there is no search yet, in words that `bal search` prints.
pub(super) fn search(registry: &Arc<Registry>) -> BoxedFilter<(Response,)> {
    warp::path!("2.0" / "registry" / "packages")
        .and(read())
        .and(with(registry))
        .and(warp::header::headers_cloned())
        .then(|registry: Arc<Registry>, headers: HeaderMap| async move {
            let refused = reader(&registry, &headers).await.and_then(|_| {
                let text = "this registry has no search yet: ask for a package by its name";
                Err::<Response, _>(Error::BadRequest(text.to_owned()))
            });
            answer("/2.0/registry/packages", refused)
        })
        .boxed()
}

async fn list(
    registry: &Registry,
    org: &Segment,
    name: &Segment,
    headers: &HeaderMap,
) -> Result<Response, Error> {
    let client = reader(registry, headers).await?;
    let unknown = || Error::NotFound(format!("package not found: {org}/{name}:*_{}", client.platforms()));
    let Some((org, name)) = parse(org, name) else { return Err(unknown()) };
    let listed = |state: &State| -> Vec<String> {
        let versions = state.package(&org, &name).map(|package| client.versions(package));
        versions.into_iter().flatten().map(Version::to_string).collect()
    };
    let mut versions = listed(&*recent(registry, &client).await?);
    if versions.is_empty() {
        versions = listed(&*registry.log.fresh().await?);
    }
    if versions.is_empty() {
        return Err(unknown());
    }
    Ok(described(warp::reply::json(&versions).into_response()))
}

async fn show(registry: &Registry, path: [&Segment; 3], headers: &HeaderMap) -> Result<Response, Error> {
    let client = reader(registry, headers).await?;
    let release = find(registry, &client, path).await?;
    let details = &release.details;
    let base = registry.settings.links.base(headers);
    let file = details.coordinates().file_name(&details.platform);
    let url = format!("{base}/files/{}/{}/{}/{file}", details.org, details.name, details.version);
    if wants_bytes(headers) {
        return Ok(kept(described(redirect(&release, &url, &file)), path, Bytes::new()));
    }
    let document = registry.files.document(&release).await?;
    let json = Bytes::from(wire::Package::new(&release, &document, url).to_json());
    let mut response = Response::new(json.clone().into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(kept(described(response), path, json))
}

/// Lets an answer about an exact version be given again. The latest one has to be looked for each time.
fn kept(mut response: Response, [_, _, version]: [&Segment; 3], body: Bytes) -> Response {
    if version.as_str() != LATEST {
        response.extensions_mut().insert(Keep::Bytes(body));
    }
    response
}

/// The release that a client asks for by org, name and version (or `*`). What it may not see is not there.
async fn find(registry: &Registry, client: &Client, path: [&Segment; 3]) -> Result<Arc<Release>, Error> {
    let [org, name, version] = path;
    let unknown = || unknown(org, name, version);
    let Some((org, name)) = parse(org, name) else { return Err(unknown()) };
    let wanted = match version.as_str() {
        LATEST => Wanted::Latest,
        version => Wanted::Exact(version.parse().map_err(|_| unknown())?),
    };
    let choose = |package: &Package| match &wanted {
        Wanted::Latest => client.latest(package).cloned(),
        Wanted::Exact(version) => client.exact(package, version).cloned(),
    };
    let state = match wanted {
        Wanted::Latest => recent(registry, client).await?,
        Wanted::Exact(_) => current(registry, client).await?,
    };
    if let Some(release) = state.package(&org, &name).and_then(&choose) {
        return Ok(release);
    }
    let state = registry.log.fresh().await?;
    state.package(&org, &name).and_then(&choose).ok_or_else(unknown)
}

/// The text that lets `bal push` go on.
pub(super) fn unknown(org: &Segment, name: &Segment, version: &Segment) -> Error {
    Error::NotFound(format!("package not found for: {org}/{name}:{version}"))
}

/// What cannot be a name is the name of nothing.
pub(super) fn parse(org: &Segment, name: &Segment) -> Option<(Org, Name)> {
    Some((org.as_str().parse().ok()?, name.as_str().parse().ok()?))
}

fn wants_bytes(headers: &HeaderMap) -> bool {
    let ranges = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    ranges.flat_map(|value| value.split(',')).any(|range| {
        let name = range.split(';').next().unwrap_or_default().trim();
        name.eq_ignore_ascii_case("application/octet-stream")
    })
}

/// Exactly 302, an unquoted file name, and a URL that ends in version and file: the client takes them apart.
fn redirect(release: &Release, url: &str, file: &str) -> Response {
    let mut response = StatusCode::FOUND.into_response();
    let headers = response.headers_mut();
    headers.insert(LOCATION, value(url.to_owned()));
    headers.insert(CONTENT_DISPOSITION, value(format!("attachment; filename={file}")));
    headers.insert(DIGEST, value(format!("sha-256={}", release.details.digest.hex())));
    response
}

/// Our own text as a header: names and versions are ASCII without control characters.
pub(super) fn value(text: String) -> HeaderValue {
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

fn described(mut response: Response) -> Response {
    response.headers_mut().insert(VARY, VARIES);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
