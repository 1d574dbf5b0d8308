//! `GET /v2/{org}/{name}/manifests/{reference}`: of a version by its tag, of the lists of versions, and of whatever has the
//! digest, derived or pushed.

use std::sync::Arc;

use barre_core::digest::Digest;
use barre_core::oci::{self, Content, MANIFEST, Reference, package as manifest_of};
use barre_core::release::AttachedFile;
use barre_core::state::Release;
use warp::Filter;

use super::challenge::respond;
use super::content::send;
use super::refusal::{Code, Refusal};
use super::repository::{Missing, Repository, all_versions, scope, tagged, versions};
use crate::api::common::answer::Answer;
use crate::api::common::call::{Call, read};
use crate::api::common::exact::Lasts;
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
    let freshness = match wanted {
        Reference::AllVersions | Reference::VersionsFor(_) => Freshness::Recent,
        Reference::Digest(_) | Reference::Version(_) | Reference::Unknown => Freshness::Exact,
    };
    let artifacts = &call.services.artifacts;
    let found = call.services.reads.choose(&identity, freshness, |view| {
        let found = |package| find(artifacts, view, package, &wanted).map(Choice::last);
        let found = repository.package(view).and_then(|package| found(package).ok_or(Missing::Content));
        found.map_err(|missing| repository.withheld(view, artifacts, &wanted, missing))
    });
    let refuse = |missing| repository.refuse(missing, Code::ManifestUnknown, reference.as_str());
    let found = found.await?.map_err(refuse)?.found;
    // Of what versions there are, time that passes makes other lists.
    let lasts = if matches!(found, Found::List(_)) { Lasts::No } else { Lasts::UntilAnythingChanges };
    let (content, media_type) = shown(call, found).await?;
    Ok(send(call, content, media_type, lasts)?)
}

/// What a reference stands for.
enum Found {
    Derived(Content),
    /// Of versions.
    List(Content),
    /// Beside this release.
    Kept(Arc<AttachedFile>, Arc<Release>),
    Tagged(Tagged),
}

/// A version by its tag.
struct Tagged {
    release: Arc<Release>,
    deprecated: Option<String>,
    /// The manifests of the package that were pushed, in the order in which they came.
    pushed: Vec<Arc<AttachedFile>>,
}

fn find(
    artifacts: &Artifacts,
    view: View<'_>,
    package: PackageView<'_>,
    wanted: &Reference,
) -> Option<Found> {
    let list = match wanted {
        Reference::Version(version) => {
            let release = tagged(package, version)?;
            let pushed = package.attached(release).filter(|file| oci::is_package(file)).cloned().collect();
            let deprecated = package.deprecated(version).map(str::to_owned);
            return Some(Found::Tagged(Tagged { release: Arc::clone(release), deprecated, pushed }));
        }
        Reference::Digest(digest) => return with_digest(artifacts, view, package, *digest),
        Reference::AllVersions => versions(package, None),
        Reference::VersionsFor(distribution) => versions(package, Some(*distribution)),
        Reference::Unknown => None,
    };
    list.map(|(_, manifest)| Found::List(manifest))
}

fn with_digest(
    artifacts: &Artifacts,
    view: View<'_>,
    package: PackageView<'_>,
    digest: Digest,
) -> Option<Found> {
    let found = artifacts.find(view, package, digest);
    if let Some(found) = found {
        if let Some(file) = found.kept_manifest() {
            return Some(Found::Kept(Arc::clone(file), found.release));
        }
        if let Some(manifest) = found.manifest(&|release| view.graph(release)) {
            return Some(Found::Derived(manifest));
        }
    }
    let mut lists = all_versions(package).map(|(_, manifest)| manifest);
    lists.find(|manifest| manifest.digest == digest).map(Found::List)
}

/// The bytes of a manifest, and what they are.
async fn shown(call: &Call<(LinkBase,)>, found: Found) -> Result<(Content, &'static str), Refusal> {
    let files = &call.services.files;
    match found {
        Found::Derived(manifest) | Found::List(manifest) => Ok((manifest, MANIFEST)),
        Found::Kept(file, release) => {
            let kept = files.manifest(&release, &file).await?;
            Ok((kept.content.clone(), kept.pushed.media_type))
        }
        Found::Tagged(Tagged { release, deprecated, pushed }) => {
            for file in pushed {
                let kept = files.manifest(&release, &file).await?;
                // Whoever pushed it finds by the tag what was pushed, unless clients would be misled.
                if kept.pushed.speaks_for(&release, deprecated.as_deref()) {
                    return Ok((kept.content.clone(), kept.pushed.media_type));
                }
            }
            Ok((manifest_of(&release, deprecated.as_deref()), MANIFEST))
        }
    }
}
