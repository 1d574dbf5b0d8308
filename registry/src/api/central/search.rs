//! `GET /packages?q=…`, which `bal search` asks, and `GET /search-packages?q=…`, which editors and the web do: the packages
//! that are found, each with its newest version. Without `q`, the first one lists them.

use std::collections::HashMap;

use barre_core::search::Page;
use barre_core::state::Release;
use serde::Serialize;
use warp::Filter;

use super::form::described;
use super::list::{ListInputs, list};
use super::wire::{PackageJson, PackagesJson, bala_url};
use crate::api::common::answer::Answer;
use crate::api::common::asked::packages;
use crate::api::common::call::{Call, read};
use crate::api::common::error::Error;
use crate::api::common::inputs::LinkBase;
use crate::api::common::made;
use crate::api::common::page::page;
use crate::api::common::query::{Query, query};
use crate::api::common::route::Route;

const PACKAGES_TEMPLATE: &str = "/2.0/registry/packages";
const SEARCH_TEMPLATE: &str = "/2.0/registry/search-packages";

pub(crate) const PACKAGES: Route = Route {
    method: "GET",
    template: PACKAGES_TEMPLATE,
    filter: |services| {
        warp::path!("2.0" / "registry" / "packages")
            .and(read(services))
            .and(query())
            .then(async |call: Call<ListInputs>, query: Query| {
                let answer = match query.get("q") {
                    Some(_) => search(&call, &query, None).await,
                    None => list(&call, &query).await,
                };
                call.answer(PACKAGES_TEMPLATE, answer)
            })
            .boxed()
    },
};

pub(crate) const SEARCH_PACKAGES: Route = Route {
    method: "GET",
    template: SEARCH_TEMPLATE,
    filter: |services| {
        warp::path!("2.0" / "registry" / "search-packages")
            .and(read(services))
            .and(query())
            .then(async |call: Call<ListInputs>, query: Query| {
                call.answer(SEARCH_TEMPLATE, search(&call, &query, Some(Besides::default())).await)
            })
            .boxed()
    },
};

#[derive(Serialize)]
struct FoundJson<'a> {
    #[serde(flatten)]
    found: PackagesJson<'a>,
    #[serde(flatten)]
    besides: Option<Besides>,
}

/// What editors and the web read besides; nothing is suggested or highlighted yet.
#[derive(Default, Serialize)]
struct Besides {
    suggestions: [String; 0],
    highlighting: HashMap<String, String>,
}

async fn search(call: &Call<ListInputs>, query: &Query, besides: Option<Besides>) -> Result<Answer, Error> {
    let identity = call.reader().await?;
    let (client, LinkBase(base), encoding) = &call.inputs;
    let (wanted, page) = (packages(query)?, page(query)?);
    let found = call.services.searches.find(&identity, client, &wanted, page).await?;
    let Page { offset, limit, .. } = page;
    let packages = found.packages.iter().map(|release| package(release, base)).collect();
    let found = PackagesJson { packages, count: found.count, offset, limit };
    let (response, _) = made::untagged(call, *encoding, &FoundJson { found, besides }).await?;
    Ok(Answer::new(described(response)))
}

/// Readmes are not in the state: who wants one asks for its version. Clients fall back to them only without a summary, and
/// there is always one.
fn package<'a>(release: &'a Release, base: &str) -> PackageJson<'a> {
    PackageJson::new(release, None, None, bala_url(base, release))
}
