//! One upstream of which is copied what somebody asks for.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Display;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use barre_contract::mirror::{Mirror, Protocol};
use barre_core::access::{self, Identity};
use barre_core::admission::{Admission, Facts};
use barre_core::mirror::{Fact, Found, Invalid, Pull, Question, Selection, Verdict};
use barre_core::package::{Coordinates, Org, PackageId, Version};
use barre_core::release::Origin;
use barre_core::resolution::PackageWanted;
use barre_core::state::State;
use jiff::Timestamp;
use moka::{future, sync};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::breaker::Breaker;
use super::given::{AT_ONCE, Given};
use super::miss::{Miss, answer};
use super::needs::Needs;
use super::outcome::Outcome;
use crate::base::lock::lock;
use crate::service::mirror::copy::Copier;
use crate::service::mirror::end::chain;
use crate::service::mirror::transport::Transport;
use crate::service::mirror::upstream::{Before, Upstream};
use crate::service::publish::deprecation::Versions;

/// How long an answer of upstream may take to begin, whatever a mirror says: somebody waits for it.
const PATIENCE_SECONDS: u32 = 10;
/// How long the same connections, token and certificates are used.
const FRESH: Duration = Duration::from_mins(5);
/// How long all of it may take: who waits is told to ask again, and finds it then.
const DEADLINE: Duration = Duration::from_mins(10);
/// So many versions are kept that are not there, and so many in all lists of those that are.
const ABSENT: u64 = 10_000;
const LISTED: u64 = 200_000;

/// One upstream.
pub(super) struct Source {
    mirror: Mirror,
    author: access::Mirror,
    origin: Origin,
    selection: Selection,
    admission: Arc<Admission>,
    breaker: Mutex<Breaker>,
    /// What could not be had a moment ago.
    absent: sync::Cache<Coordinates, Outcome>,
    /// What upstream said a while ago that it has of a package.
    versions: future::Cache<PackageId, Arc<BTreeSet<Version>>>,
    /// Lists that are asked for at the same time.
    lists: Semaphore,
    /// Which organizations upstream may hear of, as of one segment of the log.
    hears: Mutex<(u64, HashMap<Org, bool>)>,
    needs: Needs,
    /// Since when it is open.
    transport: tokio::sync::Mutex<Option<(Instant, Transport)>>,
}

impl Source {
    pub(super) fn new(mirror: &Mirror, admission: Arc<Admission>) -> Result<Self, Invalid> {
        let selection = Selection::read(&mirror.selection)?;
        let mut mirror = mirror.clone();
        // Another Barre answers Central's questions as well, and its feed tells more than one version.
        mirror.upstream.protocol = Protocol::Central;
        mirror.upstream.timeout_seconds = mirror.upstream.timeout_seconds.min(PATIENCE_SECONDS);
        // Who waits tries again.
        mirror.transfer.max_retries = 0;
        let time = |seconds: u32| Duration::from_secs(seconds.into());
        let (kept, absent) =
            (time(mirror.cache.metadata_ttl_seconds), time(mirror.cache.negative_ttl_seconds));
        Ok(Self {
            author: access::Mirror { id: mirror.id.clone(), name: mirror.name.clone() },
            origin: Origin::Mirror(mirror.id.clone()),
            needs: Needs::new(selection.clone(), mirror.id.clone()),
            selection,
            admission,
            breaker: Mutex::default(),
            absent: sync::Cache::builder().max_capacity(ABSENT).time_to_live(absent).build(),
            versions: future::Cache::builder()
                .max_capacity(LISTED)
                .weigher(|_, versions: &Arc<BTreeSet<Version>>| weight(versions.len()))
                .time_to_live(kept)
                .build(),
            lists: Semaphore::new(AT_ONCE),
            hears: Mutex::default(),
            transport: tokio::sync::Mutex::default(),
            mirror,
        })
    }

    /// Whether it is asked for this version.
    pub(super) async fn is_for(&self, state: &Arc<State>, wanted: &Coordinates) -> bool {
        self.hears(state, &wanted.org)
            && (self.selection.takes(wanted) || self.needs.at(state).await.contains(wanted))
    }

    /// Whether it is asked for the versions of this package.
    pub(super) fn is_about(&self, state: &State, package: &PackageId) -> bool {
        self.selection.takes_of(package) && self.hears(state, &package.org)
    }

    fn hears(&self, state: &State, org: &Org) -> bool {
        let mut hears = lock(&self.hears);
        if hears.0 != state.seq() {
            *hears = (state.seq(), HashMap::new());
        }
        *hears.1.entry(org.clone()).or_insert_with(|| state.may_be_asked(org, &self.mirror.id))
    }

    /// Which of upstream's versions somebody would get who asks for these, the best one first. Upstream is asked once in a while.
    pub(super) async fn best(
        &self,
        given: &Given,
        wanted: &PackageWanted,
    ) -> Result<Vec<Coordinates>, Outcome> {
        let PackageWanted { package, range } = wanted;
        let versions = self.versions.try_get_with(package.clone(), self.list(given, package)).await;
        let versions = versions.map_err(|outcome| (*outcome).clone())?;
        Ok(self.selection.best(package, &versions, range))
    }

    async fn list(&self, given: &Given, package: &PackageId) -> Result<Arc<BTreeSet<Version>>, Outcome> {
        let Ok(_turn) = self.lists.try_acquire() else {
            let text = "too much is asked of upstreams at the moment: try again in a moment";
            return Err(Outcome::Away(text.to_owned()));
        };
        self.may_ask()?;
        let question = Question::Versions(package.clone());
        match self.facts(given, question).await {
            Ok(Fact::Versions(_, versions)) => {
                lock(&self.breaker).answered();
                Ok(Arc::new(versions))
            }
            Ok(_) => Err(self.failed(package, Miss::Wrong("it says something else".to_owned()))),
            Err(miss) => Err(self.failed(package, miss)),
        }
    }

