//! `/v2/{org}/{name}/blobs/uploads/{session}`: how far a blob has come (GET), its next chunk (PATCH), its end (PUT), and that
//! it is given up (DELETE). Chunks come in order, each once.

use barre_core::oci::InvalidDigest;
use bytes::Buf;
use futures::Stream;
use http::StatusCode;
use http::header::CONTENT_RANGE;
use uuid::Uuid;
use warp::Filter;

use super::challenge::respond;
use super::pusher::{pusher, receive};
use super::refusal::{Code, Refusal};
use super::repository::{Repository, push_scope};
use super::uploads::{go_on, place, taken, where_it_is};
use crate::api::common::answer::Answer;
use crate::api::common::call::{Call, Writer, append, change, delete, read};
use crate::api::common::inputs::LinkBase;
use crate::api::common::path::PathPart;
use crate::api::common::query::{Query, query};
use crate::api::common::route::Route;
use crate::service::publish::staging::{Session, StagingError};
use crate::service::publish::{Arrived, Turn};

const TEMPLATE: &str = "/v2/{org}/{name}/blobs/uploads/{session}";

pub(crate) const STATUS_ROUTE: Route = Route {
    method: "GET",
    template: TEMPLATE,
    filter: |services| {
        warp::path!("v2" / PathPart / PathPart / "blobs" / "uploads" / PathPart)
            .and(read(services))
            .then(async |org, name, session, call: Call<(LinkBase,)>| {
                let LinkBase(base) = &call.inputs.0;
                let told = tell(&call, [&org, &name, &session]).await;
                respond(&call, TEMPLATE, (base, &push_scope(&org, &name)), told)
            })
            .boxed()
    },
};

pub(crate) const CHUNK_ROUTE: Route = Route {
    method: "PATCH",
    template: TEMPLATE,
    filter: |services| {
        warp::path!("v2" / PathPart / PathPart / "blobs" / "uploads" / PathPart)
            .and(append(services))
            .and(warp::body::stream())
            .then(async |org, name, session, call: Call<(LinkBase,)>, body| {
                let LinkBase(base) = &call.inputs.0;
                let added = add(&call, [&org, &name, &session], body).await;
                respond(&call, TEMPLATE, (base, &push_scope(&org, &name)), added)
            })
            .boxed()
    },
};

pub(crate) const END_ROUTE: Route = Route {
    method: "PUT",
    template: TEMPLATE,
    filter: |services| {
        warp::path!("v2" / PathPart / PathPart / "blobs" / "uploads" / PathPart)
            .and(query())
            .and(change(services))
            .and(warp::body::stream())
            .then(async |org, name, session, query, call: Call<(LinkBase,)>, body| {
                let LinkBase(base) = &call.inputs.0;
                let ended = end(&call, [&org, &name, &session], &query, body).await;
                respond(&call, TEMPLATE, (base, &push_scope(&org, &name)), ended)
            })
            .boxed()
    },
};

pub(crate) const GIVE_UP_ROUTE: Route = Route {
    method: "DELETE",
    template: TEMPLATE,
    filter: |services| {
        warp::path!("v2" / PathPart / PathPart / "blobs" / "uploads" / PathPart)
            .and(delete(services))
            .then(async |org, name, session, call: Call<(LinkBase,)>| {
                let LinkBase(base) = &call.inputs.0;
                let given_up = give_up(&call, [&org, &name, &session]).await;
                respond(&call, TEMPLATE, (base, &push_scope(&org, &name)), given_up)
            })
            .boxed()
    },
};

/// A session, and who goes on with it.
struct Going {
    repository: Repository,
    writer: Writer,
    session: Session,
}

impl Going {
    async fn find(call: &Call<(LinkBase,)>, [org, name, session]: [&PathPart; 3]) -> Result<Self, Refusal> {
        let repository = Repository::to_push(org, name)?;
        let writer = pusher(call, &repository).await?;
        let id: Uuid = session.as_str().parse().map_err(|_| StagingError::NoSession)?;
        let session = call.services.publisher.session(&repository.0, id).await?;
        Ok(Self { repository, writer, session })
    }

