//! Copies what somebody asks for, while they wait: the mirrors of a registry whose mode is `PullThrough`.
//!
//! ```text
//! a version is not here, as of now ─► a mirror selects it, or what it brought needs it ─► one asks upstream, however many wait
//!                                                                          └─► copy ─► publish, the same as of a push ─► here
//! ```
//!
//! The name of an organization that somebody else fills, or that has anything private, never leaves the registry. What is here
//! is never asked for, so that nothing that upstream does takes it away. An upstream that fails is left alone for a while.

mod breaker;
mod given;
mod miss;
mod needs;
mod outcome;
mod source;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use barre_contract::mirror::Mode;
use barre_core::package::Coordinates;
use barre_core::resolution::PackageWanted;
use futures::future::{BoxFuture, FutureExt as _, Shared, join_all};
use tokio::time::timeout;

use crate::base::lock::lock;
use crate::service::mirrors::InForce;
use given::AT_ONCE;
pub use given::Given;
use outcome::Outcome;
use source::Source;

/// How long somebody waits: less than an answer may take to begin.
const PATIENCE: Duration = Duration::from_secs(20);
/// Versions of a package that are tried, if the best one may not come in.
const TRIES: usize = 5;

/// Copies what somebody asks for. Cheap to clone.
#[derive(Clone)]
pub struct PullThrough(Arc<Inner>);

struct Inner {
    given: Given,
    sources: Mutex<Sources>,
    flights: Mutex<HashMap<Coordinates, Flight>>,
}

/// The upstreams, as some file told them.
#[derive(Default)]
struct Sources {
    generation: Option<u64>,
    sources: Arc<Vec<Arc<Source>>>,
}

/// A version on its way.
type Flight = Shared<BoxFuture<'static, Outcome>>;

/// Whether a version that was not here is here now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Brought {
    Here,
    /// Why not, where there is more to say. Follows a name.
    Not(Option<String>),
}

/// Nobody knows whether it can be had. The text is for a client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Away(String);

impl PullThrough {
    /// Of the mirrors that a file names, whatever it says by then.
    pub fn new(given: Given) -> Self {
        let (sources, flights) = (Mutex::default(), Mutex::default());
        Self(Arc::new(Inner { given, sources, flights }))
    }

    /// Brings a version that is not here.
    pub async fn bring(&self, wanted: &Coordinates) -> Result<Brought, Away> {
        if self.is_here(wanted) {
            return Ok(Brought::Not(None));
        }
        let state = self.0.given.log.state();
        for source in &*self.sources() {
            if source.is_for(&state, wanted).await {
                return self.fetch(source, wanted).await;
            }
        }
        Ok(Brought::Not(None))
    }

    /// Brings the best version of each package of those that would do, where it is not here; whether any came, and whether of
    /// another one nobody knows.
    pub async fn freshen(&self, wanted: Vec<PackageWanted>) -> (bool, Option<Away>) {
        let state = self.0.given.log.state();
        let mut freshening = Vec::new();
        for wanted in wanted {
            let about = |source: &&Arc<Source>| source.is_about(&state, &wanted.package);
            if let Some(source) = self.sources().iter().find(about) {
                let (this, source) = (self.clone(), Arc::clone(source));
                // It goes on whoever stops waiting for it, so that the next one need not wait as long.
                freshening.push(tokio::spawn(async move { this.freshen_one(&source, &wanted).await }));
            }
        }
        let (mut any, mut away) = (false, None);
        for freshened in join_all(freshening).await {
            match freshened.unwrap_or(Ok(false)) {
                Ok(came) => any |= came,
                Err(unknown) => away = Some(unknown),
            }
        }
        (any, away)
    }

