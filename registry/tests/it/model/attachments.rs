//! Files beside balas: somebody attaches some to what a pod has, and asks others for them.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use barre_core::access::{AnonymousRead, Identity};
use barre_core::digest::Digest;
use barre_core::package::Coordinates;
use barre_core::release::{AttachedFile, Origin, Purpose};
use barre_core::state::{Reason, Release, State};
use barre_registry::base::metrics::Metrics;
use barre_registry::log::CommitError;
use barre_registry::service::publish::attachment::Attachment;
use barre_registry::service::publish::{self, Published};
use barre_registry::service::read::Freshness;
use barre_registry::store::{Key, Store};
use object_store::memory::InMemory;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::time::{Instant, sleep};

use super::client::publisher;
use super::log_of::LogOf;
use super::pod::{Pod, Pods};
use super::{History, Place, Said};

/// What somebody was told about a file that they attached.
pub(super) struct Attached {
    /// Unique for each.
    actor: String,
    place: Place,
    digest: Digest,
    said: Said,
    answered: Instant,
}

/// What a pod said of a file.
pub(super) struct Looked {
    place: Place,
    digest: Digest,
    found: bool,
    asked: Instant,
}

/// Attaches files to what there is, and asks for them.
pub(super) async fn run(pods: Arc<Pods>, steps: usize, seed: u64) -> History {
    let mut random = StdRng::seed_from_u64(seed ^ 0xa77a);
    let mut history = History::default();
    for step in 0..steps {
        sleep(Duration::from_millis(random.random_range(0..1500))).await;
        let pod = pods.any(&mut random).await;
        let releases = releases(&pod.log.state());
        if releases.is_empty() {
            continue;
        }
        let release = &releases[random.random_range(0..releases.len())];
        let content = random.random_range(0..3);
        let name = format!("attached-{seed}-{step}");
        let attached = attach(&pod, release, content, name).await;
        let (place, digest) = (attached.place.clone(), attached.digest);
        history.attached.push(attached);
        sleep(Duration::from_millis(random.random_range(0..200))).await;
        let elsewhere = pods.any(&mut random).await;
        history.looked.extend(look(&pods, &elsewhere, place, digest).await);
    }
    history
}

pub(super) fn releases(state: &State) -> Vec<Arc<Release>> {
    let versions = state.packages().flat_map(|(_, package)| package.versions());
    let releases = versions.flat_map(|(_, releases)| releases.iter().cloned());
    // What a mirror brought may go.
    releases.filter(|release| release.stored.origin == Origin::Local).collect()
}

pub(super) async fn attach(pod: &Pod, release: &Release, content: u8, name: String) -> Attached {
    let identity = publisher(name);
    let described = &release.description;
    let place = (described.coordinates.clone(), described.platform.clone());
    let bytes = format!("{place:?} {content}").into_bytes();
    let mut scratch = tempfile::tempfile().unwrap();
    scratch.write_all(&bytes).unwrap();
    let digest = Digest::of(&bytes);
    let file = AttachedFile {
        purpose: Purpose::Blob,
        media_type: "application/octet-stream".to_owned(),
        digest,
        size: bytes.len() as u64,
        subject: None,
        declares: Vec::new(),
    };
    let attachment = Attachment { described: file, bytes: scratch };
    let still = identity.clone();
    let attached = pod.publisher.attach(&identity, release, attachment, (), move || Ok(still)).await;
    let said = match attached {
        Ok(published) => Said::Published(published),
        Err(publish::Error::Refused(reason)) => Said::Rejected(reason),
        Err(publish::Error::Commit(CommitError::Unknown)) => Said::Unknown,
        Err(
            publish::Error::Commit(CommitError::ReadOnly | CommitError::Clock)
            | publish::Error::Store(_)
            | publish::Error::Slow,
        ) => Said::Unwritten,
        Err(error) => panic!("a file is refused: {error}"),
    };
    Attached { actor: identity.actor(), place, digest, said, answered: Instant::now() }
}

