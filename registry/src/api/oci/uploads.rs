//! `POST /v2/{org}/{name}/blobs/uploads`: a blob on its way in, at once or in a session.
//!
//! Nothing is mounted from other repositories: what belongs to one package belongs to no other, and its bytes say to which.

use barre_core::digest::Digest;
use barre_core::oci::InvalidDigest;
use bytes::Buf;
use futures::Stream;
use http::StatusCode;
use http::header::{HeaderName, LOCATION, RANGE};
use uuid::Uuid;
use warp::Filter;

use super::challenge::respond;
use super::content::CONTENT_DIGEST;
use super::pusher::{pusher, receive};
use super::refusal::Refusal;
use super::repository::{Repository, push_scope};
use crate::api::common::answer::Answer;
use crate::api::common::call::{Call, ask};
use crate::api::common::inputs::LinkBase;
use crate::api::common::path::PathPart;
use crate::api::common::query::{Query, query};
use crate::api::common::route::Route;
use crate::service::publish::staging::Session;

const TEMPLATE: &str = "/v2/{org}/{name}/blobs/uploads";
/// What older clients tell sessions apart by.
const UPLOAD_UUID: HeaderName = HeaderName::from_static("docker-upload-uuid");
const CHUNK_MIN_LENGTH: HeaderName = HeaderName::from_static("oci-chunk-min-length");

pub(crate) const ROUTE: Route = Route {
    method: "POST",
    template: TEMPLATE,
    filter: |services| {
        warp::path!("v2" / PathPart / PathPart / "blobs" / "uploads")
            .and(query())
            .and(ask(services))
            .and(warp::body::stream())
            .then(async |org, name, query, call: Call<(LinkBase,)>, body| {
                let LinkBase(base) = &call.inputs.0;
                let taken = take(&call, [&org, &name], &query, body).await;
                respond(&call, TEMPLATE, (base, &push_scope(&org, &name)), taken)
            })
            .boxed()
    },
};

async fn take<B: Buf>(
    call: &Call<(LinkBase,)>,
    [org, name]: [&PathPart; 2],
    query: &Query,
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> Result<Answer, Refusal> {
    let repository = Repository::to_push(org, name)?;
    let writer = pusher(call, &repository).await?;
    let publisher = &call.services.publisher;
    let Some(digest) = query.get("digest") else {
        let session = publisher.begin(&repository.0).await?;
        let least = publisher.least_chunk().to_string();
        return Ok(go_on(&repository, &session).with(CHUNK_MIN_LENGTH, least));
    };
    let digest = digest.parse().map_err(|_| InvalidDigest)?;
    let (arrived, _turn) = receive(call, &writer, body, call.services.max_package_size).await?;
    publisher.stage(&repository.0, arrived, digest).await?;
    Ok(taken(&repository, digest))
}

/// The answer to what is not the end of a blob.
pub(super) fn go_on(repository: &Repository, session: &Session) -> Answer {
    place(warp::reply::with_status(warp::reply(), StatusCode::ACCEPTED), repository, session)
}

/// An answer that says where a session is, and how far.
pub(super) fn place(reply: impl warp::Reply, repository: &Repository, session: &Session) -> Answer {
    let answer = Answer::new(reply).with(UPLOAD_UUID, session.id.to_string());
    where_it_is(repository, session.id, session.size)
        .into_iter()
        .fold(answer, |answer, (name, text)| answer.with(name, text))
}

/// The same as headers. Of an empty session clients expect one byte.
pub(super) fn where_it_is(repository: &Repository, session: Uuid, size: u64) -> [(HeaderName, String); 2] {
    let location = format!("/v2/{}/blobs/uploads/{}", repository.text(), session);
    [(LOCATION, location), (RANGE, format!("0-{}", size.saturating_sub(1)))]
}

/// The answer to a whole blob.
pub(super) fn taken(repository: &Repository, digest: Digest) -> Answer {
    Answer::new(warp::reply::with_status(warp::reply(), StatusCode::CREATED))
        .with(LOCATION, format!("/v2/{}/blobs/{digest}", repository.text()))
        .with(CONTENT_DIGEST, digest.to_string())
}
