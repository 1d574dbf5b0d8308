//! `PUT …/{org}/{name}/maven-metadata.xml`: the list of versions as a client thinks that it is now. It is made here.

use std::sync::Arc;

use barre_core::maven::MetadataPath;
use bytes::Buf;
use futures::Stream;
use http::StatusCode;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use super::body::{nowhere, throw_away};
use super::door::{Door, Place, routes};
use crate::api::common::answer::Answer;
use crate::api::common::call::{Call, change};
use crate::api::common::error::Error;
use crate::api::common::path::PathPart;
use crate::api::common::route::Route;
use crate::service::Services;

routes!("PUT", "/{org}/{name}/{metadata}", serve);

fn serve(services: &Arc<Services>, place: Place) -> BoxedFilter<(Response,)> {
    place
        .path()
        .and(warp::path!(PathPart / PathPart / PathPart))
        .and(change(services))
        .and(warp::body::stream())
        .then(move |org, name, file, call: Call<()>, body| async move {
            place.answer(&call, take(&call, place, [&org, &name, &file], body).await)
        })
        .boxed()
}

async fn take<B: Buf>(
    call: &Call<()>,
    place: Place,
    path: [&PathPart; 3],
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> Result<Answer, Error> {
    let writer = place.pusher(call).await?;
    let [org, name, file] = path.map(PathPart::as_str);
    let named = MetadataPath::parse(org, name, file).map_err(|unknown| nowhere(&unknown))?;
    call.may_publish_to(&writer, &named.package.org).await?;
    throw_away(body).await?;
    Ok(Answer::new(StatusCode::CREATED).for_everyone())
}
