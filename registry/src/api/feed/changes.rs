//! `GET /v1/changes`: what happened to the registry since a place in its log, one line for each change that may be seen.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream;
use http::Method;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use sync_wrapper::SyncStream;
use warp::Filter;
use warp::reply::{Reply as _, Response};

use super::line::write;
use super::question::Question;
use super::refusal::Refusal;
use crate::api::common::answer::Answer;
use crate::api::common::call::{Call, read};
use crate::api::common::inputs::Encoding;
use crate::api::common::made::{LINES, late_lines, lines};
use crate::api::common::query::{Query, query};
use crate::api::common::route::Route;
use crate::http::Drain;
use crate::service::read::Changes;

const TEMPLATE: &str = "/v1/changes";

pub(crate) const ROUTE: Route = Route {
    method: "GET",
    template: TEMPLATE,
    filter: |services| {
        warp::path!("v1" / "changes")
            .and(query())
            .and(warp::ext::get::<Drain>())
            .and(read(services))
            .then(async |query, drain, call: Caller| {
                let call = Arc::new(call);
                call.answer(TEMPLATE, tell(&call, &query, drain).await)
            })
            .boxed()
    },
};

type Caller = Call<(Encoding,)>;

async fn tell(call: &Arc<Caller>, query: &Query, drain: Drain) -> Result<Answer, Refusal> {
    let question = Question::read(query)?;
    let changes = ask(call, &question).await?;
    let waits = changes.segments.is_empty() && !question.wait.is_zero() && call.method == Method::GET;
    let response = if waits {
        later(Arc::clone(call), question, drain, changes)
    } else {
        lines(call, call.inputs.0, &|to| write(&changes, question.form, to)).await?
    };
    Ok(Answer::new(response).with(CACHE_CONTROL, "no-store".to_owned()))
}

/// What happened, told to whoever asks at this moment: a token may end while its holder waits.
async fn ask(call: &Caller, question: &Question) -> Result<Changes, Refusal> {
    let identity = call.reader().await?;
    let room = (&call.services.memory, call.ends.peer);
    Ok(call.services.reads.changes(&identity, question.after.as_ref(), question.limit, room).await?)
}

/// An answer whose head goes at once, because that has a limit of time, and whose lines come when something has happened.
fn later(call: Arc<Caller>, question: Question, drain: Drain, nothing: Changes) -> Response {
    let body = stream::once(async move {
        tokio::select! {
            () = call.services.reads.wait_for(nothing.cursor.seq + 1) => {}
            () = tokio::time::sleep(question.wait) => {}
            () = drain.begun() => {}
        }
        Ok::<_, Infallible>(now(&call, &question, nothing).await)
    });
    let mut response = warp::reply::stream(SyncStream::new(body)).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(LINES));
    response
}

/// The lines of an answer that has begun. What went wrong meanwhile cannot be said any more: who asks again is told.
async fn now(call: &Caller, question: &Question, nothing: Changes) -> Bytes {
    let told = ask(call, question).await;
    let told = told.and_then(|changes| Ok(late_lines(call, &|to| write(&changes, question.form, to))?));
    told.unwrap_or_else(|_| {
        let again = Changes { more: true, ..nothing };
        let mut line = Vec::new();
        // Writing to memory does not fail.
        let _ = write(&again, question.form, &mut line);
        line.into()
    })
}
