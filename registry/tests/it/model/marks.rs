//! Deprecations as `bal deprecate` makes them: what somebody is told to be so was so, and not before what others were told
//! until then.

use std::time::Duration;

use barre_core::access::{Action, Grant, Identity, Organizations};
use barre_core::package::Coordinates;
use barre_core::state::Reason;
use barre_registry::log::CommitError;
use barre_registry::service::publish::deprecation::{Error, Versions};
use rand::RngExt as _;
use rand::rngs::StdRng;
use tokio::time::Instant;

use super::log_of::LogOf;
use super::pod::Pod;

/// The log is read to its end, and then written.
const PATIENCE: Duration = Duration::from_millis(2_000 + 10_000 + 500);

/// What somebody was told.
pub(super) struct Marked {
    versions: Versions,
    message: Option<String>,
    seq: u64,
    asked: Instant,
    answered: Instant,
}

/// Deprecates a version or all, or takes it back. Nothing where that is not said to have been done.
pub(super) async fn mark(pod: &Pod, coordinates: Coordinates, random: &mut StdRng) -> Option<Marked> {
    let Coordinates { org, name, version } = coordinates;
    let version = random.random_bool(0.7).then_some(version);
    let versions = Versions { org, name, version };
    let message = random.random_bool(0.6).then(|| "old".to_owned());
    let grant =
        Grant { name: "test".to_owned(), actions: vec![Action::Publish], organizations: Organizations::All };
    let asked = Instant::now();
    let done = pod.publisher.deprecate(&Identity::Token(grant), versions.clone(), message.clone()).await;
    let answered = Instant::now();
    assert!(answered - asked <= PATIENCE, "a deprecation waited {:?}", answered - asked);
    match done {
        Ok(seq) => Some(Marked { versions, message, seq, asked, answered }),
        Err(
            Error::Absent
            | Error::Unavailable(_)
            | Error::Commit(CommitError::Unknown | CommitError::ReadOnly | CommitError::Clock),
        ) => None,
        Err(Error::Refused(reason)) if matches!(*reason, Reason::Beyond { .. }) => None,
        Err(error) => panic!("a deprecation is refused: {error}"),
    }
}

pub(super) fn check(marked: &[Marked], log: &LogOf) {
    for Marked { versions, message, seq, asked, .. } in marked {
        let before = marked.iter().filter(|other| other.answered < *asked).map(|other| other.seq).max();
        assert!(before <= Some(*seq), "invariant 8: by an old state: {before:?} was told, and then {seq}");
        let (state, changes) = &log.states[seq];
        // What came in the same segment may have said otherwise.
        if *changes > 1 {
            continue;
        }
        let package = state.package(&versions.org, &versions.name).expect("invariant 8: it is there");
        for (version, _) in package.versions() {
            if versions.version.as_ref().is_none_or(|meant| meant == version) {
                let told = package.deprecated(version);
                assert_eq!(told, message.as_deref(), "invariant 8: it was not so at {seq}");
            }
        }
    }
}
