//! `GET /packages?q=…`, which `bal search` and lists ask, and `GET /search-packages?q=…`, which editors and the web do: the
//! packages that are found, each with its newest version.

use std::collections::HashMap;

use barre_core::search::{Page, Query, Sort};
use barre_core::state::Release;
use serde::Serialize;
use url::form_urlencoded;
use warp::Filter;

use super::form::described;
use super::wire::PackageJson;
use crate::api::common::answer::Answer;
use crate::api::common::call::{Call, read};
use crate::api::common::error::Error;
use crate::api::common::inputs::{Encoding, LinkBase};
use crate::api::common::made;
use crate::api::common::route::Route;
use crate::service::read::Client;

const PACKAGES_TEMPLATE: &str = "/2.0/registry/packages";
const SEARCH_TEMPLATE: &str = "/2.0/registry/search-packages";

/// Packages in one answer, where nobody says how many.
const SOME: usize = 50;
/// At most.
const MOST: usize = 1000;

type SearchInputs = (Client, LinkBase, Encoding);

pub(crate) const PACKAGES: Route = Route {
    method: "GET",
    template: PACKAGES_TEMPLATE,
    filter: |services| {
        warp::path!("2.0" / "registry" / "packages")
            .and(read(services))
            .and(asked())
            .then(async |call: Call<SearchInputs>, asked: String| {
                call.answer(PACKAGES_TEMPLATE, search(&call, &asked, None).await)
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
            .and(asked())
            .then(async |call: Call<SearchInputs>, asked: String| {
                call.answer(SEARCH_TEMPLATE, search(&call, &asked, Some(Besides::default())).await)
            })
            .boxed()
    },
};

#[derive(Serialize)]
struct FoundJson<'a> {
    packages: Vec<PackageJson<'a>>,
    count: usize,
    offset: usize,
    limit: usize,
    #[serde(flatten)]
    besides: Option<Besides>,
}

/// What editors and the web read besides; nothing is suggested or highlighted yet.
#[derive(Default, Serialize)]
struct Besides {
    suggestions: [String; 0],
    highlighting: HashMap<String, String>,
}

/// What stands behind the path.
fn asked() -> impl Filter<Extract = (String,), Error = std::convert::Infallible> + Clone {
    warp::query::raw().or(warp::any().map(String::new)).unify()
}

async fn search(call: &Call<SearchInputs>, asked: &str, besides: Option<Besides>) -> Result<Answer, Error> {
    let identity = call.reader().await?;
    let (client, LinkBase(base), encoding) = &call.inputs;
    let (query, page) = parse(asked)?;
    let found = call.services.searches.find(&identity, client, &query, page, std::sync::Arc::clone).await?;
    let Page { offset, limit, .. } = page;
    let packages = found.packages.iter().map(|release| package(release, base)).collect();
    let answer = FoundJson { packages, count: found.count, offset, limit, besides };
    let (response, _) = made::untagged(call, *encoding, &answer).await?;
    Ok(Answer::new(described(response)))
}

/// Readmes are not in the state: who wants one asks for its version. Clients fall back to them only without a summary, and
/// there is always one.
fn package<'a>(release: &'a Release, base: &str) -> PackageJson<'a> {
    let described = &release.description;
    let (coordinates, file) = (&described.coordinates, described.file_name());
    let url = format!("{base}/files/{}/{}/{}/{file}", coordinates.org, coordinates.name, coordinates.version);
    PackageJson::new(release, None, None, url)
}

/// What is asked for. Parameters that others know are left alone.
fn parse(asked: &str) -> Result<(Query, Page), Error> {
    let parameters: HashMap<_, _> = form_urlencoded::parse(asked.as_bytes()).collect();
    let given = |name: &str| parameters.get(name).map(AsRef::as_ref).filter(|value: &&str| !value.is_empty());
    let number = |name: &str| match given(name) {
        Some(text) => {
            let wrong = |_| Error::BadRequest(format!("{name} is not a number of packages"));
            text.parse::<usize>().map(Some).map_err(wrong)
        }
        None => Ok(None),
    };
    let mut query: Query = given("q").unwrap_or_default().parse().map_err(invalid)?;
    if let Some(org) = given("org") {
        query = query.of(org);
    }
    let sort = given("sort").map_or(Ok(Sort::Relevance), |sort| sort.parse().map_err(invalid))?;
    let (offset, limit) = (number("offset")?.unwrap_or(0), number("limit")?.unwrap_or(SOME).min(MOST));
    Ok((query, Page { offset, limit, sort }))
}

fn invalid(error: impl std::error::Error) -> Error {
    Error::BadRequest(error.to_string())
}
