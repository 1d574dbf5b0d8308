//! `GET /tools?q=…`: the tools, each with the newest version that the client can use.

use warp::Filter;

use super::form::described;
use super::list::ListInputs;
use super::wire;
use crate::api::common::answer::Answer;
use crate::api::common::asked::words;
use crate::api::common::call::{Call, read};
use crate::api::common::error::Error;
use crate::api::common::inputs::LinkBase;
use crate::api::common::made;
use crate::api::common::page::{Cut, cut, page};
use crate::api::common::query::{Query, query};
use crate::api::common::route::Route;
use crate::service::read::{Freshness, Listed};

const TEMPLATE: &str = "/2.0/registry/tools";

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
    let words = words(query)?;
    let looked = call.services.reads.look(&identity, Freshness::Recent, |view| {
        Some(cut(page, Listed::tools(client, view, &words), |listed: &Listed| &listed.release))
    });
    let Cut { part, count } = looked.await?.unwrap_or_default();
    let tools = part.iter().map(|listed| wire::PackageJson::listed(listed, base)).collect();
    let list = wire::ToolsJson { tools, count, offset: page.offset, limit: page.limit };
    let (response, _) = made::untagged(call, *encoding, &list).await?;
    Ok(Answer::new(described(response)))
}
