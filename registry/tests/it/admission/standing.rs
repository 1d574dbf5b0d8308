//! What may become of a release, and a registry in which it is so.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use barre_core::digest::Digest;
use barre_core::release::Origin;
use barre_registry::base::clock::Clock;
use barre_testkit::bala::Bala;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::logs::harmless;
use crate::server_harness::Pod;

/// When everything was stored, and what is old was published, in days.
pub(super) const NOW: i64 = 20_000;
pub(super) const OLD: i64 = 19_000;
pub(super) const REASON: &str = "it steals sheep";

/// What happens to the releases that are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Admitted,
    Waits,
    /// Only reported.
    Observed,
    DeniedByName,
    DeniedByRange,
    DeniedByDigest,
    /// By the rules of a mirror, and pushed here.
    DeniedElsewhere,
}

pub(super) const STANDINGS: [Standing; 7] = [
    Standing::Waits,
    Standing::Admitted,
    Standing::DeniedByName,
    Standing::Observed,
    Standing::DeniedByRange,
    Standing::DeniedElsewhere,
    Standing::DeniedByDigest,
];

/// What is in the registry, in this order, and whether it is looked at.
pub(super) fn shelf() -> Vec<(Bala, bool)> {
    let tool = |name: &str, version: &str| Bala::new("acme", name, version).tool(name);
    vec![
        (Bala::new("acme", "kept", "1.0.0").description("Sheep for all."), false),
        (tool("held", "1.0.0").description("A quokka."), true),
        (tool("sealed", "1.0.0").visibility("private").description("An axolotl."), true),
        (tool("mixed", "1.0.0").description("Wool."), false),
        (tool("mixed", "2.0.0").description("A numbat.").distribution("2201.13.0"), true),
    ]
}

/// The same names, of an organization that no mirror fills.
pub(super) fn own() -> Vec<Bala> {
    vec![Bala::new("ours", "held", "1.0.0"), Bala::new("ours", "mixed", "2.0.0").description("A numbat.")]
}

pub(super) fn day(day: i64) -> Timestamp {
    Timestamp::from_second(day * 86_400).unwrap()
}

/// A clock that is set by hand, in days.
pub(super) fn clock() -> (Arc<AtomicI64>, Clock) {
    let time = Arc::new(AtomicI64::new(NOW));
    let shown = Arc::clone(&time);
    (time, Clock::new(move || day(shown.load(Ordering::Relaxed))))
}

/// A pod with everything that `is_there`. What is not has left no trace but its place in the log.
pub(super) async fn stocked(clock: Clock, is_there: impl Fn(&Bala) -> bool) -> Pod {
    let pod = Pod::at(clock).await;
    for (bala, looked_at) in shelf() {
        if is_there(&bala) {
            pod.bring(&bala, Some(day(if looked_at { NOW } else { OLD }))).await;
        } else {
            pod.log.commit(harmless(&pod.log)).await.unwrap();
        }
    }
    for bala in own() {
        pod.store_from(Origin::Local, &bala, None).await;
    }
    pod
}

impl Standing {
    pub(super) fn rules(self) -> Value {
        let deny = |rule: Value| json!({ "rule": rule, "reason": REASON });
        match self {
            Self::Admitted => json!({ "minimumAgeSeconds": 0 }),
            Self::Waits => json!({ "minimumAgeSeconds": 5 * 86_400 }),
            Self::Observed => json!({ "mode": "Observe", "minimumAgeSeconds": 5 * 86_400 }),
            Self::DeniedByName => {
                let names =
                    ["held", "seal*"].map(|name| deny(json!({ "organization": "acme", "name": name })));
                json!({ "deny": names })
            }
            Self::DeniedByRange => {
                let range =
                    |name, range| deny(json!({ "organization": "acme", "name": name, "versions": range }));
                json!({ "deny": [
                    range("held", "<2.0.0"), range("sealed", "=1.0.0"), range("mixed", ">=1.0.1, <3.0.0"),
                ] })
            }
            Self::DeniedByDigest => {
                let looked_at = shelf().into_iter().filter(|(_, looked_at)| *looked_at);
                let digests = looked_at.map(|(bala, _)| Digest::of(&bala.build()).to_string());
                json!({ "deny": digests.map(|d| json!({ "digest": d, "reason": REASON })).collect::<Vec<_>>() })
            }
            Self::DeniedElsewhere => json!({ "deny": [deny(json!({ "organization": "ours" }))] }),
        }
    }

    /// Whether this is not to be seen.
    pub(super) fn hides(self, bala: &Bala) -> bool {
        let coordinates = bala.coordinates();
        let looked_at =
            shelf().into_iter().any(|(other, looked_at)| looked_at && other.coordinates() == coordinates);
        match self {
            Self::Admitted | Self::Observed | Self::DeniedElsewhere => false,
            Self::Waits | Self::DeniedByRange | Self::DeniedByDigest => looked_at,
            Self::DeniedByName => looked_at && !coordinates.contains("mixed"),
        }
    }

    /// What whoever names it exactly is told.
    pub(super) fn told(self) -> String {
        if self == Self::Waits {
            format!("it is too young until {}", day(NOW + 5))
        } else {
            format!("it is denied in this registry: {REASON}")
        }
    }
}
