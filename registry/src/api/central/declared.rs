//! What editors ask for that API docs declare: lists of connectors, triggers and symbols.
//!
//! Editors ask without a token, and one of them crashes on every answer but 200. So everybody gets a list, with what they may
//! see in it: whoever is not let in, and whoever asks what cannot be asked, gets an empty one.

use std::sync::Arc;

use barre_core::declaration::Construct;
use barre_core::search::Page;
use http::header::CACHE_CONTROL;
use serde::Serialize;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reject::Rejection;
use warp::reply::{Reply as _, Response};

use super::declared_wire::{ConstructJson, DeclaredJson, SymbolJson};
use super::list::ListInputs;
use crate::api::common::answer::Answer;
use crate::api::common::call::{Call, read};
use crate::api::common::declared::{DeclaredPage, find, page_or_first};
use crate::api::common::error::Error;
use crate::api::common::inputs::LinkBase;
use crate::api::common::made;
use crate::api::common::query::{Query, query};
use crate::api::common::route::Route;
use crate::service::Services;

const CONNECTORS: &str = "/2.0/registry/connectors";
const TRIGGERS: &str = "/2.0/registry/triggers";
const SYMBOLS: &str = "/2.0/registry/search-symbols";

pub(crate) const CONNECTORS_ROUTE: Route = Route {
    method: "GET",
    template: CONNECTORS,
    filter: |services| {
        list(services, warp::path!("2.0" / "registry" / "connectors"), CONNECTORS, List::Connectors)
    },
};

pub(crate) const TRIGGERS_ROUTE: Route = Route {
    method: "GET",
    template: TRIGGERS,
    filter: |services| list(services, warp::path!("2.0" / "registry" / "triggers"), TRIGGERS, List::Triggers),
};

pub(crate) const SYMBOLS_ROUTE: Route = Route {
    method: "GET",
    template: SYMBOLS,
    filter: |services| {
        list(services, warp::path!("2.0" / "registry" / "search-symbols"), SYMBOLS, List::Symbols)
    },
};

/// One of the lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    Connectors,
    Triggers,
    Symbols,
}

impl List {
    fn name(self) -> &'static str {
        match self {
            Self::Connectors => "connectors",
            Self::Triggers => "triggers",
            Self::Symbols => "symbols",
        }
    }

    fn construct(self) -> Option<Construct> {
        match self {
            Self::Connectors => Some(Construct::Client),
            Self::Triggers => Some(Construct::Listener),
            Self::Symbols => None,
        }
    }
}

/// The list at `path`.
fn list(
    services: &Arc<Services>,
    path: impl Filter<Extract = (), Error = Rejection> + Clone + Send + Sync + 'static,
    template: &'static str,
    list: List,
) -> BoxedFilter<(Response,)> {
    path.and(read(services))
        .and(query())
        .then(move |call: Call<ListInputs>, query: Query| async move {
            let response = match found(&call, list, &query).await {
                Ok(response) => response,
                Err(_) => nothing(list, &query),
            };
            let answer =
                Answer::new(response).with(CACHE_CONTROL, "no-cache".to_owned()).also_for_strangers();
            call.answer(template, Ok::<_, Error>(answer))
        })
        .boxed()
}

async fn found(call: &Call<ListInputs>, list: List, query: &Query) -> Result<Response, Error> {
    let identity = call.reader().await?;
    let (client, LinkBase(base), _) = &call.inputs;
    let page = page_or_first(query);
    let DeclaredPage { found, count } =
        find(&call.services, &identity, client, list.construct(), query).await?;
    if list == List::Symbols {
        let symbols: Vec<_> = found.iter().map(SymbolJson::new).collect();
        written(call, list, &symbols, count, page).await
    } else {
        let constructs: Vec<_> = found.iter().map(|declared| ConstructJson::new(declared, base)).collect();
        written(call, list, &constructs, count, page).await
    }
}

async fn written<T: Serialize + Sync>(
    call: &Call<ListInputs>,
    list: List,
    part: &[T],
    count: usize,
    Page { offset, limit, .. }: Page,
) -> Result<Response, Error> {
    let (_, _, encoding) = &call.inputs;
    let list = DeclaredJson { of: list.name(), list: part, count, offset, limit };
    Ok(made::untagged(call, *encoding, &list).await?.0)
}

/// A list without anything in it.
fn nothing(list: List, query: &Query) -> Response {
    let Page { offset, limit, .. } = page_or_first(query);
    let list = DeclaredJson::<()> { of: list.name(), list: &[], count: 0, offset, limit };
    warp::reply::json(&list).into_response()
}