    /// Takes the chunk in a body, if it is the next one.
    async fn receive<B: Buf>(
        &self,
        call: &Call<(LinkBase,)>,
        body: impl Stream<Item = Result<B, warp::Error>>,
    ) -> Result<(Arrived, Turn), Refusal> {
        let range = call.content(&CONTENT_RANGE).map(range).transpose()?;
        let size = self.session.size;
        if range.is_some_and(|(begin, _)| begin != size) {
            return Err(self.out_of_order(size));
        }
        let left = call.services.max_package_size.saturating_sub(size);
        let (arrived, turn) = receive(call, &self.writer, body, left).await?;
        if range.is_some_and(|(begin, end)| (end - begin).checked_add(1) != Some(arrived.size)) {
            let text = format!("the chunk has {} bytes, which is not what Content-Range says", arrived.size);
            return Err(Refusal::bad(Code::SizeInvalid, text));
        }
        Ok((arrived, turn))
    }

    fn out_of_order(&self, size: u64) -> Refusal {
        let refusal = Refusal::from(StagingError::OutOfOrder { size });
        where_it_is(&self.repository, self.session.id, size)
            .into_iter()
            .fold(refusal, |refusal, (name, text)| refusal.with(name, text))
    }

    /// Why it does not go on: who is out of order is told where it is.
    fn refuse(&self, error: StagingError) -> Refusal {
        match error {
            StagingError::OutOfOrder { size } => self.out_of_order(size),
            other => other.into(),
        }
    }
}

async fn tell(call: &Call<(LinkBase,)>, path: [&PathPart; 3]) -> Result<Answer, Refusal> {
    let Going { repository, session, .. } = Going::find(call, path).await?;
    Ok(place(StatusCode::NO_CONTENT, &repository, &session))
}

async fn add<B: Buf>(
    call: &Call<(LinkBase,)>,
    path: [&PathPart; 3],
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> Result<Answer, Refusal> {
    let going = Going::find(call, path).await?;
    let (arrived, _turn) = going.receive(call, body).await?;
    let added = call.services.publisher.append(&going.repository.0, going.session.clone(), arrived).await;
    Ok(go_on(&going.repository, &added.map_err(|error| going.refuse(error))?))
}

async fn end<B: Buf>(
    call: &Call<(LinkBase,)>,
    path: [&PathPart; 3],
    query: &Query,
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> Result<Answer, Refusal> {
    let going = Going::find(call, path).await?;
    let digest = query.get("digest").unwrap_or_default().parse().map_err(|_| InvalidDigest)?;
    let (arrived, _turn) = going.receive(call, body).await?;
    let publisher = &call.services.publisher;
    let finished = publisher.finish(&going.repository.0, going.session.clone(), arrived, digest).await;
    finished.map_err(|error| going.refuse(error))?;
    Ok(taken(&going.repository, digest))
}

async fn give_up(call: &Call<(LinkBase,)>, path: [&PathPart; 3]) -> Result<Answer, Refusal> {
    let Going { repository, session, .. } = Going::find(call, path).await?;
    call.services.publisher.give_up(&repository.0, session.id).await?;
    Ok(Answer::new(StatusCode::NO_CONTENT))
}

/// The first and the last byte of a chunk: `0-99`, as OCI has it, or as HTTP does.
fn range(text: &str) -> Result<(u64, u64), Refusal> {
    let text = text.trim();
    let bytes = text.strip_prefix("bytes ").unwrap_or(text);
    let ends = bytes.split('/').next().and_then(|range| range.split_once('-'));
    let parsed = ends.and_then(|(begin, end)| Some((begin.parse().ok()?, end.parse().ok()?)));
    let text = "Content-Range is not the first and the last byte of the chunk, such as 0-99";
    parsed.filter(|(begin, end)| begin <= end).ok_or_else(|| Refusal::bad(Code::BlobUploadInvalid, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_clients_write_them() {
        for (text, expected) in [
            ("0-99", Some((0, 99))),
            ("bytes 100-199/200", Some((100, 199))),
            ("5-5", Some((5, 5))),
            ("9-5", None),
            ("5", None),
            ("bytes=0-1", None),
            ("-1", None),
        ] {
            assert_eq!(range(text).ok(), expected, "{text}");
        }
    }
}
