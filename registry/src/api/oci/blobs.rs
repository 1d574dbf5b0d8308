//! `GET /v2/{org}/{name}/blobs/{digest}`: balas, by the digest in the log, the small ones that are derived, and what was pushed.

use std::sync::Arc;

use barre_core::access::Identity;
use barre_core::digest::Digest;
use barre_core::oci::{Content, EMPTY, InvalidDigest, Reference};
use barre_core::release::AttachedFile;
use barre_core::state::Release;
use warp::Filter;

use super::challenge::respond;
use super::content::{self, BYTES, CONTENT_DIGEST};
use super::pusher::may_push;
use super::refusal::{Code, Refusal};
use super::repository::{Missing, Repository, all_versions, scope};
use crate::api::common::answer::Answer;
use crate::api::common::bala;
use crate::api::common::call::{Call, read};
use crate::api::common::exact::Lasts;
use crate::api::common::inputs::LinkBase;
use crate::api::common::password::reader;
use crate::api::common::path::PathPart;
use crate::api::common::route::Route;
use crate::service::Services;
use crate::service::read::{Artifacts, Choice, Freshness, PackageView, View};

const TEMPLATE: &str = "/v2/{org}/{name}/blobs/{digest}";

pub(crate) const ROUTE: Route = Route {
    method: "GET",
    template: TEMPLATE,
    filter: |services| {
        warp::path!("v2" / PathPart / PathPart / "blobs" / PathPart)
            .and(read(services))
            .then(async |org, name, digest, call: Call<(LinkBase,)>| {
                let LinkBase(base) = &call.inputs.0;
                let given = give(&call, &org, &name, &digest).await;
                respond(&call, TEMPLATE, (base, &scope(&org, &name)), given)
            })
            .boxed()
    },
};

/// What a digest is of.
enum Blob {
    Bala(Arc<Release>),
    Derived(Content),
    /// Of versions.
    List(Content),
    /// Beside this release.
    Kept(Arc<AttachedFile>, Arc<Release>),
}

async fn give(
    call: &Call<(LinkBase,)>,
    org: &PathPart,
    name: &PathPart,
    digest: &PathPart,
) -> Result<Answer, Refusal> {
    let identity = reader(call).await?;
    let repository = Repository::parse(org, name)?;
    let digest: Digest = digest.as_str().parse().map_err(|_| InvalidDigest)?;
    let artifacts = &call.services.artifacts;
    let found = call.services.reads.choose(&identity, Freshness::Exact, |view| {
        let found = |package| find(artifacts, view, package, digest).map(Choice::last);
        let found = repository.package(view).and_then(|package| found(package).ok_or(Missing::Content));
        found.map_err(|missing| repository.withheld(view, artifacts, &Reference::Digest(digest), missing))
    });
    let found = match found.await? {
        Ok(found) => found.found,
        Err(missing) => {
            return match staged(call, &identity, &repository, digest).await? {
                Some(answer) => Ok(answer),
                None => Err(repository.refuse(missing, Code::BlobUnknown, &digest.to_string())),
            };
        }
    };
    Ok(match found {
        Blob::Bala(release) => bala::send(call, &release).await?.with(CONTENT_DIGEST, digest.to_string()),
        Blob::Derived(blob) => content::send(call, blob, BYTES, Lasts::UntilAnythingChanges)?,
        // Of what versions there are, time that passes makes other lists.
        Blob::List(list) => content::send(call, list, BYTES, Lasts::No)?,
        Blob::Kept(file, release) => {
            let pieces =
                async { Ok(call.services.files.open_attached(&release, &file, call.ends.peer).await?) };
            content::stream(call, (digest, file.size), pieces).await?
        }
    })
}

/// What was sent to a repository and is not named by anything yet: to whoever may push there, it is there. So is the empty
/// config, which nobody needs to send.
async fn staged(
    call: &Call<(LinkBase,)>,
    identity: &Identity,
    repository: &Repository,
    digest: Digest,
) -> Result<Option<Answer>, Refusal> {
    if !may_push(identity, repository) {
        return Ok(None);
    }
    let empty = Content::new(EMPTY.to_vec());
    if empty.digest == digest {
        return Ok(Some(content::send(call, empty, BYTES, Lasts::No)?));
    }
    let Services { publisher, files, .. } = &*call.services;
    let Some(staged) = publisher.staged(&repository.0, digest).await? else { return Ok(None) };
    let size = staged.size;
    let pieces = async {
        let bytes = publisher.open_staged(&repository.0, &staged).await?;
        Ok(files.check(bytes, (digest, size), repository.text(), call.ends.peer).await?)
    };
    content::stream(call, (digest, size), pieces).await.map(Some)
}

fn find(artifacts: &Artifacts, view: View<'_>, package: PackageView<'_>, digest: Digest) -> Option<Blob> {
    let mut releases = package.versions().flat_map(|(_, seen)| seen);
    if let Some(release) = releases.find(|release| release.stored.digest == digest) {
        return Some(Blob::Bala(Arc::clone(release)));
    }
    let empty = Content::new(EMPTY.to_vec());
    if empty.digest == digest {
        return Some(Blob::Derived(empty));
    }
    let derivation = artifacts.find(view, package, digest);
    if let Some(found) = &derivation
        && let Some(file) = found.kept_blob()
    {
        return Some(Blob::Kept(Arc::clone(file), Arc::clone(&found.release)));
    }
    let derived = derivation.and_then(|found| found.blob(&|release| view.graph(release)));
    let lists = || all_versions(package).map(|(list, _)| list).find(|list| list.digest == digest);
    derived.map(Blob::Derived).or_else(|| lists().map(Blob::List))
}
