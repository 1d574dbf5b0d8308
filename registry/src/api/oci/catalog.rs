//! `GET /v2/_catalog`: the packages that somebody may see, in pages.

use serde::Serialize;
use warp::Filter;

use super::challenge::{CATALOG, respond};
use super::paging::{Page, next, part};
use super::refusal::Refusal;
use crate::api::common::answer::Answer;
use crate::api::common::call::{Call, read};
use crate::api::common::inputs::{Encoding, LinkBase};
use crate::api::common::made;
use crate::api::common::password::reader;
use crate::api::common::query::{Query, query};
use crate::api::common::route::Route;
use crate::service::read::{Freshness, PackageView, View};

const TEMPLATE: &str = "/v2/_catalog";
/// Most packages on a page.
const MAX: usize = 1000;

pub(crate) const ROUTE: Route = Route {
    method: "GET",
    template: TEMPLATE,
    filter: |services| {
        warp::path!("v2" / "_catalog")
            .and(query())
            .and(read(services))
            .then(async |query, call: Call<(LinkBase, Encoding)>| {
                let LinkBase(base) = &call.inputs.0;
                respond(&call, TEMPLATE, (base, CATALOG), list(&call, &query).await)
            })
            .boxed()
    },
};

#[derive(Serialize)]
struct Catalog {
    repositories: Vec<String>,
}

async fn list(call: &Call<(LinkBase, Encoding)>, query: &Query) -> Result<Answer, Refusal> {
    let identity = reader(call).await?;
    let Page { n, last } = part(query)?;
    let n = n.unwrap_or(MAX).min(MAX);
    let look = |view: View<'_>| Some(names(view, n + 1, last.as_deref()));
    let listed = call.services.reads.look(&identity, Freshness::Recent, look).await?;
    let mut repositories = listed.unwrap_or_default();
    let more = repositories.len() > n;
    repositories.truncate(n);
    let link = repositories.last().filter(|_| more).map(|last| next(TEMPLATE, n, last));
    let (response, _) = made::untagged(call, call.inputs.1, &Catalog { repositories }).await?;
    let answer = Answer::new(response);
    Ok(link.into_iter().fold(answer, |answer, (name, text)| answer.with(name, text)))
}

/// The first packages behind `last`. One that is not there is behind those whose names are less.
fn names(view: View<'_>, most: usize, last: Option<&str>) -> Vec<String> {
    let there = last.and_then(|last| {
        let (org, name) = last.split_once('/')?;
        view.folded(&org.parse().ok()?, name)
    });
    let behind = |name: &String| there.is_some() || last.is_none_or(|last| name.as_str() > last);
    view.packages_after(there.map(PackageView::id)).map(name).filter(behind).take(most).collect()
}

fn name(package: PackageView<'_>) -> String {
    let id = package.id();
    format!("{}/{}", id.org, id.name.folded())
}
