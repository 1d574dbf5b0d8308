//! `GET /`: what this is, for somebody who looks at it with a browser.

use super::common::answer::Answer;
use super::common::call::{Call, read};
use super::common::error::Error;
use super::common::inputs::LinkBase;
use super::common::route::{BASE, Route};
use warp::Filter;

/// The front page.
pub(super) const HOME: Route = Route {
    method: "GET",
    template: "/",
    filter: |services| {
        warp::path::end()
            .and(read(services))
            .map(|call: Call<(LinkBase,)>| {
                let (LinkBase(base),) = &call.inputs;
                let text = format!(
                    "This is a Ballerina package registry (Barre).\n\n\
                 API:    {base}{BASE}\n\
                 Token:  set accesstoken under [central] in ~/.ballerina/Settings.toml,\n        \
                 or the environment variable BALLERINA_CENTRAL_ACCESS_TOKEN\n"
                );
                call.answer("/", Ok::<_, Error>(Answer::new(text).for_strangers()))
            })
            .boxed()
    },
};
