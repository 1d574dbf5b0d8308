//! `…/{org}/{name}/{version}/{name}-{version}-listeners.json`: what editors ask GraphQL for otherwise, the listeners of a
//! version, as its API docs have them.

use std::sync::Arc;

use barre_core::package::Coordinates;
use serde_json::json;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use super::super::door::{Door, Place, routes};
use super::artifact::{Artifact, ArtifactCall, answered, artifact};
use crate::api::common::answer::Answer;
use crate::api::common::declared::module;
use crate::api::common::error::Error;
use crate::api::common::exact::Lasts;
use crate::api::common::lookup::because;
use crate::api::common::made::Tag;
use crate::api::common::route::Route;
use crate::service::Services;

routes!("GET", "/{org}/{name}/{version}/{name}-{version}-listeners.json", serve);

fn serve(services: &Arc<Services>, place: Place) -> BoxedFilter<(Response,)> {
    artifact(services, place, "listeners")
        .then(move |artifact: Artifact, call: ArtifactCall| async move {
            place.answer(&call, show(&call, place, &artifact).await)
        })
        .boxed()
}

async fn show(call: &ArtifactCall, place: Place, artifact: &Artifact) -> Result<Answer, Error> {
    let identity = place.reader(call).await?;
    let wanted = artifact.coordinates()?;
    let looked = call.services.reads.look_exactly(&identity, &wanted, |view| {
        view.package(&wanted.org, &wanted.name)?.version(&wanted.version).next().map(|_| ())
    });
    looked.await?.map_err(|why| because(artifact.unknown(), &why))?;
    let Coordinates { org, name, version } = &wanted;
    let found = module(&call.services, &identity, org, name.as_str(), Some(version)).await?;
    let listeners = found.as_ref().map(|(module, _)| module.listeners.as_str());
    let tag = Tag::of(&["listeners", listeners.unwrap_or_default()]);
    let modules: Vec<_> = listeners.iter().map(|listeners| json!({ "listeners": listeners })).collect();
    let content = json!({ "data": { "apiDocs": { "docsData": { "modules": modules } } } });
    // Those docs that came last count.
    answered(call, &tag, &content, Lasts::No).await
}
