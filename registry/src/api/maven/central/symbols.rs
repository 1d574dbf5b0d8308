//! `…/{distribution}/__symbolsearch__/{question}/maven-metadata.xml`: the symbols that editors search for: none,
//! as no bala declares any.

use std::sync::Arc;

use barre_core::distribution::Distribution;
use barre_core::maven::central::{self, Part, SYMBOL_SEARCH};
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use super::super::door::{Door, Place, routes};
use super::metadata::{For, MetadataCall, answered, of_group};
use super::question::Question;
use crate::api::common::answer::Answer;
use crate::api::common::error::Error;
use crate::api::common::route::Route;
use crate::api::common::undeclared::page_of_nothing;
use crate::service::Services;

routes!("GET", "/{distribution}/__symbolsearch__/{question}/maven-metadata.xml", serve);

fn serve(services: &Arc<Services>, place: Place) -> BoxedFilter<(Response,)> {
    of_group(services, place, SYMBOL_SEARCH)
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
    place.reader(call).await?;
    let page = page_of_nothing(&question.query()?);
    let part = Part { count: 0, limit: page.limit, offset: page.offset };
    answered(call, None, &central::symbols(distribution, question.encoded(), part)).await
}
