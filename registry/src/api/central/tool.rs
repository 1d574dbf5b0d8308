//! `GET /tools/{id}` and `GET /tools/{id}/{version}`: where the bala with a tool is. `bal tool pull` fails on every field
//! that is not there.

use std::sync::Arc;

use barre_core::package::Version;
use barre_core::state::Release;
use serde::Serialize;
use warp::Filter;

use super::form::described;
use super::version::LATEST;
use super::wire;
use crate::api::common::answer::Answer;
use crate::api::common::call::{Call, read};
use crate::api::common::error::Error;
use crate::api::common::inputs::{Encoding, LinkBase};
use crate::api::common::lookup::because;
use crate::api::common::made;
use crate::api::common::path::PathPart;
use crate::api::common::route::Route;
use crate::service::read::{Choice, Client, Freshness};

const NEWEST: &str = "/2.0/registry/tools/{tool}";
const EXACT: &str = "/2.0/registry/tools/{tool}/{version}";

type ToolInputs = (Client, LinkBase, Encoding);

pub(crate) const LATEST_ROUTE: Route = Route {
    method: "GET",
    template: NEWEST,
    filter: |services| {
        warp::path!("2.0" / "registry" / "tools" / PathPart)
            .and(read(services))
            .then(async |id: PathPart, call: Call<ToolInputs>| {
                call.answer(NEWEST, show(&call, id.as_str(), None).await)
            })
            .boxed()
    },
};

pub(crate) const EXACT_ROUTE: Route = Route {
    method: "GET",
    template: EXACT,
    filter: |services| {
        warp::path!("2.0" / "registry" / "tools" / PathPart / PathPart)
            .and(read(services))
            .then(async |id: PathPart, version: PathPart, call: Call<ToolInputs>| {
                call.answer(EXACT, show(&call, id.as_str(), Some(version.as_str())).await)
            })
            .boxed()
    },
};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ToolJson<'a> {
    organization: &'a str,
    name: &'a str,
    version: String,
    #[serde(rename = "balaURL")]
    bala_url: String,
    platform: &'a str,
}

async fn show(call: &Call<ToolInputs>, id: &str, version: Option<&str>) -> Result<Answer, Error> {
    let identity = call.reader().await?;
    let unknown = || Error::NotFound(format!("tool not found: {id}:{}", version.unwrap_or(LATEST)));
    let wanted: Option<Version> = match version.filter(|version| *version != LATEST) {
        None => None,
        Some(version) => Some(version.parse().map_err(|_| unknown())?),
    };
    let (client, LinkBase(base), encoding) = &call.inputs;
    let chosen = call.services.reads.choose(&identity, Freshness::Recent, |view| {
        let withheld = || wanted.as_ref().and_then(|version| view.why_tool_withheld(id, version));
        let package = view.tool(id).ok_or_else(|| withheld().unwrap_or_default())?;
        let choice = match &wanted {
            Some(version) => client.exact(&package, version),
            None => client.latest(&package).map(Choice::last),
        };
        let why_not = || withheld().unwrap_or_else(|| client.why_not(&package, wanted.as_ref()));
        let Choice { found, open_until } = choice.ok_or_else(why_not)?;
        Ok(Choice { found: Arc::clone(found), open_until })
    });
    let release = chosen.await?.map_err(|why: String| because(unknown(), &why))?;
    let (response, _) = made::untagged(call, *encoding, &tool(&release.found, base)).await?;
    Ok(Answer::new(described(response)))
}

fn tool<'a>(release: &'a Release, base: &str) -> ToolJson<'a> {
    let (coordinates, platform) = (&release.description.coordinates, &release.description.platform);
    ToolJson {
        organization: coordinates.org.as_str(),
        name: coordinates.name.as_str(),
        version: coordinates.version.to_string(),
        bala_url: wire::bala_url(base, release),
        platform: platform.as_str(),
    }
}
