//! What every handler does with a request before its own work.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use barre_core::access::{Action, Identity, Target, permission, publishes};
use barre_core::package::Org;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, IF_MATCH, IF_NONE_MATCH, IF_RANGE, RANGE};
use http::{HeaderMap, HeaderName, Method};
use warp::Filter;
use warp::reject::Rejection;
use warp::reply::{Reply, Response};

use super::answer::Answer;
use super::error::Error;
use super::inputs::Inputs;
use super::range::Conditions;
use crate::http::Ends;
use crate::service::Services;
use crate::service::identity::{Identities, Presented, Refused};

const MIN_SEQ: HeaderName = HeaderName::from_static("barre-min-seq");
/// The headers that decide whether there is an answer, or how much of it: those that a [`Call`] reads besides its inputs.
/// A request with one of them is never given a kept answer.
pub(super) const REFUSING: [HeaderName; 6] =
    [AUTHORIZATION, MIN_SEQ, IF_MATCH, IF_NONE_MATCH, IF_RANGE, RANGE];

/// How long a request waits for the segment that it asks for.
const MIN_SEQ_DEADLINE: Duration = Duration::from_secs(2);

/// A request to read something, as far as its handler sees it: `I` is what it declares that its answer depends on.
pub(crate) struct Call<I> {
    pub(crate) services: Arc<Services>,
    pub(crate) method: Method,
    pub(crate) inputs: I,
    /// The connection that it came by.
    pub(crate) ends: Ends,
    headers: HeaderMap,
}

/// Who wants to change something.
pub(crate) struct Writer {
    pub(crate) identity: Identity,
    presented: Option<Presented>,
    identities: Identities,
}

impl Writer {
    /// Who presents this, in a request with these headers.
    async fn identify(
        services: &Services,
        headers: &HeaderMap,
        presented: Option<Presented>,
    ) -> Result<Self, Error> {
        let identities = services.identities.clone();
        let identity = identities.identify(presented).await?;
        await_segment(services, headers).await?;
        Ok(Self { identity, presented, identities })
    }

    /// Whether it is still the same one, asked once the body has come: that may take longer than a token lives.
    pub(crate) fn still(&self) -> impl FnOnce() -> Result<Identity, Refused> + Send + 'static {
        let (identities, presented) = (self.identities.clone(), self.presented);
        move || identities.again(presented)
    }
}

impl<I: Inputs> Call<I> {
    /// Who asks, if that may read here at all.
    pub(crate) async fn reader(&self) -> Result<Identity, Error> {
        self.reader_who(credentials(&self.headers)?).await
    }

    /// Who presents this, if that may read here at all.
    pub(crate) async fn reader_who(&self, presented: Option<Presented>) -> Result<Identity, Error> {
        let identity = self.services.identities.reader(presented).await?;
        // Nobody waits, and nothing is read for anybody, who is not let in.
        await_segment(&self.services, &self.headers).await?;
        Ok(identity)
    }

    /// The credentials as they were sent, where there are any.
    pub(crate) fn authorization(&self) -> Result<Option<&str>, Refused> {
        authorization(&self.headers)
    }

    /// Who wants to change something, if that may change anything at all.
    pub(crate) async fn writer(&self) -> Result<Writer, Error> {
        self.writer_who(credentials(&self.headers)?).await
    }

    /// Who presents this, if that may change anything at all.
    pub(crate) async fn writer_who(&self, presented: Option<Presented>) -> Result<Writer, Error> {
        let writer = self.identify(presented).await?;
        if let Err(denied) = publishes(&writer.identity) {
            self.services.reads.catch_up().await?;
            return Err(denied.into());
        }
        Ok(writer)
    }

    /// Who presents this, in a request that is no read.
    pub(crate) async fn identify(&self, presented: Option<Presented>) -> Result<Writer, Error> {
        Writer::identify(&self.services, &self.headers, presented).await
    }

    /// Whether somebody may publish to this organization, or why not: before anything of it is received.
    pub(crate) async fn may_publish_to(&self, writer: &Writer, org: &Org) -> Result<(), Error> {
        let Err(denied) = permission(&writer.identity, Action::Publish, Target::Organization(org)) else {
            return Ok(());
        };
        // Nobody is refused on the word of an old state.
        self.services.reads.catch_up().await?;
        Err(denied.into())
    }

    /// What its head says of the body, in this header.
    pub(crate) fn content(&self, header: &HeaderName) -> Option<&str> {
        self.headers.get(header)?.to_str().ok()
    }

    /// How many bytes its body has, where its head says so.
    pub(crate) fn content_length(&self) -> Option<u64> {
        self.content(&CONTENT_LENGTH)?.parse().ok()
    }

    /// Which part of a body is wanted, and what the client has of it.
    pub(crate) fn conditions(&self) -> Conditions<'_> {
        Conditions(&self.headers)
    }

    /// The answer of the route with this template, which varies with what this call declares.
    pub(crate) fn answer(&self, template: &'static str, result: Result<Answer, impl Reply>) -> Response {
        Answer::finish(template, &self.inputs, result)
    }
}

