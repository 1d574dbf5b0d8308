//! Clients, and what they are told.

use std::sync::Arc;
use std::time::Duration;

use barre_core::access::{Action, AnonymousRead, Grant, Identity, Organizations};
use barre_core::package::Coordinates;
use barre_core::state::deprecated::{Deprecated, Undeprecated};
use barre_core::state::{Kind, Outcome};
use barre_registry::log::CommitError;
use barre_registry::service::publish;
use barre_registry::service::read::{Choice, Client, Found, Freshness, Word};
use barre_registry::store::Key;
use object_store::ObjectStoreExt as _;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

use super::marks::mark;
use super::pod::{Pod, Pods};
use super::{History, Place, Said, Seen, Settled, Told, balas};

/// A request that waits for the log waits no longer, and a change neither.
const FRESH: Duration = Duration::from_secs(2);
const COMMIT: Duration = Duration::from_secs(10);
/// Nor the files of a push, of which two are sent at the same time.
const FILES: Duration = Duration::from_secs(45);
/// How exact timers are.
const TICK: Duration = Duration::from_millis(500);

/// Some clients, each of which does some steps.
pub(super) async fn many(pods: &Arc<Pods>, clients: usize, steps: usize, seed: u64) -> History {
    let clients: Vec<_> =
        (0..clients).map(|client| tokio::spawn(run(Arc::clone(pods), steps, seed + client as u64))).collect();
    let mut history = History::default();
    for client in clients {
        history.extend(client.await.unwrap());
    }
    history
}

async fn run(pods: Arc<Pods>, steps: usize, seed: u64) -> History {
    let mut random = StdRng::seed_from_u64(seed);
    let mut history = History::default();
    for step in 0..steps {
        sleep(Duration::from_millis(random.random_range(0..500))).await;
        let version = if random.random_bool(0.15) { "1.0.0-RC.1" } else { "1.0.0-rc.1" };
        let name = match random.random_range(0..50) {
            0 => balas::LARGE.to_owned(),
            number => format!("p{}", number % 5),
        };
        let place = balas::place(&name, version, ["any", "java21"][random.random_range(0..2)]);
        let pod = pods.any(&mut random).await;
        if random.random_bool(0.15) {
            if random.random_bool(0.5) {
                history.settled.push(deprecate(&pod, place.0, &mut random).await);
            } else {
                history.marked.extend(mark(&pod, place.0, &mut random).await);
            }
        } else if random.random_bool(0.6) {
            let content = random.random_range(0..2);
            let actor = format!("{seed}-{step}");
            history.told.push(push(&pod, &place, content, actor.clone()).await);
            // As `bal` does, and a CI that runs again.
            for again in 0..3 {
                if !matches!(history.told.last(), Some(Told { said: Said::Unknown | Said::Unwritten, .. })) {
                    break;
                }
                sleep(Duration::from_millis(random.random_range(0..1000))).await;
                let elsewhere = pods.any(&mut random).await;
                history.told.push(push(&elsewhere, &place, content, format!("{actor}-{again}")).await);
            }
        } else {
            history.seen.extend(read(&pods, &pod, place).await);
        }
    }
    history
}

/// Somebody who may publish; the actor of his changes is `token:` and his name.
pub(super) fn publisher(name: String) -> Identity {
    Identity::Token(Grant { name, actions: vec![Action::Publish], organizations: Organizations::All })
}

pub(super) async fn push(pod: &Pod, place: &Place, content: u8, name: String) -> Told {
    let (identity, upload) = (publisher(name), balas::upload(place, content));
    let (actor, digest) = (identity.actor(), upload.arrived.digest);
    let turn = Arc::new(Semaphore::new(1)).acquire_owned().await.unwrap();
    let (asked, still) = (Instant::now(), identity.clone());
    pod.log.note_request();
    let published = pod.publisher.publish(&identity, upload, turn, move || Ok(still)).await;
    let took = asked.elapsed();
    assert!(took <= FILES * 3 + COMMIT + TICK, "a push took {took:?}");
    let said = match published {
        Ok(published) => Said::Published(published),
        Err(publish::Error::Refused(reason)) => Said::Rejected(reason),
        Err(publish::Error::Commit(CommitError::Unknown)) => Said::Unknown,
        Err(
            publish::Error::Commit(CommitError::ReadOnly | CommitError::Clock)
            | publish::Error::Store(_)
            | publish::Error::Slow,
        ) => Said::Unwritten,
        Err(error) => panic!("a push is refused: {error}"),
    };
    Told { actor, place: place.clone(), digest, said, answered: Instant::now() }
}

/// Deprecates a version or all, or takes it back, which is rejected until the format is raised.
async fn deprecate(pod: &Pod, coordinates: Coordinates, random: &mut StdRng) -> Settled {
    let Coordinates { org, name, version } = coordinates;
    let version = random.random_bool(0.7).then_some(version);
    let kind: Kind = if random.random_bool(0.4) {
        Undeprecated { org, name, version }.into()
    } else {
        Deprecated { org, name, version, message: format!("since {}", pod.log.seq()) }.into()
    };
    let change = pod.log.change("token:test", kind);
    let (id, asked) = (change.id, Instant::now());
    let committed = pod.log.commit(change).await;
    assert!(asked.elapsed() <= COMMIT + TICK, "a change waited {:?}", asked.elapsed());
    let times = match committed {
        Ok(committed) => usize::from(committed.outcome == Outcome::Accepted)..=1,
        Err(CommitError::Unknown) => 0..=1,
        Err(CommitError::ReadOnly | CommitError::Clock) => 0..=0,
        Err(refused) => panic!("a pod gave up writing: {refused}"),
    };
    Settled { change: id, times }
}

/// What an anonymous client is told of an exact version; nothing if that is a 503. What is found has its bytes.
pub(super) async fn read(pods: &Pods, pod: &Pod, place: Place) -> Option<Seen> {
    let client = Client::new(Some(place.1.as_str()), None);
    let (asked, anybody) = (Instant::now(), Identity::Anonymous(AnonymousRead::Allowed));
    let Coordinates { org, name, version } = &place.0;
    let found = pod.reads.choose(&anybody, Freshness::Exact, |view| {
        let package = view.package(org, name).ok_or(())?;
        let Choice { found, open_until } = client.exact(&package, version).ok_or(())?;
        Ok(Choice { found: Arc::clone(found), open_until })
    });
    let found = found.await;
    assert!(asked.elapsed() <= FRESH + TICK, "a read waited {:?}", asked.elapsed());
    let found: Result<Found<_>, ()> = found.ok()?;
    let found = found.ok();
    let unasked = found.as_ref().is_some_and(|found| found.word == Word::Unasked);
    let found = found.map(|found| found.found);
    if let Some(release) = &found {
        let (platform, folder) = (&release.description.platform, release.stored.folder);
        let bala = pods.shared.get(&Key::Bala(&place.0, platform, folder).path()).await;
        assert!(bala.is_ok(), "invariant 3: a release was served without its bytes");
    }
    let found = found.map(|release| (release.description.platform.clone(), release.stored.digest));
    Some(Seen { place, found, unasked, asked, answered: Instant::now() })
}
