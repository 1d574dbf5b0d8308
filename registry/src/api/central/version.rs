//! `GET /packages/{org}/{name}/{version}`: the `Accept` header decides between what it is and where it is.

use std::sync::Arc;

use barre_core::access::Identity;
use barre_core::attachment::attachment;
use barre_core::package::Version;
use barre_core::state::Release;
use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue, LOCATION};
use warp::Filter;
use warp::reply::{Reply, Response};

use super::form::described;
use super::wire;
use crate::api::common::answer::{Answer, DIGEST, Keep, value};
use crate::api::common::call::{Call, read};
use crate::api::common::error::Error;
use crate::api::common::inputs::{Form, LinkBase};
use crate::api::common::lookup::{parse, unknown};
use crate::api::common::path::PathPart;
use crate::api::common::route::Route;
use crate::service::read::{Client, Freshness};

const TEMPLATE: &str = "/2.0/registry/packages/{org}/{name}/{version}";
/// How clients ask for the latest version.
const LATEST: &str = "*";

type VersionInputs = (Form, Client, LinkBase);

pub(crate) const ROUTE: Route = Route {
    method: "GET",
    template: TEMPLATE,
    filter: |services| {
        warp::path!("2.0" / "registry" / "packages" / PathPart / PathPart / PathPart)
            .and(read(services))
            .then(async |org, name, version, call: Call<VersionInputs>| {
                Call::<VersionInputs>::answer(TEMPLATE, show(&call, [&org, &name, &version]).await)
            })
            .boxed()
    },
};

/// What the last part of the path asks for.
enum VersionWanted {
    Latest,
    Exact(Version),
}

/// The release that was asked for, and what whoever uses it should hear.
struct Found {
    release: Arc<Release>,
    deprecated: Option<String>,
}

async fn show(call: &Call<VersionInputs>, path: [&PathPart; 3]) -> Result<Answer, Error> {
    let identity = call.reader().await?;
    let Found { release, deprecated } = find(call, &identity, path).await?;
    let (form, _, LinkBase(base)) = &call.inputs;
    let described_by = &release.description;
    let (coordinates, file) = (&described_by.coordinates, described_by.file_name());
    let url = format!("{base}/files/{}/{}/{}/{file}", coordinates.org, coordinates.name, coordinates.version);
    if *form == Form::Bytes {
        return Ok(kept(described(redirect(&release, &url)), path, Bytes::new()));
    }
    let document = call.services.files.document(&release).await?;
    let json = Bytes::from(wire::PackageJson::new(&release, deprecated.as_deref(), &document, url).to_json());
    let mut response = Response::new(json.clone().into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(kept(described(response), path, json))
}

/// Lets an answer about an exact version be given again. The latest one has to be looked for each time.
fn kept(response: Response, [_, _, version]: [&PathPart; 3], body: Bytes) -> Answer {
    let answer = Answer::new(response);
    if version.as_str() == LATEST { answer } else { answer.keep(Keep::Bytes(body)) }
}

/// The release that a client asks for by org, name and version (or `*`). What it may not see is not there.
async fn find(call: &Call<VersionInputs>, identity: &Identity, path: [&PathPart; 3]) -> Result<Found, Error> {
    let [org, name, version] = path;
    let unknown = || unknown(org, name, version);
    let Some((org, name)) = parse(org, name) else { return Err(unknown()) };
    let (wanted, freshness) = match version.as_str() {
        LATEST => (VersionWanted::Latest, Freshness::Recent),
        version => (VersionWanted::Exact(version.parse().map_err(|_| unknown())?), Freshness::Exact),
    };
    let (_, client, _) = &call.inputs;
    let found = call.services.reads.look(identity, freshness, |view| {
        let package = view.package(&org, &name)?;
        let release = match &wanted {
            VersionWanted::Latest => client.latest(&package),
            VersionWanted::Exact(version) => client.exact(&package, version),
        }?;
        let deprecated = package.deprecated(&release.description.coordinates.version).map(str::to_owned);
        Some(Found { release: Arc::clone(release), deprecated })
    });
    found.await?.ok_or_else(unknown)
}

/// Exactly 302, an unquoted file name, and a URL that ends in version and file: the client takes them apart.
fn redirect(release: &Release, url: &str) -> Response {
    let file = attachment(&release.description.coordinates, &release.description.platform);
    let mut response = StatusCode::FOUND.into_response();
    let headers = response.headers_mut();
    headers.insert(LOCATION, value(url.to_owned()));
    headers.insert(CONTENT_DISPOSITION, value(format!("attachment; filename={file}")));
    headers.insert(DIGEST, value(format!("sha-256={}", release.stored.digest.hex())));
    response
}