/// GET, and HEAD, which hyper answers with the head alone.
pub(crate) fn read<I: Inputs>(
    services: &Arc<Services>,
) -> impl Filter<Extract = (Call<I>,), Error = Rejection> + Clone + use<I> {
    call(warp::get().or(warp::head()).unify(), services)
}

/// POST, of a question that is too long for a path; its body follows.
pub(crate) fn ask<I: Inputs>(
    services: &Arc<Services>,
) -> impl Filter<Extract = (Call<I>,), Error = Rejection> + Clone + use<I> {
    call(warp::post(), services)
}

/// PUT, of a change to what is there; its body follows.
pub(crate) fn change<I: Inputs>(
    services: &Arc<Services>,
) -> impl Filter<Extract = (Call<I>,), Error = Rejection> + Clone + use<I> {
    call(warp::put(), services)
}

/// PATCH, of something that comes bit by bit; the next bit follows.
pub(crate) fn append<I: Inputs>(
    services: &Arc<Services>,
) -> impl Filter<Extract = (Call<I>,), Error = Rejection> + Clone + use<I> {
    call(warp::patch(), services)
}

/// DELETE.
pub(crate) fn delete<I: Inputs>(
    services: &Arc<Services>,
) -> impl Filter<Extract = (Call<I>,), Error = Rejection> + Clone + use<I> {
    call(warp::delete(), services)
}

fn call<I: Inputs, M: Filter<Extract = (), Error = Rejection> + Clone>(
    methods: M,
    services: &Arc<Services>,
) -> impl Filter<Extract = (Call<I>,), Error = Rejection> + Clone + use<I, M> {
    let services = with(services);
    methods
        .and(warp::method())
        .and(services)
        .and(warp::header::headers_cloned())
        .and(warp::ext::get::<Ends>())
        .map(|method: Method, services: Arc<Services>, headers: HeaderMap, ends: Ends| {
            let inputs = I::read(&headers, &services.links, ends);
            Call { services, method, inputs, ends, headers }
        })
}

/// Passes the services to a handler.
pub(crate) fn with(
    services: &Arc<Services>,
) -> impl Filter<Extract = (Arc<Services>,), Error = Infallible> + Clone + use<> {
    let services = Arc::clone(services);
    warp::any().map(move || Arc::clone(&services))
}

/// Who sends a request that is no read.
pub(crate) async fn identify_with(services: &Services, headers: &HeaderMap) -> Result<Writer, Error> {
    Writer::identify(services, headers, credentials(headers)?).await
}

/// Reads the credentials of a request; `None` when there are none.
fn credentials(headers: &HeaderMap) -> Result<Option<Presented>, Refused> {
    let Some(text) = authorization(headers)? else { return Ok(None) };
    let (scheme, secret) = text.split_once(' ').ok_or(Refused::Malformed)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refused::Malformed);
    }
    Presented::from_secret(secret.trim()).map(Some)
}

/// The one header in which credentials are.
fn authorization(headers: &HeaderMap) -> Result<Option<&str>, Refused> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Refused::Malformed);
    }
    value.to_str().map(Some).map_err(|_| Refused::Malformed)
}

/// Waits for the segment that a request wants to see at least.
async fn await_segment(services: &Services, headers: &HeaderMap) -> Result<(), Error> {
    let Some(value) = headers.get(MIN_SEQ) else { return Ok(()) };
    let seq = value.to_str().ok().and_then(|text| text.parse::<u64>().ok());
    let seq = seq.ok_or_else(|| Error::BadRequest("Barre-Min-Seq is not a number".to_owned()))?;
    if services.reads.seq() >= seq {
        return Ok(());
    }
    services.reads.catch_up().await?;
    let waited = tokio::time::timeout(MIN_SEQ_DEADLINE, services.reads.wait_for(seq)).await;
    waited.map_err(|_| {
        Error::Unavailable(format!("change {seq} of the registry has not arrived here, try again"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&str]) -> Result<Option<Presented>, Refused> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, value.parse().unwrap());
        }
        credentials(&headers)
    }

    #[test]
    fn tokens_that_could_be() {
        let ours = format!("Bearer barre_{}", "a".repeat(43));
        for good in ["Bearer secret", "bearer  secret", &ours, "Bearer a.b~c+/="] {
            assert!(read(&[good]).unwrap().is_some(), "{good}");
        }
        assert_eq!(read(&["Bearer secret"]), Presented::from_secret("secret").map(Some));
        assert_eq!(read(&[]), Ok(None));
    }

    #[test]
    fn tokens_that_cannot_be() {
        let long = format!("Bearer {}", "x".repeat(1025));
        let wrong = format!("Bearer barre_{}!", "a".repeat(42));
        for bad in [
            "",
            "Bearer",
            "Bearer ",
            "Basic abc",
            "secret",
            "Bearer a b",
            "Bearer barre_short",
            &long,
            &wrong,
        ] {
            assert_eq!(read(&[bad]), Err(Refused::Malformed), "{bad}");
        }
        assert_eq!(read(&["Bearer a", "Bearer b"]), Err(Refused::Malformed));
    }
}
