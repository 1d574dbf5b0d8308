//! `GET /v2/token`: where clients take user and password, to get what they send from then on.
//!
//! That is the access token itself, which is the password, or a word for nobody: nothing is signed, nothing expires earlier,
//! and what is revoked is refused at the next request, as everywhere else.

use http::header::CACHE_CONTROL;
use serde_json::json;
use warp::Filter;
use warp::reply::Response;

use super::refusal::Refusal;
use crate::api::common::answer::Answer;
use crate::api::common::call::{Call, read};
use crate::api::common::error::Error;
use crate::api::common::password::{BASIC, NOBODY, reader, secret};
use crate::api::common::route::Route;

pub(super) const TEMPLATE: &str = "/v2/token";
/// How long clients use what they got before they come again, in seconds.
const EXPIRES_IN: u32 = 300;

pub(crate) const ROUTE: Route = Route {
    method: "GET",
    template: TEMPLATE,
    filter: |services| {
        warp::path!("v2" / "token")
            .and(read(services))
            .then(async |call: Call<()>| answer(&call, exchange(&call).await))
            .boxed()
    },
};

async fn exchange(call: &Call<()>) -> Result<Answer, Refusal> {
    reader(call).await?;
    let token = call.authorization().and_then(secret).map_err(Error::from)?;
    let token = token.as_deref().unwrap_or(NOBODY);
    let body = json!({ "token": token, "access_token": token, "expires_in": EXPIRES_IN });
    Ok(Answer::new(warp::reply::json(&body)).with(CACHE_CONTROL, "no-store".to_owned()))
}

/// Who is wrong here is asked for a password, and not sent here again.
fn answer(call: &Call<()>, result: Result<Answer, Refusal>) -> Response {
    let has_sent_some = !matches!(call.authorization(), Ok(None));
    let result = result.map_err(|refusal| {
        if refusal.is_about_credentials(has_sent_some) {
            refusal.challenging(BASIC.to_owned(), has_sent_some)
        } else {
            refusal
        }
    });
    call.answer(TEMPLATE, result)
}
