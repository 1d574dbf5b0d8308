//! `GET /v2/{org}/{name}/referrers/{digest}`: what is about a manifest. Of a package that is its locked graph, so that no
//! client pulls a bala to read it, and what was pushed besides: signatures, lists of what is in it.

use std::sync::Arc;

use barre_core::digest::Digest;
use barre_core::oci::{GRAPH, INDEX, InvalidDigest, Referrer, referrers};
use barre_core::release::AttachedFile;
use barre_core::state::Release;
use http::HeaderName;
use http::header::CONTENT_TYPE;
use warp::Filter;

use super::challenge::respond;
use super::pusher::may_push;
use super::refusal::{Code, Refusal};
use super::repository::{Missing, Repository, scope};
use crate::api::common::answer::Answer;
use crate::api::common::call::{Call, read};
use crate::api::common::inputs::{Encoding, LinkBase};
use crate::api::common::made;
use crate::api::common::password::reader;
use crate::api::common::path::PathPart;
use crate::api::common::query::{Query, query};
use crate::api::common::route::Route;
use crate::service::read::{Choice, Freshness};

const TEMPLATE: &str = "/v2/{org}/{name}/referrers/{digest}";
const ARTIFACT_TYPE: &str = "artifactType";
/// By what the answer was narrowed.
const FILTERS_APPLIED: HeaderName = HeaderName::from_static("oci-filters-applied");

pub(crate) const ROUTE: Route = Route {
    method: "GET",
    template: TEMPLATE,
    filter: |services| {
        warp::path!("v2" / PathPart / PathPart / "referrers" / PathPart)
            .and(query())
            .and(read(services))
            .then(async |org, name, digest, query, call: Call<(LinkBase, Encoding)>| {
                let LinkBase(base) = &call.inputs.0;
                let listed = list(&call, [&org, &name, &digest], &query).await;
                respond(&call, TEMPLATE, (base, &scope(&org, &name)), listed)
            })
            .boxed()
    },
};

async fn list(
    call: &Call<(LinkBase, Encoding)>,
    [org, name, digest]: [&PathPart; 3],
    query: &Query,
) -> Result<Answer, Refusal> {
    let identity = reader(call).await?;
    let repository = Repository::parse(org, name)?;
    let digest: Digest = digest.as_str().parse().map_err(|_| InvalidDigest)?;
    let artifacts = &call.services.artifacts;
    let found = call.services.reads.choose(&identity, Freshness::Exact, |view| {
        let package = repository.package(view)?;
        let about = artifacts.find(view, package, digest).ok_or(Missing::Content)?;
        let pushed = package.attached(&about.release).filter(|file| file.subject == Some(digest));
        let pushed: Vec<_> = pushed.cloned().collect();
        let attached = package.attached(&about.release);
        let derived = about.referrers(&|release| view.graph(release), attached);
        Ok(Choice::last((derived, about.release, pushed)))
    });
    let mut found: Vec<Referrer> = match found.await? {
        Ok(found) => {
            let (derived, release, pushed) = found.found;
            with_pushed(call, derived, &release, &pushed).await?
        }
        // Nothing refers to what is not there, and this is no error here.
        Err(Missing::Content) => Vec::new(),
        // Nor to whoever may push what will be there.
        Err(Missing::Repository) if may_push(&identity, &repository) => Vec::new(),
        Err(missing) => return Err(repository.refuse(missing, Code::NameUnknown, "")),
    };
    // Not every client encodes the `+` of a media type, which has no spaces.
    let wanted = query.given(ARTIFACT_TYPE).map(|wanted| wanted.replace(' ', "+"));
    found.retain(|referrer| wanted.as_ref().is_none_or(|wanted| referrer.artifact_type == *wanted));
    let (response, _) = made::untagged(call, call.inputs.1, &referrers(&found)).await?;
    let answer = Answer::new(response).with(CONTENT_TYPE, INDEX.to_owned());
    Ok(if wanted.is_some() { answer.with(FILTERS_APPLIED, ARTIFACT_TYPE.to_owned()) } else { answer })
}

/// What is derived, and what was pushed besides. Of locked graphs there is one alone, the one that the bala has: it is what
/// builds get, whatever a client pushed.
async fn with_pushed(
    call: &Call<(LinkBase, Encoding)>,
    mut referrers: Vec<Referrer>,
    release: &Release,
    pushed: &[Arc<AttachedFile>],
) -> Result<Vec<Referrer>, Refusal> {
    for file in pushed {
        // What was copied from a registry where it is derived may be derived here by now.
        if referrers.iter().any(|referrer| referrer.digest == file.digest) {
            continue;
        }
        let kept = call.services.files.manifest(release, file).await?;
        if kept.pushed.artifact_type != GRAPH || referrers.is_empty() {
            referrers.push(Referrer::pushed(&kept.pushed, file.digest, kept.content.bytes.len()));
        }
    }
    Ok(referrers)
}
