//! What editors ask for that no bala declares: connectors, triggers and symbols. The lists are correct, and empty.
//!
//! Editors ask without a token, and one of them crashes on every answer but 200: so everybody gets the same lists, which
//! tell nothing about this registry.

use std::sync::Arc;

use serde_json::json;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reject::Rejection;
use warp::reply::Response;

use crate::api::common::answer::Answer;
use crate::api::common::call::{Call, read};
use crate::api::common::error::Error;
use crate::api::common::path::PathPart;
use crate::api::common::query::{Query, query};
use crate::api::common::route::Route;
use crate::api::common::undeclared::page_of_nothing;
use crate::service::Services;

const CONNECTORS: &str = "/2.0/registry/connectors";
const TRIGGERS: &str = "/2.0/registry/triggers";
const SYMBOLS: &str = "/2.0/registry/search-symbols";
const CONNECTOR: &str = "/2.0/registry/connectors/{id}";
const NAMED_CONNECTOR: &str = "/2.0/registry/connectors/{org}/{name}/{version}/{module}/{connector}";
const TRIGGER: &str = "/2.0/registry/triggers/{id}";

pub(crate) const CONNECTORS_ROUTE: Route = Route {
    method: "GET",
    template: CONNECTORS,
    filter: |services| {
        list(services, warp::path!("2.0" / "registry" / "connectors"), CONNECTORS, "connectors")
    },
};

pub(crate) const TRIGGERS_ROUTE: Route = Route {
    method: "GET",
    template: TRIGGERS,
    filter: |services| list(services, warp::path!("2.0" / "registry" / "triggers"), TRIGGERS, "triggers"),
};

pub(crate) const SYMBOLS_ROUTE: Route = Route {
    method: "GET",
    template: SYMBOLS,
    filter: |services| list(services, warp::path!("2.0" / "registry" / "search-symbols"), SYMBOLS, "symbols"),
};

pub(crate) const CONNECTOR_ROUTE: Route = Route {
    method: "GET",
    template: CONNECTOR,
    filter: |services| {
        warp::path!("2.0" / "registry" / "connectors" / PathPart)
            .and(read(services))
            .then(async |id: PathPart, call: Call<()>| {
                call.answer(CONNECTOR, none(&call, format!("connector not found: {id}")).await)
            })
            .boxed()
    },
};

pub(crate) const NAMED_CONNECTOR_ROUTE: Route = Route {
    method: "GET",
    template: NAMED_CONNECTOR,
    filter: |services| {
        warp::path!("2.0" / "registry" / "connectors" / PathPart / PathPart / PathPart / PathPart / PathPart)
            .and(read(services))
            .then(async |org, name, version, module, connector, call: Call<()>| {
                let [org, name, version, module, connector]: [PathPart; 5] =
                    [org, name, version, module, connector];
                let text = format!("connector not found: {org}/{name}:{version} {module}:{connector}");
                call.answer(NAMED_CONNECTOR, none(&call, text).await)
            })
            .boxed()
    },
};

pub(crate) const TRIGGER_ROUTE: Route = Route {
    method: "GET",
    template: TRIGGER,
    filter: |services| {
        warp::path!("2.0" / "registry" / "triggers" / PathPart)
            .and(read(services))
            .then(async |id: PathPart, call: Call<()>| {
                call.answer(TRIGGER, none(&call, format!("trigger not found: {id}")).await)
            })
            .boxed()
    },
};

/// The list at `path`.
fn list(
    services: &Arc<Services>,
    path: impl Filter<Extract = (), Error = Rejection> + Clone + Send + Sync + 'static,
    template: &'static str,
    of: &'static str,
) -> BoxedFilter<(Response,)> {
    let answer = move |call: Call<()>, query: Query| call.answer(template, Ok::<_, Error>(empty(of, &query)));
    path.and(read(services)).and(query()).map(answer).boxed()
}

/// A list without anything in it.
fn empty(of: &str, query: &Query) -> Answer {
    let page = page_of_nothing(query);
    let list = json!({ of: [], "count": 0, "offset": page.offset, "limit": page.limit });
    Answer::new(warp::reply::json(&list)).for_strangers()
}

async fn none(call: &Call<()>, text: String) -> Result<Answer, Error> {
    call.reader().await?;
    Err(Error::NotFound(text))
}
