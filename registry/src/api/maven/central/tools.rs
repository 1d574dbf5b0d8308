//! `…/{distribution}/__toolsearch__/{question}/maven-metadata.xml`: the tools that `bal tool search` finds, each with its
//! newest version that the distribution can use.

use std::sync::Arc;

use barre_core::maven::central::{self, Part, TOOL_SEARCH};
use warp::filters::BoxedFilter;
use warp::reply::Response;

use super::super::door::{Door, Place, routes};
use super::metadata::{Asked, answered, of_group};
use crate::api::common::answer::Answer;
use crate::api::common::asked::words;
use crate::api::common::error::Error;
use crate::api::common::page::{Cut, cut, page};
use crate::api::common::route::Route;
use crate::service::Services;
use crate::service::read::{Client, Freshness, Listed};

routes!("GET", "/{distribution}/__toolsearch__/{question}/maven-metadata.xml", serve);

fn serve(services: &Arc<Services>, place: Place) -> BoxedFilter<(Response,)> {
    of_group(services, place, TOOL_SEARCH, |asked| Box::pin(search(asked)))
}

async fn search(asked: &Asked) -> Result<Answer, Error> {
    let Asked { call, place, distribution, question } = asked;
    let identity = place.reader(call).await?;
    let query = question.query()?;
    let (words, page) = (words(&query)?, page(&query)?);
    let client = Client::java(*distribution);
    let looked = call.services.reads.look(&identity, Freshness::Recent, |view| {
        Some(cut(page, Listed::tools(&client, view, &words), |listed: &Listed| &listed.release))
    });
    let Cut { part, count } = looked.await?.unwrap_or_default();
    let tools = part.iter().map(|listed| &*listed.release);
    let part = Part { count, limit: page.limit, offset: page.offset };
    answered(call, None, &central::tools(*distribution, question.encoded(), part, tools)).await
}