    /// The answer to one question.
    async fn facts(&self, given: &Given, question: Question) -> Result<Fact, Miss> {
        let upstream = self.open(given, self.transport(given).await?).await?;
        answer(&upstream, question).await
    }

    async fn open(&self, given: &Given, transport: Transport) -> Result<Upstream, Miss> {
        let platforms = self.selection.platforms().iter().cloned().collect();
        let (state, now) = (given.log.state(), given.log.now());
        let before = Before { state, cursor: None, now, watches: false, platforms };
        Ok(Upstream::open(&self.mirror, transport, before).await?)
    }

    /// What could not be had a moment ago cannot be had now.
    pub(super) fn known(&self, wanted: &Coordinates) -> Option<Outcome> {
        self.absent.get(wanted)
    }

    /// Whether upstream is worth asking.
    pub(super) fn may_ask(&self) -> Result<(), Outcome> {
        lock(&self.breaker).ask(Instant::now()).map_err(|_| {
            Outcome::Away(format!(
                "this package comes from {}, which fails at the moment: try again later",
                self.mirror.name
            ))
        })
    }

    /// Brings a version, as far as it may come in.
    pub(super) async fn bring(&self, given: &Given, wanted: &Coordinates) -> Outcome {
        let brought = tokio::time::timeout(DEADLINE, self.ask(given, wanted)).await;
        let outcome = brought.unwrap_or_else(|_| Err(Miss::Away("it takes too long".to_owned(), None)));
        match outcome {
            Ok(outcome) => {
                lock(&self.breaker).answered();
                if outcome != Outcome::Here {
                    self.absent.insert(wanted.clone(), outcome.clone());
                }
                outcome
            }
            Err(miss) => self.missed(wanted, miss),
        }
    }

    fn missed(&self, wanted: &Coordinates, miss: Miss) -> Outcome {
        let is_kept = matches!(miss, Miss::Wrong(_));
        let outcome = self.failed(wanted, miss);
        if is_kept {
            self.absent.insert(wanted.clone(), outcome.clone());
        }
        outcome
    }

    /// Takes note of a failure, for those who ask next. Why it failed may tell of addresses and paths, and is for the log alone.
    fn failed(&self, what: &impl Display, miss: Miss) -> Outcome {
        let why = match miss {
            Miss::Away(why, after) => {
                lock(&self.breaker).failed(Instant::now(), after);
                why
            }
            Miss::Wrong(why) | Miss::Ours(why) => {
                lock(&self.breaker).answered();
                why
            }
        };
        let mirror = &self.mirror.name;
        tracing::warn!(package = %what, mirror, why, "what somebody asked for was not brought");
        Outcome::Away(format!(
            "this package comes from {mirror}, and cannot be had at the moment: try again later, or ask who runs this registry"
        ))
    }

    async fn ask(&self, given: &Given, wanted: &Coordinates) -> Result<Outcome, Miss> {
        let (transport, now) = (self.transport(given).await?, given.log.now());
        let upstream = self.open(given, transport.clone()).await?;
        let Fact::Version(_, described) = answer(&upstream, Question::Version(wanted.clone())).await? else {
            return Err(Miss::Wrong("it says something else".to_owned()));
        };
        let found = match self.selection.pull(wanted, &described, |found| self.verdict(found, now)) {
            Pull::Leave(why) => return Ok(Outcome::NotHere(why)),
            Pull::Bring(found) => found,
        };
        let copier = Copier {
            transport,
            publisher: given.publisher.clone(),
            mirror: self.author.clone(),
            scratch: given.scratch.clone(),
            limit: given.max_package_size,
        };
        for found in &found {
            copier.copy(&upstream, found, found.published).await?;
        }
        self.deprecate(given, wanted, described.deprecated).await;
        Ok(Outcome::Here)
    }

    /// Lets people hear here what they hear upstream.
    async fn deprecate(&self, given: &Given, wanted: &Coordinates, message: Option<String>) {
        let Coordinates { org, name, version } = wanted.clone();
        let (identity, is_deprecated) = (Identity::Mirror(self.author.clone()), message.is_some());
        let versions = Versions { org, name, version: Some(version) };
        if is_deprecated && let Err(error) = given.publisher.deprecate(&identity, versions, message).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(package = %wanted, error, "what is deprecated upstream is not deprecated here");
        }
    }

    /// The way there, which all share: so it is known to all how many are on it, and when upstream wants to be left alone.
    async fn transport(&self, given: &Given) -> Result<Transport, Miss> {
        let (mut open, now) = (self.transport.lock().await, Instant::now());
        if let Some((since, transport)) = &*open
            && now.duration_since(*since) < FRESH
        {
            return Ok(transport.clone());
        }
        let (upstream, transfer) = (&self.mirror.upstream, &self.mirror.transfer);
        let deadline = now + FRESH + DEADLINE;
        let opened = Transport::open(upstream, transfer, deadline, given.instruments.clone()).await;
        let transport = opened.map_err(|error| Miss::Ours(chain(&error)))?;
        *open = Some((now, transport.clone()));
        Ok(transport)
    }

    fn verdict(&self, found: &Found, now: Timestamp) -> Verdict {
        let Found { coordinates, digest, published, .. } = found;
        let facts = Facts { coordinates, digest: *digest, origin: &self.origin, published: *published };
        self.admission.verdict(facts, now)
    }
}

/// What a list counts for. An empty one counts as well.
fn weight(versions: usize) -> u32 {
    u32::try_from(versions).unwrap_or(u32::MAX).saturating_add(1)
}
