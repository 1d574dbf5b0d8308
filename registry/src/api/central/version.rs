//! `GET /packages/{org}/{name}/{version}`: the `Accept` header decides between what it is and where it is.

use std::sync::Arc;

use barre_core::access::Identity;
use barre_core::attachment::attachment;
use barre_core::package::{Coordinates, Version};
use barre_core::state::Release;
use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, HeaderValue, LOCATION};
use warp::Filter;
use warp::reply::{Reply, Response};

use super::form::described;
use super::wire;
use crate::api::common::answer::{Answer, DIGEST, Keep, value};
use crate::api::common::call::{Call, read};
use crate::api::common::error::Error;
use crate::api::common::inputs::{Encoding, Form, LinkBase};
use crate::api::common::lookup::{because, parse, unknown};
use crate::api::common::made::{self, Tag, unneeded};
use crate::api::common::path::PathPart;
use crate::api::common::route::Route;
use crate::service::read::{Choice, Client, Found, Freshness, Word};

const TEMPLATE: &str = "/2.0/registry/packages/{org}/{name}/{version}";
/// How clients ask for the latest version.
pub(super) const LATEST: &str = "*";

type VersionInputs = (Form, Client, LinkBase, Encoding);

pub(crate) const ROUTE: Route = Route {
    method: "GET",
    template: TEMPLATE,
    filter: |services| {
        warp::path!("2.0" / "registry" / "packages" / PathPart / PathPart / PathPart)
            .and(read(services))
            .then(async |org, name, version, call: Call<VersionInputs>| {
                call.answer(TEMPLATE, show(&call, [&org, &name, &version]).await)
            })
            .boxed()
    },
};

/// The release that was asked for, and what whoever uses it should hear.
struct Served {
    release: Arc<Release>,
    deprecated: Option<String>,
    /// Whether it follows from the state alone.
    keep: bool,
}

async fn show(call: &Call<VersionInputs>, path: [&PathPart; 3]) -> Result<Answer, Error> {
    let identity = call.reader().await?;
    let Served { release, deprecated, keep } = find(call, &identity, path).await?;
    let (form, _, LinkBase(base), encoding) = &call.inputs;
    let url = wire::bala_url(base, &release);
    if *form == Form::Bytes {
        return Ok(answer(described(redirect(&release, deprecated.as_deref(), &url)), keep.then(Bytes::new)));
    }
    // All that it says follows from these: nothing is read for who has it already.
    let tag = Tag::of(&[&release.stored.folder.to_string(), deprecated.as_deref().unwrap_or("\n"), &url]);
    if let Some(response) = unneeded(call, &tag)? {
        return Ok(Answer::new(described(response)));
    }
    let document = call.services.files.document(&release).await?;
    let package = wire::PackageJson::new(&release, deprecated.as_deref(), Some(&document), url);
    let (response, body) = made::json(call, *encoding, &tag, &package).await?;
    Ok(answer(described(response), keep.then_some(body)))
}

/// An answer that may be given again if it has a body to keep.
fn answer(response: Response, kept: Option<Bytes>) -> Answer {
    let answer = Answer::new(response);
    kept.into_iter().fold(answer, |answer, body| answer.keep(Keep::Bytes(body)))
}

/// The release that a client asks for by org, name and version (or `*`). What it may not see is not there.
async fn find(
    call: &Call<VersionInputs>,
    identity: &Identity,
    path: [&PathPart; 3],
) -> Result<Served, Error> {
    let [org, name, version] = path;
    let unknown = || unknown(org, name, version);
    let Some((org, name)) = parse(org, name) else { return Err(unknown()) };
    let (wanted, freshness) = match version.as_str() {
        LATEST => (None, Freshness::Recent),
        version => {
            let version: Version = version.parse().map_err(|_| unknown())?;
            (Some(Coordinates { org: org.clone(), name: name.clone(), version }), Freshness::Exact)
        }
    };
    let (form, client, _, _) = &call.inputs;
    let chosen = call.services.reads.choose(identity, freshness, |view| {
        let withheld = || wanted.as_ref().and_then(|wanted| view.why_withheld(wanted));
        if wanted.is_none() {
            view.note_newest(&org, &name);
        }
        let package = view.package(&org, &name).ok_or_else(|| withheld().unwrap_or_default())?;
        let version = wanted.as_ref().map(|wanted| &wanted.version);
        let choice = match (version, form) {
            (None, Form::Bytes) => client.latest(&package).map(Choice::last),
            (None, Form::Description) => client.latest_described(&package).map(Choice::last),
            (Some(version), Form::Bytes) => client.exact(&package, version),
            (Some(version), Form::Description) => client.described(&package, version),
        };
        let why_not = || withheld().unwrap_or_else(|| client.why_not(&package, version));
        let Choice { found, open_until } = choice.ok_or_else(why_not)?;
        let deprecated = package.deprecated(&found.description.coordinates.version).map(str::to_owned);
        Ok(Choice { found: (Arc::clone(found), deprecated), open_until })
    });
    let chosen = chosen.await?.map_err(|why: String| because(unknown(), &why))?;
    let Found { found: (release, deprecated), word } = chosen;
    // The latest one has to be looked for each time, and one for which a better one may come, too.
    let keep = wanted.is_some() && word == Word::Last;
    Ok(Served { release, deprecated, keep })
}

/// Exactly 302, an unquoted file name, and a URL that ends in version and file: the client takes them apart.
fn redirect(release: &Release, deprecated: Option<&str>, url: &str) -> Response {
    let file = attachment(&release.description.coordinates, &release.description.platform);
    let mut response = StatusCode::FOUND.into_response();
    let headers = response.headers_mut();
    headers.insert(LOCATION, value(url.to_owned()));
    headers.insert(CONTENT_DISPOSITION, value(format!("attachment; filename={file}")));
    headers.insert(DIGEST, value(format!("sha-256={}", release.stored.digest.hex())));
    if let Some(message) = deprecated {
        // Java clients read the first pair, Go clients the second.
        for [flag, text] in [["isdeprecated", "deprecatemessage"], ["is-deprecated", "deprecate-message"]] {
            headers.insert(flag, HeaderValue::from_static("true"));
            headers.insert(text, value(ascii(message)));
        }
    }
    response
}

/// A text that passes every proxy as a header.
fn ascii(text: &str) -> String {
    text.chars().map(|c| if c == ' ' || c.is_ascii_graphic() { c } else { '?' }).collect()
}
