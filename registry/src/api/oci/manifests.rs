//! `GET /v2/{org}/{name}/manifests/{reference}`: of a version by its tag, of the lists of versions, and of whatever has the
//! digest.

use barre_core::oci::{Content, MANIFEST, Reference, package as manifest_of};
use warp::Filter;

use super::challenge::respond;
use super::content::{Lasts, send};
use super::refusal::{Code, Refusal};
use super::repository::{Missing, Repository, all_versions, scope, tagged, versions};
use crate::api::common::answer::Answer;
use crate::api::common::call::{Call, read};
use crate::api::common::inputs::LinkBase;
use crate::api::common::password::reader;
use crate::api::common::path::PathPart;
use crate::api::common::route::Route;
use crate::service::read::{Artifacts, Choice, Freshness, PackageView, View};

const TEMPLATE: &str = "/v2/{org}/{name}/manifests/{reference}";

pub(crate) const ROUTE: Route = Route {
    method: "GET",
    template: TEMPLATE,
    filter: |services| {
        warp::path!("v2" / PathPart / PathPart / "manifests" / PathPart)
            .and(read(services))
            .then(async |org, name, reference, call: Call<(LinkBase,)>| {
                let LinkBase(base) = &call.inputs.0;
                let shown = show(&call, &org, &name, &reference).await;
                respond(&call, TEMPLATE, (base, &scope(&org, &name)), shown)
            })
            .boxed()
    },
};

async fn show(
    call: &Call<(LinkBase,)>,
    org: &PathPart,
    name: &PathPart,
    reference: &PathPart,
) -> Result<Answer, Refusal> {
    let identity = reader(call).await?;
    let repository = Repository::parse(org, name)?;
    let wanted = Reference::parse(reference.as_str())?;
    let (freshness, lasts) = match wanted {
        Reference::AllVersions | Reference::VersionsFor(_) => (Freshness::Recent, Lasts::No),
        Reference::Digest(_) | Reference::Version(_) | Reference::Unknown => {
            (Freshness::Exact, Lasts::UntilAnythingChanges)
        }
    };
    let artifacts = &call.services.artifacts;
    let found = call.services.reads.choose(&identity, freshness, |view| {
        let package = repository.package(view)?;
        find(artifacts, view, package, &wanted).map(Choice::last).ok_or(Missing::Content)
    });
    let refuse = |missing| repository.refuse(missing, Code::ManifestUnknown, reference.as_str());
    Ok(send(call, found.await?.map_err(refuse)?.found, MANIFEST, lasts)?)
}

fn find(
    artifacts: &Artifacts,
    view: View<'_>,
    package: PackageView<'_>,
    wanted: &Reference,
) -> Option<Content> {
    match wanted {
        Reference::Version(version) => {
            Some(manifest_of(tagged(package, version)?, package.deprecated(version)))
        }
        Reference::AllVersions => Some(versions(package, None)?.1),
        Reference::VersionsFor(distribution) => Some(versions(package, Some(*distribution))?.1),
        Reference::Digest(digest) => {
            let derivation = artifacts.find(view, package, *digest);
            let derived = derivation.and_then(|found| found.manifest(&|release| view.graph(release)));
            let lists = || all_versions(package).map(|(_, manifest)| manifest);
            derived.or_else(|| lists().find(|manifest| manifest.digest == *digest))
        }
        Reference::Unknown => None,
    }
}
