//! `POST /packages/resolve-modules`: for each module that a build imports, the package that exports it.

use barre_core::package::{Coordinates, Invalid};
use barre_core::resolution::{ModuleWanted, PackageWanted};
use bytes::Buf;
use futures::Stream;
use serde::Deserialize;
use warp::Filter;

use super::form::described;
use super::module_wire::{ModuleJson, ModuleResolution};
use super::question::{self, Question};
use crate::api::common::answer::Answer;
use crate::api::common::call::{Call, ask};
use crate::api::common::error::Error;
use crate::api::common::inputs::Encoding;
use crate::api::common::made;
use crate::api::common::route::Route;
use crate::service::read::{Client, View};

const TEMPLATE: &str = "/2.0/registry/packages/resolve-modules";
const WHAT: &str = "{\"modules\":[{\"organization\":…,\"moduleName\":…}]}";

pub(crate) const ROUTE: Route = Route {
    method: "POST",
    template: TEMPLATE,
    filter: |services| {
        warp::path!("2.0" / "registry" / "packages" / "resolve-modules")
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
    modules: Vec<AskedModule>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AskedModule {
    organization: String,
    module_name: String,
    /// What the project has already.
    #[serde(default, deserialize_with = "question::list")]
    possible_packages: Vec<PossiblePackage>,
    mode: Option<String>,
}

#[derive(Deserialize)]
struct PossiblePackage {
    #[serde(alias = "orgName")]
    org: String,
    name: String,
    version: Option<String>,
}

async fn resolve<B: Buf>(
    call: &Call<(Client, Encoding)>,
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> Result<Answer, Error> {
    let identity = call.reader().await?;
    let Question { asked: Asked { modules }, room: _room } = question::read(call, body, WHAT).await?;
    let (client, encoding) = &call.inputs;
    let wanted = modules.iter().map(wanted).collect::<Result<Vec<_>, Error>>()?;
    let known: Vec<ModuleWanted> = wanted.iter().flatten().cloned().collect();
    let look = |view: View<'_>| {
        let found = view.resolver(|release| client.suit(release)).modules(&known)?;
        view.note_wanted(known.iter().flat_map(ModuleWanted::packages));
        Ok(found)
    };
    let found = question::find_all(&call.services.reads, &identity, look, Option::is_some).await?;
    let resolution = resolution(&modules, &wanted, &found);
    let ModuleResolution { resolved_modules: resolved, unresolved_modules: unresolved } = &resolution;
    call.services.metrics.resolutions("module", resolved.len(), unresolved.len());
    let (response, _) = made::untagged(call, *encoding, &resolution).await?;
    Ok(Answer::new(described(response)))
}

/// What a build wants, or why there can be no such module. What cannot be a package has no module.
fn wanted(asked: &AskedModule) -> Result<Result<ModuleWanted, String>, Error> {
    let AskedModule { organization, module_name, possible_packages, mode } = asked;
    let mode = question::mode(mode.as_deref())?;
    let locked = possible_packages.iter().filter_map(|PossiblePackage { org, name, version }| {
        let range = question::range(version.as_deref(), mode).ok()?;
        Some(PackageWanted { package: question::package(org, name).ok()?, range })
    });
    let wanted = || {
        let (org, module) = (organization.parse()?, module_name.parse()?);
        Ok(ModuleWanted { org, module, locked: locked.collect() })
    };
    Ok(wanted().map_err(|invalid: Invalid| invalid.to_string()))
}

fn resolution<'a>(
    asked: &'a [AskedModule],
    wanted: &[Result<ModuleWanted, String>],
    found: &'a [Option<Coordinates>],
) -> ModuleResolution<'a> {
    let mut found = found.iter();
    let mut resolution = ModuleResolution::default();
    for (AskedModule { organization, module_name, .. }, wanted) in asked.iter().zip(wanted) {
        let module = |version, package_name, reason| ModuleJson {
            organization,
            module_name,
            version,
            package_name,
            reason,
        };
        let found = wanted.as_ref().map(|_| found.next().and_then(Option::as_ref));
        match found {
            Ok(Some(package)) => {
                let module = module(package.version.to_string(), package.name.as_str(), String::new());
                resolution.resolved_modules.push(module);
            }
            Ok(None) => {
                let why = format!("no package of {organization} that suits exports {module_name}");
                resolution.unresolved_modules.push(module(String::new(), "", why));
            }
            Err(why) => resolution.unresolved_modules.push(module(String::new(), "", why.clone())),
        }
    }
    resolution
}
