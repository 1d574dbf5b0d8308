//! What each pod sent to the log, whether or not it arrived:
//!
//! 7. no change is sent later than ten seconds after its author was told that nobody knows;
//! 8. a pod whose clock is not the store's sends nothing;
//! 9. once somebody else took the log over, its owner before writes nothing.

use std::collections::HashMap;
use std::time::Duration;

use barre_core::segment::Segment;

use super::log_of::LogOf;
use super::pod::Pods;
use super::{Said, Told};

/// How long a change may wait, and how old the check behind a create may be.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn check(pods: &Pods, log: &LogOf, told: &[Told]) {
    let unknown = told.iter().filter(|told| matches!(told.said, Said::Unknown));
    let unknown: HashMap<_, _> = unknown.map(|told| (told.actor.as_str(), told.answered)).collect();
    for pod in pods.ever() {
        for (at, bytes) in pod.life.sent() {
            assert!(!pod.was_off(at), "invariant 8: a pod with a wrong clock wrote");
            let segment = Segment::decode(&bytes).unwrap();
            for change in &segment.changes {
                let late = unknown.get(change.actor.as_str()).map(|answered| at.duration_since(*answered));
                assert!(
                    late.is_none_or(|late| late <= PATIENCE),
                    "invariant 7: sent {late:?} after it was given up"
                );
            }
            let seq = segment.header.seq;
            let is_there = log.heads.get(&seq) == Some(&segment.head);
            let takes_over = log.taken_over.is_some_and(|taken| seq > taken);
            assert!(
                !(is_there && takes_over && pod.owner != log.owner),
                "invariant 9: the owner before wrote segment {seq}"
            );
        }
    }
}