/// Whether a pod says that a file is there; nothing if that is a 503. What is there has its bytes.
pub(super) async fn look(pods: &Pods, pod: &Pod, place: Place, digest: Digest) -> Option<Looked> {
    let (asked, anybody) = (Instant::now(), Identity::Anonymous(AnonymousRead::Allowed));
    let (coordinates, platform) = &place;
    let Coordinates { org, name, version } = coordinates;
    let found = pod.reads.look(&anybody, Freshness::Exact, |view| {
        let package = view.package(org, name)?;
        let release = package.version(version).find(|release| release.description.platform == *platform)?;
        let file = package.attached(release).find(|file| file.digest == digest)?;
        Some((release.stored.folder, Arc::clone(file)))
    });
    let found = found.await.ok()?;
    if let Some((folder, file)) = &found {
        let store = Store::shared(Arc::clone(&pods.shared) as _, Metrics::new());
        let key = Key::Attached(coordinates, *folder, file.digest);
        let bytes = store.read(&key).await.unwrap();
        assert!(bytes.is_some(), "invariant 3: a file was told of without its bytes");
    }
    Some(Looked { place, digest, found: found.is_some(), asked })
}

impl Attached {
    /// Whether it is there by the word of a pod.
    pub(super) fn is_there(&self) -> bool {
        matches!(self.said, Said::Published(_))
    }

    pub(super) fn what(&self) -> (Place, Digest) {
        (self.place.clone(), self.digest)
    }
}

pub(super) async fn check(shared: &Arc<InMemory>, history: &History, log: &LogOf) {
    for told in &history.attached {
        check_told(told, log);
    }
    for told in history.attached.iter().filter(|told| told.is_there()) {
        let after = |seen: &&Looked| {
            seen.asked > told.answered && (&seen.place, seen.digest) == (&told.place, told.digest)
        };
        for seen in history.looked.iter().filter(after) {
            assert!(seen.found, "invariant 1: an attached file of {:?} was not seen", told.place);
        }
    }
    let store = Store::shared(Arc::clone(shared) as _, Metrics::new());
    for (_, package) in log.state.packages() {
        for release in package.versions().flat_map(|(_, releases)| releases) {
            for file in package.attached(release) {
                let key = Key::Attached(&release.description.coordinates, release.stored.folder, file.digest);
                let bytes = store.read(&key).await.unwrap().expect("invariant 3: a file has its bytes");
                assert_eq!(Digest::of(&bytes), file.digest, "invariant 3: a file has its bytes");
            }
        }
    }
}

fn check_told(told: &Attached, log: &LogOf) {
    let segments = log.actors.get(&told.actor).map_or(&[][..], Vec::as_slice);
    let there = is_there(&log.state, told);
    match &told.said {
        Said::Published(Published::New { seq }) => {
            assert_eq!(segments, [*seq], "invariant 4: an attached file is in the log once");
            assert!(there, "invariant 1: an attached file is gone");
        }
        Said::Published(Published::Before { seq }) => {
            assert!(is_there(&log.states[seq].0, told), "invariant 1: it was not there yet");
            assert!(there, "invariant 1: an attached file is gone");
        }
        Said::Rejected(reason) => {
            assert!(matches!(**reason, Reason::Beyond { .. }), "for no reason: {reason}");
        }
        Said::Unknown => assert!(segments.len() <= 1, "invariant 4: an unknown file is in the log twice"),
        Said::Unwritten => assert!(segments.is_empty(), "invariant 4: what was not written is in the log"),
    }
}

fn is_there(state: &State, Attached { place: (coordinates, platform), digest, .. }: &Attached) -> bool {
    let package = state.package(&coordinates.org, &coordinates.name);
    let release =
        package.and_then(|package| Some((package, package.release(&coordinates.version, platform)?)));
    release.is_some_and(|(package, release)| package.attached(release).any(|file| file.digest == *digest))
}
