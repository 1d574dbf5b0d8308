//! `GET /v2/{org}/{name}/tags/list`: the versions of a package, each a tag. All of them unless a client asks for pages: some
//! read only the first.

use barre_core::oci::page;
use serde::Serialize;
use warp::Filter;

use super::challenge::respond;
use super::paging::{next, part};
use super::refusal::{Code, Refusal};
use super::repository::{Missing, Repository, scope, tagged};
use crate::api::common::answer::Answer;
use crate::api::common::call::{Call, read};
use crate::api::common::inputs::{Encoding, LinkBase};
use crate::api::common::made::{self, Tag, unneeded};
use crate::api::common::password::reader;
use crate::api::common::path::PathPart;
use crate::api::common::query::{Query, query};
use crate::api::common::route::Route;
use crate::service::read::{Choice, Freshness};

const TEMPLATE: &str = "/v2/{org}/{name}/tags/list";

pub(crate) const ROUTE: Route = Route {
    method: "GET",
    template: TEMPLATE,
    filter: |services| {
        warp::path!("v2" / PathPart / PathPart / "tags" / "list")
            .and(query())
            .and(read(services))
            .then(async |org, name, query, call: Call<(LinkBase, Encoding)>| {
                let LinkBase(base) = &call.inputs.0;
                let listed = list(&call, &org, &name, &query).await;
                respond(&call, TEMPLATE, (base, &scope(&org, &name)), listed)
            })
            .boxed()
    },
};

#[derive(Serialize)]
struct Tags {
    name: String,
    tags: Vec<String>,
}

async fn list(
    call: &Call<(LinkBase, Encoding)>,
    org: &PathPart,
    name: &PathPart,
    query: &Query,
) -> Result<Answer, Refusal> {
    let identity = reader(call).await?;
    let (repository, wanted) = (Repository::parse(org, name)?, part(query)?);
    let listed = call.services.reads.choose(&identity, Freshness::Recent, |view| {
        let package = repository.newest_of(view)?;
        let tagged = package.versions().filter(|(version, _)| tagged(package, version).is_some());
        let tags: Vec<_> = tagged.map(|(version, _)| version.to_string()).collect();
        if tags.is_empty() { Err(Missing::Repository) } else { Ok(Choice::last(tags)) }
    });
    let all = listed.await?.map_err(|missing| repository.refuse(missing, Code::NameUnknown, "a version"))?;
    let (tags, more) = page(all.found, wanted.n, wanted.last.as_deref());
    let link = tags.last().zip(wanted.n).filter(|_| more);
    let link = link.map(|(last, n)| next(&format!("/v2/{}/tags/list", repository.text()), n, last));
    let tag = Tag::of(&tags.iter().map(String::as_str).collect::<Vec<_>>());
    let tags = Tags { name: repository.text(), tags };
    let response = match unneeded(call, &tag)? {
        Some(response) => response,
        None => made::json(call, call.inputs.1, &tag, &tags).await?.0,
    };
    let answer = Answer::new(response);
    Ok(link.into_iter().fold(answer, |answer, (name, text)| answer.with(name, text)))
}
