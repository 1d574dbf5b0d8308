//! `POST /packages/resolve-dependencies`: for each package that a build needs, a version and its locked graph.

use barre_core::resolution::{Missing, PackageFound, PackageWanted};
use bytes::Buf;
use futures::Stream;
use serde::Deserialize;
use warp::Filter;

use super::form::described;
use super::question::{self, Question};
use crate::api::common::answer::Answer;
use crate::api::common::call::{Call, ask};
use crate::api::common::error::Error;
use crate::api::common::inputs::Encoding;
use crate::api::common::made;
use crate::api::common::resolved::{Resolution, ResolvedJson, UnresolvedJson, held};
use crate::api::common::route::Route;
use crate::service::read::{Client, View};

const TEMPLATE: &str = "/2.0/registry/packages/resolve-dependencies";
const WHAT: &str = "{\"packages\":[{\"org\":…,\"name\":…,\"version\":…,\"mode\":…}]}";

pub(crate) const ROUTE: Route = Route {
    method: "POST",
    template: TEMPLATE,
    filter: |services| {
        warp::path!("2.0" / "registry" / "packages" / "resolve-dependencies")
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
    packages: Vec<AskedPackage>,
}

#[derive(Deserialize)]
struct AskedPackage {
    /// Older clients have another name for it.
    #[serde(alias = "orgName")]
    org: String,
    name: String,
    version: Option<String>,
    mode: Option<String>,
}

/// What was found for each package that is one, in their order.
type Found = Vec<Result<PackageFound, Missing>>;

async fn resolve<B: Buf>(
    call: &Call<(Client, Encoding)>,
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> Result<Answer, Error> {
    let identity = call.reader().await?;
    let Question { asked: Asked { packages }, room: _room } = question::read(call, body, WHAT).await?;
    let (client, encoding) = &call.inputs;
    let wanted = packages.iter().map(wanted).collect::<Result<Vec<_>, Error>>()?;
    let known: Vec<PackageWanted> = wanted.iter().flatten().cloned().collect();
    let look = |view: View<'_>| {
        let found = view.resolver(|release| client.suit(release)).packages(&known)?;
        view.note_wanted(known.iter().cloned());
        view.note_missing(&known, &found);
        Ok(found)
    };
    let found: Found = question::find_all(&call.services.reads, &identity, look, Result::is_ok).await?;
    // Until they are written down.
    let _held = call.services.memory.answer(call.ends.peer, found.iter().flatten().map(held).sum())?;
    let resolution = resolution(&packages, &wanted, &found);
    call.services.metrics.resolutions("package", resolution.resolved.len(), resolution.unresolved.len());
    let (response, _) = made::untagged(call, *encoding, &resolution).await?;
    Ok(Answer::new(described(response)))
}

/// What a build wants, or why there can be no such package.
fn wanted(asked: &AskedPackage) -> Result<Result<PackageWanted, String>, Error> {
    let AskedPackage { org, name, version, mode } = asked;
    let mode = question::mode(mode.as_deref())?;
    let package = question::package(org, name);
    let range = question::range(version.as_deref(), mode);
    Ok(package.and_then(|package| Ok(PackageWanted { package, range: range? })))
}

fn resolution<'a>(
    asked: &'a [AskedPackage],
    wanted: &[Result<PackageWanted, String>],
    found: &'a Found,
) -> Resolution<'a> {
    let mut found = found.iter();
    let mut resolution = Resolution::default();
    for (asked, wanted) in asked.iter().zip(wanted) {
        let found = match wanted {
            Err(why) => Err(why.clone()),
            Ok(_) => match found.next() {
                Some(Ok(found)) => Ok(found),
                Some(Err(missing)) => Err(missing.to_string()),
                None => continue,
            },
        };
        match found {
            Ok(found) => resolution.resolved.push(ResolvedJson::new(found)),
            Err(reason) => {
                let AskedPackage { org, name, version, mode: _ } = asked;
                let version = version.as_deref().unwrap_or_default();
                resolution.unresolved.push(UnresolvedJson { org, name, version, reason });
            }
        }
    }
    resolution
}
