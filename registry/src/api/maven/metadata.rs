//! `GET …/{org}/{name}/maven-metadata.xml`: the versions of a package, and checksums of that document.

use std::sync::Arc;

use barre_core::maven::{MetadataPath, metadata};
use jiff::Timestamp;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use super::door::{Door, Place, routes};
use super::made;
use crate::api::common::answer::Answer;
use crate::api::common::call::{Call, read};
use crate::api::common::error::Error;
use crate::api::common::exact::Lasts;
use crate::api::common::path::PathPart;
use crate::api::common::route::Route;
use crate::service::Services;
use crate::service::read::Freshness;

routes!("GET", "/{org}/{name}/{metadata}", serve);

fn serve(services: &Arc<Services>, place: Place) -> BoxedFilter<(Response,)> {
    place
        .path()
        .and(warp::path!(PathPart / PathPart / PathPart))
        .and(read(services))
        .then(move |org, name, file, call: Call<()>| async move {
            place.answer(&call, show(&call, place, [&org, &name, &file]).await)
        })
        .boxed()
}

async fn show(call: &Call<()>, place: Place, path: [&PathPart; 3]) -> Result<Answer, Error> {
    let identity = place.reader(call).await?;
    let [org, name, file] = path.map(PathPart::as_str);
    let wanted =
        MetadataPath::parse(org, name, file).map_err(|unknown| Error::NotFound(unknown.to_string()))?;
    let package = wanted.package;
    let document = call.services.reads.look(&identity, Freshness::Recent, |view| {
        let (mut versions, mut updated) = (Vec::new(), Timestamp::MIN);
        let package = view.newest_of(&package.org, &package.name)?;
        for (version, releases) in package.versions() {
            // The path of a version leads to its first release.
            if package.first(version).is_none() {
                continue;
            }
            versions.push(version.clone());
            updated = releases.iter().map(|release| release.created).fold(updated, Timestamp::max);
        }
        (!versions.is_empty()).then(|| metadata(package.id(), &versions, updated))
    });
    let document =
        document.await?.ok_or_else(|| Error::NotFound(format!("package {package} is not here")))?;
    made::document(call, document, wanted.form, Lasts::No)
}
