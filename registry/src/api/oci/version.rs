//! `GET /v2/`: that this is a registry, and whether whoever asks may read it.

use http::HeaderName;
use serde_json::json;
use warp::Filter;

use super::challenge::{CATALOG, respond};
use super::refusal::Refusal;
use crate::api::common::answer::Answer;
use crate::api::common::call::{Call, read};
use crate::api::common::inputs::LinkBase;
use crate::api::common::password::reader;
use crate::api::common::route::Route;

const TEMPLATE: &str = "/v2";
/// Older clients look for it.
const API_VERSION: HeaderName = HeaderName::from_static("docker-distribution-api-version");

pub(crate) const ROUTE: Route = Route {
    method: "GET",
    template: TEMPLATE,
    filter: |services| {
        warp::path!("v2")
            .and(read(services))
            .then(async |call: Call<(LinkBase,)>| {
                let LinkBase(base) = &call.inputs.0;
                respond(&call, TEMPLATE, (base, CATALOG), greet(&call).await)
            })
            .boxed()
    },
};

async fn greet(call: &Call<(LinkBase,)>) -> Result<Answer, Refusal> {
    reader(call).await?;
    Ok(Answer::new(warp::reply::json(&json!({}))).with(API_VERSION, "registry/2.0".to_owned()))
}
