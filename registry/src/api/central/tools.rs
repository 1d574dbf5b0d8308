//! `GET /tools?q=…`: the tools, each with the newest version that the client can use.

use warp::Filter;

use super::form::described;
use super::list::{ListInputs, Listed};
use super::page::{Cut, cut, page};
use super::wire;
use crate::api::common::answer::Answer;
use crate::api::common::call::{Call, read};
use crate::api::common::error::Error;
use crate::api::common::inputs::LinkBase;
use crate::api::common::made;
use crate::api::common::query::{Query, query};
use crate::api::common::route::Route;
use crate::service::read::Freshness;

const TEMPLATE: &str = "/2.0/registry/tools";
/// Longest question, in bytes.
const MAX_QUESTION: usize = 1000;

pub(crate) const ROUTE: Route = Route {
    method: "GET",
    template: TEMPLATE,
    filter: |services| {
        warp::path!("2.0" / "registry" / "tools")
            .and(read(services))
            .and(query())
            .then(async |call: Call<ListInputs>, query: Query| {
                call.answer(TEMPLATE, list(&call, &query).await)
            })
            .boxed()
    },
};

async fn list(call: &Call<ListInputs>, query: &Query) -> Result<Answer, Error> {
    let identity = call.reader().await?;
    let (client, LinkBase(base), encoding) = &call.inputs;
    let page = page(query)?;
    let words = words(query.get("q").unwrap_or_default())?;
    let looked = call.services.reads.look(&identity, Freshness::Recent, |view| {
        let tools = view.tools().filter_map(|tool| Listed::latest(client, &tool));
        let found = tools.filter(|tool| words.iter().all(|word| tool.mentions(word))).collect();
        Some(cut(page, found, |listed: &Listed| &listed.release))
    });
    let Cut { part, count } = looked.await?.unwrap_or_default();
    let tools = part.iter().map(|listed| listed.json(base)).collect();
    let list = wire::ToolsJson { tools, count, offset: page.offset, limit: page.limit };
    let (response, _) = made::untagged(call, *encoding, &list).await?;
    Ok(Answer::new(described(response)))
}

/// What a tool must mention, all of it, to be found.
fn words(question: &str) -> Result<Vec<String>, Error> {
    if question.len() > MAX_QUESTION {
        return Err(Error::BadRequest(format!("this asks for too much: at most {MAX_QUESTION} bytes")));
    }
    Ok(question.split_whitespace().map(str::to_lowercase).collect())
}
