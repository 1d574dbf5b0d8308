//! `…/{distribution}/__packagesearch__/{question}/maven-metadata.xml`: the packages that `bal search` finds, each
//! with its newest version that the distribution can use.

use std::sync::Arc;

use barre_core::distribution::Distribution;
use barre_core::maven::central::{self, PACKAGE_SEARCH};
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use super::super::door::{Door, Place, routes};
use super::found::found;
use super::metadata::{For, MetadataCall, answered, of_group};
use super::question::Question;
use crate::api::common::answer::Answer;
use crate::api::common::error::Error;
use crate::api::common::route::Route;
use crate::service::Services;

routes!("GET", "/{distribution}/__packagesearch__/{question}/maven-metadata.xml", serve);

fn serve(services: &Arc<Services>, place: Place) -> BoxedFilter<(Response,)> {
    of_group(services, place, PACKAGE_SEARCH)
        .then(move |For(distribution), question: Question, call: MetadataCall| async move {
            place.answer(&call, search(&call, place, distribution, &question).await)
        })
        .boxed()
}

async fn search(
    call: &MetadataCall,
    place: Place,
    distribution: Distribution,
    question: &Question,
) -> Result<Answer, Error> {
    let (packages, part) = found(call, place, distribution, question).await?;
    let packages = packages.iter().map(|release| &**release);
    answered(call, None, &central::packages(distribution, question.encoded(), part, packages)).await
}
