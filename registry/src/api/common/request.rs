//! What every handler does with a request before its own work.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName};
use warp::Filter;
use warp::reject::Rejection;

use super::client::Client;
use super::error::Error;
use crate::service::identity;
use barre_core::access::{Action, Identity, Target, permission};
use crate::registry::Registry;
use barre_core::state::State;

pub(super) const MIN_SEQ: HeaderName = HeaderName::from_static("barre-min-seq");
/// How long a request waits for the segment that it asks for.
const MIN_SEQ_DEADLINE: Duration = Duration::from_secs(2);

/// A segment of a path, decoded.
#[derive(Debug, Clone)]
pub(super) struct Segment(String);

impl FromStr for Segment {
    type Err = std::str::Utf8Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        percent_encoding::percent_decode_str(text).decode_utf8().map(|text| Self(text.into_owned()))
    }
}

impl Segment {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Passes the registry to a handler.
pub(super) fn with(
    registry: &Arc<Registry>,
) -> impl Filter<Extract = (Arc<Registry>,), Error = Infallible> + Clone + use<> {
    let registry = Arc::clone(registry);
    warp::any().map(move || Arc::clone(&registry))
}

/// GET, and HEAD, which hyper answers with the head alone.
pub(super) fn read() -> impl Filter<Extract = (), Error = Rejection> + Copy {
    warp::get().or(warp::head()).unify()
}

/// Who sends a request. What is certain to be wrong is refused at once; what is merely unknown here may have
/// become known elsewhere.
pub(super) async fn identify(registry: &Registry, headers: &HeaderMap) -> Result<Identity, Error> {
    let presented = auth::credentials(headers)?;
    await_segment(registry, headers).await?;
    let Some(presented) = presented else {
        return Ok(Identity::Anonymous(registry.settings.anonymous_read));
    };
    match registry.tokens.identify(presented, registry.clock.now()) {
        Ok(grant) => Ok(Identity::Token(grant)),
        Err(refused) => {
            registry.log.fresh().await?;
            Err(refused.into())
        }
    }
}

/// A client that may read here at all.
pub(super) async fn reader(registry: &Registry, headers: &HeaderMap) -> Result<Client, Error> {
    let identity = identify(registry, headers).await?;
    if let Err(denied) = permission(&identity, Action::Read, Target::Registry) {
        registry.log.fresh().await?;
        return Err(denied.into());
    }
    Ok(Client::new(identity, headers))
}

/// The state for a list: at most a second old. Public data goes on being served while the store is away.
pub(super) async fn recent(registry: &Registry, client: &Client) -> Result<Arc<State>, Error> {
    match registry.log.recent().await {
        Ok(state) => Ok(state),
        Err(_) if matches!(client.identity, Identity::Anonymous(_)) => Ok(registry.log.state()),
        Err(unavailable) => Err(unavailable.into()),
    }
}

/// The state for one exact version: what is there stays there, so that any state that has it will do.
pub(super) async fn current(registry: &Registry, client: &Client) -> Result<Arc<State>, Error> {
    match client.identity {
        Identity::Anonymous(_) => Ok(registry.log.state()),
        Identity::Token(_) => recent(registry, client).await,
    }
}

/// Waits for the segment that a request wants to see at least.
async fn await_segment(registry: &Registry, headers: &HeaderMap) -> Result<(), Error> {
    let Some(value) = headers.get(MIN_SEQ) else { return Ok(()) };
    let seq = value.to_str().ok().and_then(|text| text.parse::<u64>().ok());
    let seq = seq.ok_or_else(|| Error::BadRequest("Barre-Min-Seq is not a number".to_owned()))?;
    if registry.log.seq() >= seq {
        return Ok(());
    }
    registry.log.fresh().await?;
    let waited = tokio::time::timeout(MIN_SEQ_DEADLINE, registry.log.wait_for(seq)).await;
    waited.map_err(|_| {
        Error::Unavailable(format!("change {seq} of the registry has not arrived here, try again"))
    })
}
