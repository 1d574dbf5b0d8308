//! `GET /packages/{org}/{name}`: the versions that the client can use, newest first.

use barre_core::package::Version;
use warp::Filter;

use super::form::described;
use crate::api::common::answer::Answer;
use crate::api::common::call::{Call, read};
use crate::api::common::error::Error;
use crate::api::common::inputs::Encoding;
use crate::api::common::lookup::parse;
use crate::api::common::made::{self, Tag, unneeded};
use crate::api::common::path::PathPart;
use crate::api::common::route::Route;
use crate::service::read::{Client, Freshness};

const TEMPLATE: &str = "/2.0/registry/packages/{org}/{name}";

pub(crate) const ROUTE: Route = Route {
    method: "GET",
    template: TEMPLATE,
    filter: |services| {
        warp::path!("2.0" / "registry" / "packages" / PathPart / PathPart)
            .and(read(services))
            .then(async |org, name, call: Call<(Client, Encoding)>| {
                call.answer(TEMPLATE, list(&call, &org, &name).await)
            })
            .boxed()
    },
};

async fn list(call: &Call<(Client, Encoding)>, org: &PathPart, name: &PathPart) -> Result<Answer, Error> {
    let identity = call.reader().await?;
    let (client, encoding) = &call.inputs;
    let unknown = || Error::NotFound(format!("package not found: {org}/{name}:*_{}", client.platforms()));
    let Some((org, name)) = parse(org, name) else { return Err(unknown()) };
    let listed = call.services.reads.look(&identity, Freshness::Recent, |view| {
        let versions: Vec<String> =
            client.versions(&view.newest_of(&org, &name)?).into_iter().map(Version::to_string).collect();
        (!versions.is_empty()).then_some(versions)
    });
    let versions = listed.await?.ok_or_else(unknown)?;
    let tag = Tag::of(&versions.iter().map(String::as_str).collect::<Vec<_>>());
    let response = match unneeded(call, &tag)? {
        Some(response) => response,
        None => made::json(call, *encoding, &tag, &versions).await?.0,
    };
    Ok(Answer::new(described(response)))
}
