//! `…/{distribution}/__tools__/{tool}/maven-metadata.xml`: the package that a tool is in, and the versions with it that a
//! distribution can use. Clients look at no version themselves, and take the first one for the latest.

use std::sync::Arc;

use barre_core::distribution::Distribution;
use barre_core::maven::central::{self, TOOLS};
use barre_core::package::Version;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use super::super::door::{Door, Place, routes};
use super::metadata::{For, MetadataCall, answered, file};
use crate::api::common::answer::Answer;
use crate::api::common::call::read;
use crate::api::common::error::Error;
use crate::api::common::made::Tag;
use crate::api::common::path::PathPart;
use crate::api::common::route::Route;
use crate::service::Services;
use crate::service::read::{Client, Freshness};

routes!("GET", "/{distribution}/__tools__/{tool}/maven-metadata.xml", serve);

fn serve(services: &Arc<Services>, place: Place) -> BoxedFilter<(Response,)> {
    place
        .path()
        .and(warp::path::param())
        .and(warp::path(TOOLS))
        .and(warp::path::param())
        .and(file())
        .and(read(services))
        .then(move |For(distribution), id: PathPart, call: MetadataCall| async move {
            place.answer(&call, show(&call, place, distribution, id.as_str()).await)
        })
        .boxed()
}

async fn show(
    call: &MetadataCall,
    place: Place,
    distribution: Distribution,
    id: &str,
) -> Result<Answer, Error> {
    let identity = place.reader(call).await?;
    let client = Client::java(distribution);
    let found = call.services.reads.look(&identity, Freshness::Recent, |view| {
        let package = view.tool(id)?;
        let firsts = client.firsts(&package).into_iter();
        let versions: Vec<_> = firsts.map(|first| first.description.coordinates.version.clone()).collect();
        (!versions.is_empty()).then(|| (package.id().clone(), versions))
    });
    let (package, versions) = found.await?.ok_or_else(|| {
        let ours = distribution.name();
        Error::NotFound(format!("tool not found: {id} has nothing for distribution {ours}"))
    })?;
    let facts = [distribution.tag(), id.to_owned(), package.to_string()];
    let facts: Vec<_> = facts.into_iter().chain(versions.iter().map(Version::to_string)).collect();
    let tag = Tag::of(&facts.iter().map(String::as_str).collect::<Vec<_>>());
    let versions: Vec<_> = versions.iter().collect();
    answered(call, Some(&tag), &central::tool(distribution, id, &package, &versions)).await
}
