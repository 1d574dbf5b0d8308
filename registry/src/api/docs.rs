//! `PUT /v1/packages/{org}/{name}/{version}/docs`: the `api-docs.json` that `bal doc` writes, for a version that is there.
//! Those that come last count.

use std::sync::Arc;

use barre_core::api_docs::{DOCS_TYPE, MAX_DOCS_BYTES};
use barre_core::package::Version;
use barre_core::release::{AttachedFile, Purpose};
use bytes::Buf;
use futures::Stream;
use http::StatusCode;
use warp::Filter;
use warp::reply::Reply as _;

use crate::api::common::answer::{Answer, Seq};
use crate::api::common::arriving::receive_file;
use crate::api::common::call::{Call, change};
use crate::api::common::error::Error;
use crate::api::common::lookup::{parse, unknown};
use crate::api::common::path::PathPart;
use crate::api::common::route::Route;
use crate::service::publish::Published;
use crate::service::publish::attachment::Attachment;
use crate::service::read::Freshness;

const TEMPLATE: &str = "/v1/packages/{org}/{name}/{version}/docs";

pub(crate) const ROUTE: Route = Route {
    method: "PUT",
    template: TEMPLATE,
    filter: |services| {
        warp::path!("v1" / "packages" / PathPart / PathPart / PathPart / "docs")
            .and(change(services))
            .and(warp::body::stream())
            .then(async |org, name, version, call: Call<()>, body| {
                let taken = take(&call, [&org, &name, &version], body).await;
                call.answer(TEMPLATE, taken.map(attached))
            })
            .boxed()
    },
};

fn attached(published: Published) -> Answer {
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.extensions_mut().insert(Seq(published.seq()));
    Answer::new(response).for_everyone()
}

async fn take<B: Buf>(
    call: &Call<()>,
    path: [&PathPart; 3],
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> Result<Published, Error> {
    let writer = call.writer().await?;
    let [org, name, version] = path;
    let unknown = || unknown(org, name, version);
    let (org, name) = parse(org, name).ok_or_else(unknown)?;
    let version: Version = version.as_str().parse().map_err(|_| unknown())?;
    call.may_publish_to(&writer, &org).await?;
    // Every platform of a version declares the same: the docs lie beside the first one.
    let looked = call.services.reads.look(&writer.identity, Freshness::Exact, |view| {
        view.package(&org, &name)?.version(&version).next().map(Arc::clone)
    });
    let release = looked.await?.ok_or_else(unknown)?;
    let (arrived, turn) = receive_file(call, &writer, ("api-docs.json", MAX_DOCS_BYTES), body).await?;
    let described = AttachedFile {
        purpose: Purpose::Docs,
        media_type: DOCS_TYPE.to_owned(),
        digest: arrived.digest,
        size: arrived.size,
        subject: None,
        declares: Vec::new(),
    };
    let attachment = Attachment { described, bytes: arrived.file };
    Ok(call.services.publisher.attach(&writer.identity, &release, attachment, turn, writer.still()).await?)
}