    async fn freshen_one(&self, source: &Arc<Source>, wanted: &PackageWanted) -> Result<bool, Away> {
        let best = source.best(&self.0.given, wanted).await;
        let best = match best {
            Ok(best) => best,
            Err(Outcome::Away(text)) => return Err(Away(text)),
            Err(Outcome::Here | Outcome::NotHere(_)) => return Ok(false),
        };
        let mut away = None;
        for version in best.iter().take(TRIES) {
            if self.is_here(version) {
                return Ok(false);
            }
            match self.fetch(source, version).await {
                Ok(Brought::Here) => return Ok(true),
                Ok(Brought::Not(_)) => {}
                // The next one may be as it should be.
                Err(why) => away = Some(why),
            }
        }
        away.map_or(Ok(false), Err)
    }

    fn is_here(&self, version: &Coordinates) -> bool {
        let state = self.0.given.log.state();
        let package = state.package(&version.org, &version.name);
        package.is_some_and(|package| !package.version(&version.version).is_empty())
    }

    async fn fetch(&self, source: &Arc<Source>, wanted: &Coordinates) -> Result<Brought, Away> {
        let outcome = match source.known(wanted) {
            Some(known) => known,
            None => match self.flight(source, wanted) {
                Ok(flight) => timeout(PATIENCE, flight).await.unwrap_or_else(|_| {
                    Outcome::Away(format!("{wanted} is on its way to this registry: try again in a moment"))
                }),
                Err(refused) => refused,
            },
        };
        match outcome {
            Outcome::Here => Ok(Brought::Here),
            Outcome::NotHere(why) => Ok(Brought::Not(why)),
            Outcome::Away(text) => Err(Away(text)),
        }
    }

    /// The way of a version to here, which goes on whoever stops waiting for it.
    fn flight(&self, source: &Arc<Source>, wanted: &Coordinates) -> Result<Flight, Outcome> {
        let mut flights = lock(&self.0.flights);
        if let Some(flight) = flights.get(wanted) {
            return Ok(flight.clone());
        }
        if flights.len() >= AT_ONCE {
            let text = "too many packages are on their way to this registry: try again in a moment";
            return Err(Outcome::Away(text.to_owned()));
        }
        source.may_ask()?;
        let (this, source, coordinates) = (self.clone(), Arc::clone(source), wanted.clone());
        let bringing = tokio::spawn(async move {
            let outcome = source.bring(&this.0.given, &coordinates).await;
            lock(&this.0.flights).remove(&coordinates);
            outcome
        });
        let this = self.clone();
        let coordinates = wanted.clone();
        let flight = async move {
            bringing.await.unwrap_or_else(|_| {
                lock(&this.0.flights).remove(&coordinates);
                Outcome::Away("this registry failed to bring it: try again".to_owned())
            })
        };
        let flight = flight.boxed().shared();
        flights.insert(wanted.clone(), flight.clone());
        Ok(flight)
    }

    /// The upstreams of now. One that stays as it was forgets how it answered when the file changes.
    fn sources(&self) -> Arc<Vec<Arc<Source>>> {
        let mirrors = &self.0.given.mirrors;
        let mut sources = lock(&self.0.sources);
        if sources.generation != Some(mirrors.generation()) {
            let in_force = mirrors.in_force();
            *sources = Sources { generation: Some(in_force.generation), sources: Arc::new(read(&in_force)) };
        }
        Arc::clone(&sources.sources)
    }
}

fn read(in_force: &InForce) -> Vec<Arc<Source>> {
    let mirrors = in_force.mirrors.mirrors.iter().filter(|mirror| mirror.mode == Mode::PullThrough);
    let sources = mirrors.filter_map(|mirror| match Source::new(mirror, Arc::clone(&in_force.admission)) {
        Ok(source) => Some(Arc::new(source)),
        Err(invalid) => {
            let (mirror, error) = (&mirror.name, &invalid as &dyn std::error::Error);
            tracing::error!(
                mirror,
                error,
                "nothing is pulled through this mirror: its selection cannot be read"
            );
            None
        }
    });
    sources.collect()
}
