//! `…/{distribution}/{org}/{name}/maven-metadata.xml`: the versions of a package that a distribution can use, newest first.
//!
//! The path of a bala has no platform: a version is its first release, and is listed where that one is of use.

use std::sync::Arc;

use barre_core::distribution::Distribution;
use barre_core::maven::central;
use barre_core::package::PackageId;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use super::super::door::{Door, Place, routes};
use super::metadata::{For, MetadataCall, answered, file};
use crate::api::common::answer::Answer;
use crate::api::common::call::read;
use crate::api::common::error::Error;
use crate::api::common::lookup::parse;
use crate::api::common::made::Tag;
use crate::api::common::path::PathPart;
use crate::api::common::route::Route;
use crate::service::Services;
use crate::service::read::{Client, Freshness, Listed};

routes!("GET", "/{distribution}/{org}/{name}/maven-metadata.xml", serve);

fn serve(services: &Arc<Services>, place: Place) -> BoxedFilter<(Response,)> {
    place
        .path()
        .and(warp::path::param())
        .and(warp::path::param())
        .and(warp::path::param())
        .and(file())
        .and(read(services))
        .then(move |For(distribution), org: PathPart, name: PathPart, call: MetadataCall| async move {
            place.answer(&call, list(&call, place, distribution, [&org, &name]).await)
        })
        .boxed()
}

async fn list(
    call: &MetadataCall,
    place: Place,
    distribution: Distribution,
    [org, name]: [&PathPart; 2],
) -> Result<Answer, Error> {
    let identity = place.reader(call).await?;
    let unknown = || {
        let ours = distribution.name();
        Error::NotFound(format!("package not found: {org}/{name} has nothing for distribution {ours}"))
    };
    let (org, name) = parse(org, name).ok_or_else(unknown)?;
    let (package, client) = (PackageId { org, name }, Client::java(distribution));
    let listed = call.services.reads.look(&identity, Freshness::Recent, |view| {
        let package = view.newest_of(&package.org, &package.name)?;
        let firsts = client.firsts(&package).into_iter();
        let listed: Vec<_> = firsts.map(|release| Listed::of(&package, release)).collect();
        (!listed.is_empty()).then_some(listed)
    });
    let listed = listed.await?.ok_or_else(unknown)?;
    let facts = listed
        .iter()
        .map(|Listed { release, deprecated }| format!("{} {}", release.stored.folder, deprecated.is_some()));
    let facts: Vec<_> = [distribution.tag()].into_iter().chain(facts).collect();
    let tag = Tag::of(&facts.iter().map(String::as_str).collect::<Vec<_>>());
    let versions = listed.iter().map(|listed| (&*listed.release, listed.deprecated.is_some()));
    answered(call, Some(&tag), &central::versions(distribution, &package, versions)).await
}
