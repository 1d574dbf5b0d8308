//! `GET /`: what this is, for somebody who looks at it with a browser, or by the hand of a program.

mod html;
mod start;

use http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use url::Url;
use warp::Filter;

use super::common::answer::Answer;
use super::common::call::{Call, read};
use super::common::error::Error;
use super::common::inputs::{LinkBase, Reader};
use super::common::route::{BASE, Route};

/// The front page.
pub(super) const HOME: Route = Route {
    method: "GET",
    template: "/",
    filter: |services| {
        warp::path::end()
            .and(read(services))
            .map(|call: Call<(Reader, LinkBase)>| call.answer("/", home(&call)))
            .boxed()
    },
};

fn home(call: &Call<(Reader, LinkBase)>) -> Result<Answer, Error> {
    let (reader, LinkBase(base)) = &call.inputs;
    let answer = match reader {
        Reader::Program => Answer::new(text(base)),
        Reader::Browser => {
            let endpoint: Url = base.parse().map_err(|_| {
                Error::BadRequest("the Host of this request is not one that a URL can have".to_owned())
            })?;
            let page = start::page(&endpoint, call.services.anonymous_read);
            Answer::new(warp::reply::html(page))
                .with(CONTENT_SECURITY_POLICY, html::policy())
                .with(REFERRER_POLICY, "no-referrer".to_owned())
        }
    };
    Ok(answer.for_strangers())
}

fn text(base: &str) -> String {
    format!(
        "This is a Ballerina package registry (Barre).\n\n\
         API:    {base}{BASE}\n\
         Token:  set accesstoken under [central] in ~/.ballerina/Settings.toml,\n        \
         or the environment variable BALLERINA_CENTRAL_ACCESS_TOKEN\n"
    )
}
