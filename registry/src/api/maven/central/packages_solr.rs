//! `…/{distribution}/__packagesearchsolr__/{question}/maven-metadata.xml`: the packages that editors find, each
//! with its newest version that the distribution can use.

use std::sync::Arc;

use barre_core::maven::central::{self, PACKAGE_SEARCH_SOLR};
use warp::filters::BoxedFilter;
use warp::reply::Response;

use super::super::door::{Door, Place, routes};
use super::found::found;
use super::metadata::{Asked, answered, of_group};
use crate::api::common::answer::Answer;
use crate::api::common::error::Error;
use crate::api::common::route::Route;
use crate::service::Services;

routes!("GET", "/{distribution}/__packagesearchsolr__/{question}/maven-metadata.xml", serve);

fn serve(services: &Arc<Services>, place: Place) -> BoxedFilter<(Response,)> {
    of_group(services, place, PACKAGE_SEARCH_SOLR, |asked| Box::pin(search(asked)))
}

async fn search(asked: &Asked) -> Result<Answer, Error> {
    let (packages, part) = found(asked).await?;
    let packages = packages.iter().map(|release| &**release);
    let Asked { call, distribution, question, .. } = asked;
    answered(call, None, &central::packages_solr(*distribution, question.encoded(), part, packages)).await
}
