//! What a mirror brings, and what goes again: somebody brings balas with either of two contents, lets them go and asks for them.
//! What comes back is what it was, and what is there has its bytes.

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use barre_core::access::{AnonymousRead, Identity};
use barre_core::bala::{self, Limits};
use barre_core::digest::Digest;
use barre_core::format::FIRST;
use barre_core::package::Coordinates;
use barre_core::release::{Origin, Stored};
use barre_core::state::{Outcome, Reason, Release, released};
use barre_registry::log::CommitError;
use barre_registry::service::publish;
use barre_registry::service::read::Freshness;
use barre_registry::store::Key;
use object_store::ObjectStoreExt as _;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::time::{Instant, sleep, timeout};

use super::log_of::LogOf;
use super::pod::{Pod, Pods};
use super::{History, Place, Settled, balas};

/// The organization that the mirror fills.
pub(super) const ORG: &str = "brought";

/// How long a file may take.
const PATIENCE: Duration = Duration::from_secs(45);

/// What was done with a place, and when.
pub(super) struct Moved {
    place: Place,
    what: Move,
    asked: Instant,
    answered: Instant,
}

enum Move {
    /// By the word of a pod; nothing else counts.
    Brought(Digest),
    /// Or perhaps not: whoever lets it go need not hear of it.
    Evicted,
    /// It was asked for; what was found, and whether that had its bytes.
    Asked(Option<(Digest, bool)>),
}

/// Brings, lets go and asks.
pub(super) async fn run(pods: Arc<Pods>, steps: usize, seed: u64) -> History {
    let mut random = StdRng::seed_from_u64(seed ^ 0xe71c);
    let mut history = History::default();
    for step in 0..steps {
        sleep(Duration::from_millis(random.random_range(0..700))).await;
        let place = place(random.random_range(0..2));
        let (pod, asked) = (pods.any(&mut random).await, Instant::now());
        let what = match random.random_range(0..4) {
            0 | 1 => bring(&pod, &place, random.random_range(0..2), &mut history).await.map(Move::Brought),
            2 => evict(&pod, &place, format!("evicted-{seed}-{step}")).await,
            _ => ask(&pods, &pod, &place).await.map(Move::Asked),
        };
        let answered = Instant::now();
        history.moved.extend(what.map(|what| Moved { place, what, asked, answered }));
    }
    history
}

fn place(number: u8) -> Place {
    let coordinates: Coordinates = format!("{ORG}/p{number}:1.0.0").parse().unwrap();
    (coordinates, "any".parse().unwrap())
}

/// Publishes as a mirror does.
async fn bring(pod: &Pod, place: &Place, content: u8, history: &mut History) -> Option<Digest> {
    let mut arrived = balas::upload(place, content).arrived;
    let mut bytes = Vec::new();
    arrived.file.read_to_end(&mut bytes).unwrap();
    let bala = bala::read(std::io::Cursor::new(&bytes), &Limits::default()).unwrap();
    let document = bala.document.to_bytes(&bala.description, pod.log.state().format());
    let released = bala.released(Stored {
        digest: arrived.digest,
        size: arrived.size,
        folder: pod.log.fresh_id(),
        document: Digest::of(&document),
        origin: Origin::Mirror("m".to_owned()),
        published: None,
    });
    let folder = released.stored.folder;
    let (bala, beside) = (Key::Bala(&place.0, &place.1, folder), Key::Document(&place.0, folder));
    for (key, bytes) in [(bala, bytes), (beside, document)] {
        timeout(PATIENCE, pod.store.put(&key, bytes.into())).await.ok()?.ok()?;
    }
    let change = pod.log.change("mirror:m", released);
    let id = change.id;
    let committed = pod.log.commit(change).await;
    let (times, said) = match committed {
        Ok(committed) => match committed.outcome {
            Outcome::Accepted => (1..=1, Some(arrived.digest)),
            Outcome::Duplicate => (0..=1, Some(arrived.digest)),
            Outcome::Rejected(Reason::Released(
                released::Refused::Exists { .. }
                | released::Refused::Evicted { .. }
                | released::Refused::Condemned,
            )) => (0..=1, None),
            Outcome::Rejected(reason) => panic!("rejected for no reason: {reason}"),
        },
        Err(CommitError::Unknown) => (0..=1, None),
        Err(CommitError::ReadOnly | CommitError::Clock) => (0..=0, None),
        Err(refused) => panic!("a pod gave up writing: {refused}"),
    };
    history.settled.push(Settled { change: id, times });
    said
}

/// Lets go what a pod has there.
async fn evict(pod: &Pod, (coordinates, platform): &Place, actor: String) -> Option<Move> {
    let state = pod.log.state();
    let release: Arc<Release> = {
        let package = state.package(&coordinates.org, &coordinates.name)?;
        Arc::clone(package.release(&coordinates.version, platform)?)
    };
    match pod.publisher.evict(&actor, &release, "for the test".to_owned()).await {
        Ok(_) | Err(publish::Error::Commit(_)) => {}
        Err(publish::Error::Refused(reason)) => match *reason {
            Reason::Beyond { in_force: FIRST, .. } => {}
            reason => panic!("not let go for no reason: {reason}"),
        },
        Err(error) => panic!("not let go: {error}"),
    }
    Some(Move::Evicted)
}

async fn ask(pods: &Pods, pod: &Pod, (coordinates, platform): &Place) -> Option<Option<(Digest, bool)>> {
    let anybody = Identity::Anonymous(AnonymousRead::Allowed);
    let Coordinates { org, name, version } = coordinates;
    let found = pod.reads.look(&anybody, Freshness::Exact, |view| {
        let package = view.package(org, name)?;
        package.version(version).find(|release| release.description.platform == *platform).cloned()
    });
    let Some(found) = found.await.ok()? else { return Some(None) };
    let key = Key::Bala(coordinates, platform, found.stored.folder);
    let has_bytes = pods.shared.get(&key.path()).await.is_ok();
    Some(Some((found.stored.digest, has_bytes)))
}

pub(super) fn check(history: &History, log: &LogOf) {
    for moved in &history.moved {
        let of_it = || history.moved.iter().filter(|other| other.place == moved.place);
        let evicted =
            |until: Instant| of_it().any(|other| matches!(other.what, Move::Evicted) && other.asked < until);
        match moved.what {
            Move::Brought(digest) => {
                assert_eq!(
                    log.digests.get(&moved.place),
                    Some(&digest),
                    "invariant 2: two digests were brought"
                );
                let after = of_it().filter(|other| other.asked > moved.answered);
                for other in after.filter(|other| !evicted(other.answered)) {
                    if let Move::Asked(found) = other.what {
                        assert_eq!(
                            found,
                            Some((digest, true)),
                            "invariant 1: {:?} was not seen",
                            moved.place
                        );
                    }
                }
            }
            Move::Asked(Some((digest, has_bytes))) => {
                assert_eq!(
                    log.digests.get(&moved.place),
                    Some(&digest),
                    "invariant 2: another digest was seen"
                );
                assert!(
                    has_bytes || evicted(moved.answered),
                    "invariant 3: a release was served without its bytes"
                );
            }
            Move::Asked(None) | Move::Evicted => {}
        }
    }
}
