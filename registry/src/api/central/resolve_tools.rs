//! `POST /tools/resolve-dependencies`: for each tool that a project names, the package and version that contain it.

use barre_core::resolution::ToolWanted;
use bytes::Buf;
use futures::Stream;
use serde::{Deserialize, Serialize};
use warp::Filter;

use super::form::described;
use super::question::{self, Question};
use crate::api::common::answer::Answer;
use crate::api::common::call::{Call, ask};
use crate::api::common::error::Error;
use crate::api::common::inputs::Encoding;
use crate::api::common::made;
use crate::api::common::route::Route;
use crate::service::read::{Client, View};

const TEMPLATE: &str = "/2.0/registry/tools/resolve-dependencies";
const WHAT: &str = "{\"tools\":[{\"id\":…,\"version\":…,\"mode\":…}]}";

pub(crate) const ROUTE: Route = Route {
    method: "POST",
    template: TEMPLATE,
    filter: |services| {
        warp::path!("2.0" / "registry" / "tools" / "resolve-dependencies")
            .and(ask(services))
            .and(warp::body::stream())
            .then(async |call: Call<(Client, Encoding)>, body| {
                call.answer(TEMPLATE, resolve(&call, body).await)
            })
            .boxed()
    },
};

#[derive(Deserialize)]
struct Asked {
    #[serde(deserialize_with = "question::list")]
    tools: Vec<AskedTool>,
}

#[derive(Deserialize)]
struct AskedTool {
    id: String,
    version: Option<String>,
    mode: Option<String>,
}

/// What there is of what was asked for, and what there is not. No field is ever left out, and none is `null`.
#[derive(Debug, Default, Serialize)]
struct ToolResolution<'a> {
    resolved: Vec<ResolvedTool<'a>>,
    unresolved: Vec<UnresolvedTool<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ResolvedTool<'a> {
    /// As it was asked for: the client looks for it.
    id: &'a str,
    version: String,
    name: String,
    org_name: String,
}

#[derive(Debug, Serialize)]
struct UnresolvedTool<'a> {
    id: &'a str,
    version: &'a str,
}

async fn resolve<B: Buf>(
    call: &Call<(Client, Encoding)>,
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> Result<Answer, Error> {
    let identity = call.reader().await?;
    let Question { asked: Asked { tools }, room: _room } = question::read(call, body, WHAT).await?;
    let (client, encoding) = &call.inputs;
    let wanted = tools.iter().map(wanted).collect::<Result<Vec<_>, Error>>()?;
    let known: Vec<ToolWanted> = wanted.iter().flatten().cloned().collect();
    let look = |view: View<'_>| view.resolver(|release| client.suit(release)).tools(&known);
    let found = question::find_all(&call.services.reads, &identity, look, Option::is_some).await?;
    let mut found = found.into_iter();
    let mut resolution = ToolResolution::default();
    for (AskedTool { id, version, .. }, wanted) in tools.iter().zip(&wanted) {
        // What can be no version has nothing among what was found.
        if let Some(release) = wanted.as_ref().and_then(|_| found.next().flatten()) {
            let coordinates = &release.description.coordinates;
            let (version, name) = (coordinates.version.to_string(), coordinates.name.to_string());
            let org_name = coordinates.org.to_string();
            resolution.resolved.push(ResolvedTool { id, version, name, org_name });
        } else {
            let version = version.as_deref().unwrap_or_default();
            resolution.unresolved.push(UnresolvedTool { id, version });
        }
    }
    call.services.metrics.resolutions("tool", resolution.resolved.len(), resolution.unresolved.len());
    let (response, _) = made::untagged(call, *encoding, &resolution).await?;
    Ok(Answer::new(described(response)))
}

/// What a project wants; nothing where there can be no such version.
fn wanted(asked: &AskedTool) -> Result<Option<ToolWanted>, Error> {
    let AskedTool { id, version, mode } = asked;
    let mode = question::mode(mode.as_deref())?;
    let range = question::range(version.as_deref(), mode).ok();
    Ok(range.map(|range| ToolWanted { id: id.clone(), range }))
}
