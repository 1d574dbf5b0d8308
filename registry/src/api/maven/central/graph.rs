//! `…/{org}/{name}/{version}/{name}-{version}-depgraph.json`: what a build asks Central's API for by a question, about one
//! version.

use std::sync::Arc;

use barre_core::resolution::{PackageWanted, Range, Suit};
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use super::super::door::{Door, Place, routes};
use super::artifact::{Artifact, ArtifactCall, answered, artifact};
use crate::api::common::answer::Answer;
use crate::api::common::error::Error;
use crate::api::common::exact::Lasts;
use crate::api::common::lookup::because;
use crate::api::common::made::Tag;
use crate::api::common::resolved::{Resolution, ResolvedJson, held};
use crate::api::common::route::Route;
use crate::service::Services;

routes!("GET", "/{org}/{name}/{version}/{name}-{version}-depgraph.json", serve);

fn serve(services: &Arc<Services>, place: Place) -> BoxedFilter<(Response,)> {
    artifact(services, place, "depgraph")
        .then(move |artifact: Artifact, call: ArtifactCall| async move {
            place.answer(&call, show(&call, place, &artifact).await)
        })
        .boxed()
}

async fn show(call: &ArtifactCall, place: Place, artifact: &Artifact) -> Result<Answer, Error> {
    let identity = place.reader(call).await?;
    let coordinates = artifact.coordinates()?;
    let range = Range::Exact(coordinates.version.clone());
    let wanted = [PackageWanted { package: coordinates.package(), range }];
    let looked = call.services.reads.look_exactly(&identity, &coordinates, |view| {
        // The platforms of a version have equal graphs, and who names it gets it, whatever its distribution.
        match view.resolver(|_| Suit::Suits { place: 0 }).packages(&wanted) {
            Ok(found) => found.into_iter().next()?.ok().map(Ok),
            Err(much) => Some(Err(much)),
        }
    });
    let found = looked.await?.map_err(|why| because(artifact.unknown(), &why))??;
    // Until it is written down.
    let _held = call.services.memory.answer(call.ends.peer, held(&found))?;
    let folder = found.release.stored.folder.to_string();
    let tag = Tag::of(&["graph", &folder, found.deprecated.as_deref().unwrap_or("\n")]);
    let resolution = Resolution { resolved: vec![ResolvedJson::new(&found)], unresolved: Vec::new() };
    answered(call, &tag, &resolution, Lasts::UntilAnythingChanges).await
}
