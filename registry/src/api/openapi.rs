//! `GET /v1/openapi.json`: what is below `/v1`, described for programs that make clients of it.
//!
//! What belongs to all is in `openapi/document.json`, and each route has its description in a file beside it: a JSON object
//! as OpenAPI has it for one operation. `tests/it/openapi.rs` sees to it that none is forgotten.

use std::sync::LazyLock;

use serde_json::{Map, Value};
use warp::Filter;

use super::common::answer::{Answer, Keep};
use super::common::call::{Call, read};
use super::common::error::Error;
use super::common::inputs::Encoding;
use super::common::made::{Tag, json, unneeded};
use super::common::route::Route;
use super::docs;
use super::feed::changes;

const TEMPLATE: &str = "/v1/openapi.json";

pub(super) const ROUTE: Route = Route {
    method: "GET",
    template: TEMPLATE,
    filter: |services| {
        warp::path!("v1" / "openapi.json")
            .and(read(services))
            .then(async |call: Call<(Encoding,)>| call.answer(TEMPLATE, give(&call).await))
            .boxed()
    },
};

/// The routes below `/v1`, each with its description.
const DESCRIBED: &[(&Route, &str)] = &[
    (&changes::ROUTE, include_str!("feed/changes.json")),
    (&docs::ROUTE, include_str!("docs.json")),
    (&ROUTE, include_str!("openapi/openapi.json")),
];

/// It follows from this program alone.
static DOCUMENT: LazyLock<Result<Value, String>> =
    LazyLock::new(|| document().map_err(|error| error.to_string()));

async fn give(call: &Call<(Encoding,)>) -> Result<Answer, Error> {
    let document = DOCUMENT.as_ref().map_err(|error| Error::Unavailable(error.clone()))?;
    let tag = Tag::of(&[TEMPLATE]);
    if let Some(response) = unneeded(call, &tag)? {
        return Ok(Answer::new(response).for_strangers());
    }
    let (response, body) = json(call, call.inputs.0, &tag, document).await?;
    Ok(Answer::new(response).for_strangers().keep(Keep::Bytes(body)))
}

fn document() -> serde_json::Result<Value> {
    let mut paths = Map::new();
    for (Route { method, template, .. }, description) in DESCRIBED {
        let path = paths.entry(*template).or_insert_with(|| Map::new().into());
        path[method.to_ascii_lowercase()] = serde_json::from_str(description)?;
    }
    let mut document: Value = serde_json::from_str(include_str!("openapi/document.json"))?;
    document["info"]["version"] = env!("CARGO_PKG_VERSION").into();
    document["paths"] = paths.into();
    Ok(document)
}
