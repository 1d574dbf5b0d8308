//! `GET /2.0/docs/{org}/{name}/{version}`: the API docs of a version, as they were uploaded. Somebody else's words: a browser
//! that is led here shows nothing of them as a page.

use std::sync::Arc;

use barre_core::api_docs::DOCS_TYPE;
use barre_core::package::Version;
use http::header::CONTENT_SECURITY_POLICY;
use warp::Filter;

use crate::api::common::answer::Answer;
use crate::api::common::call::{Call, read};
use crate::api::common::error::Error;
use crate::api::common::exact;
use crate::api::common::lookup::parse;
use crate::api::common::path::PathPart;
use crate::api::common::route::Route;
use crate::service::read::Freshness;

const TEMPLATE: &str = "/2.0/docs/{org}/{name}/{version}";

pub(crate) const ROUTE: Route = Route {
    method: "GET",
    template: TEMPLATE,
    filter: |services| {
        warp::path!("2.0" / "docs" / PathPart / PathPart / PathPart)
            .and(read(services))
            .then(async |org, name, version, call: Call<()>| {
                call.answer(TEMPLATE, give(&call, [&org, &name, &version]).await)
            })
            .boxed()
    },
};

async fn give(call: &Call<()>, [org, name, version]: [&PathPart; 3]) -> Result<Answer, Error> {
    let identity = call.reader().await?;
    let unknown = || {
        Error::NotFound(format!(
            "this registry has no API documentation of {org}/{name}:{version}: whoever publishes it can upload what `bal \
             doc` writes"
        ))
    };
    let (org, name) = parse(org, name).ok_or_else(unknown)?;
    let version: Version = version.as_str().parse().map_err(|_| unknown())?;
    // Those that came last count.
    let looked = call.services.reads.look(&identity, Freshness::Recent, |view| {
        let (release, docs) = view.package(&org, &name)?.docs(&version)?;
        Some((Arc::clone(release), Arc::clone(docs)))
    });
    let (release, docs) = looked.await?.ok_or_else(unknown)?;
    let pieces = async { Ok(call.services.files.open_attached(&release, &docs, call.ends.peer).await?) };
    let answer = exact::stream::<_, Error>(call, (docs.digest, docs.size), DOCS_TYPE, pieces).await?;
    Ok(answer.with(CONTENT_SECURITY_POLICY, "sandbox".to_owned()))
}
