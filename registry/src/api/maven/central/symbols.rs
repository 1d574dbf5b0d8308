//! `…/{distribution}/__symbolsearch__/{question}/maven-metadata.xml`: the symbols that editors search for, of what API docs
//! declare.

use std::sync::Arc;

use barre_core::maven::central::{self, SYMBOL_SEARCH};
use warp::filters::BoxedFilter;
use warp::reply::Response;

use super::super::door::{Door, Place, routes};
use super::declared::{declared, shown};
use super::metadata::{Asked, answered, of_group};
use crate::api::common::answer::Answer;
use crate::api::common::error::Error;
use crate::api::common::route::Route;
use crate::service::Services;

routes!("GET", "/{distribution}/__symbolsearch__/{question}/maven-metadata.xml", serve);

fn serve(services: &Arc<Services>, place: Place) -> BoxedFilter<(Response,)> {
    of_group(services, place, SYMBOL_SEARCH, |asked| Box::pin(search(asked)))
}

async fn search(asked: &Asked) -> Result<Answer, Error> {
    let (found, part) = declared(asked, None).await?;
    let found = found.iter().map(|declared| shown(asked, declared));
    let Asked { call, distribution, question, .. } = asked;
    answered(call, None, &central::symbols(*distribution, question.encoded(), part, found)).await
}
