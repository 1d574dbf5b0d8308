//! An answer, and what may be done with it.

use std::convert::Infallible;

use bytes::Bytes;
use futures::stream;
use http::header::{HeaderName, HeaderValue, VARY};
use uuid::Uuid;
use warp::reply::{Reply, Response};

use super::inputs::Inputs;
use crate::http::RouteTemplate;
use crate::service::files::Pieces;

/// The last segment of the log that an answer knows.
pub(crate) const SEQ: HeaderName = HeaderName::from_static("barre-seq");
/// The digest of a bala, in the header that `bal` sends and reads.
pub(crate) const DIGEST: HeaderName = HeaderName::from_static("digest");

/// The segment that an answer knows at least.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seq(pub(crate) u64);

/// An answer with this in its extensions does not say how far the log is: whoever is not let in may get it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unplaced;

/// What a handler answers.
pub(crate) struct Answer {
    response: Response,
    keep: Option<Keep>,
    audience: Audience,
}

/// Whom an answer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Audience {
    /// Whoever sends the same credentials.
    Caller,
    Everyone,
}

/// An answer with this in its extensions may be given again, with this body.
#[derive(Debug, Clone)]
pub(crate) enum Keep {
    Bytes(Bytes),
    /// The bala in this folder, while it is in memory.
    Bala(Uuid),
}

impl Answer {
    /// An answer that is made anew each time.
    pub(crate) fn new(reply: impl Reply) -> Self {
        Self { response: reply.into_response(), keep: None, audience: Audience::Caller }
    }

    /// It follows from the state, the path and the declared inputs alone: it may be given again.
    pub(crate) fn keep(self, keep: Keep) -> Self {
        Self { keep: Some(keep), ..self }
    }

    /// The same for everybody, also for those who are not let in.
    pub(crate) fn for_strangers(self) -> Self {
        self.also_for_strangers().for_everyone()
    }

    /// Also those who are not let in get an answer here, with what is for them.
    pub(crate) fn also_for_strangers(mut self) -> Self {
        self.response.extensions_mut().insert(Unplaced);
        self
    }

    /// Everybody gets the same, with whatever credentials.
    pub(crate) fn for_everyone(self) -> Self {
        Self { audience: Audience::Everyone, ..self }
    }

    /// With one more header.
    pub(crate) fn with(mut self, name: HeaderName, text: String) -> Self {
        self.response.headers_mut().insert(name, value(text));
        self
    }

    /// The answer of the route with this template, whose handler declares these inputs.
    pub(crate) fn finish<I: Inputs>(
        template: &'static str,
        _: &I,
        result: Result<Self, impl Reply>,
    ) -> Response {
        let mut response = match result {
            Ok(Self { mut response, keep, audience }) => {
                let vary = vary::<I>(audience);
                if !vary.is_empty() {
                    response.headers_mut().insert(VARY, value(vary));
                }
                if let Some(keep) = keep {
                    response.extensions_mut().insert(keep);
                }
                response
            }
            Err(error) => error.into_response(),
        };
        response.extensions_mut().insert(RouteTemplate(template));
        response
    }
}

fn vary<I: Inputs>(audience: Audience) -> String {
    let credentials = (audience == Audience::Caller).then_some("Authorization");
    I::vary().into_iter().chain(credentials).collect::<Vec<_>>().join(", ")
}

/// Our own text as a header: names and versions are ASCII without control characters.
pub(crate) fn value(text: String) -> HeaderValue {
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// An answer with these bytes, which are not copied.
pub(crate) fn body(pieces: &Pieces) -> Response {
    let mut pieces = pieces.iter();
    match (pieces.len(), pieces.next()) {
        (_, None) => Response::default(),
        (1, Some(piece)) => Response::new(piece.into()),
        (_, Some(first)) => {
            let all = std::iter::once(first).chain(pieces).map(Ok::<_, Infallible>);
            warp::reply::stream(stream::iter(all)).into_response()
        }
    }
}
