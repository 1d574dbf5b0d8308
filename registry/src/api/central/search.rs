//! `GET /packages?q=…`: says that there is no search yet, in words that `bal search` prints.

use warp::Filter;

use crate::api::common::call::{Call, read};
use crate::api::common::error::Error;
use crate::api::common::route::Route;

const TEMPLATE: &str = "/2.0/registry/packages";

pub(crate) const ROUTE: Route = Route {
    method: "GET",
    template: TEMPLATE,
    filter: |services| {
        warp::path!("2.0" / "registry" / "packages")
            .and(read(services))
            .then(async |call: Call<()>| {
                let refused = call.reader().await.and_then(|_| {
                    let text = "this registry has no search yet: ask for a package by its name";
                    Err(Error::BadRequest(text.to_owned()))
                });
                call.answer(TEMPLATE, refused)
            })
            .boxed()
    },
};
