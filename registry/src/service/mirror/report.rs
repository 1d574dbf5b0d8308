//! What a run tells, into the store: from time to time, and at its end.

use std::time::Duration;

use barre_contract::mirror::{
    Counts, Exact, Failed, Held, Inventory, Left, Needed, Outcome, REPORT_ENTRIES, Report, Stage,
};
use barre_core::millis;
use barre_core::mirror::{Conflict, Plan, Question};
use barre_core::package::{Coordinates, PackageId, Platform};
use barre_core::release::Origin;
use barre_core::state::State;
use bytes::Bytes;
use tokio::time::Instant;

use super::failure::Failure;
use super::given::Run;
use crate::store::Key;

/// How often a run tells how it goes.
const EVERY: Duration = Duration::from_secs(10);
const VERSION: u32 = 1;
/// In the place of what is not one package, version or platform.
const ALL: &str = "*";

/// The report of one run, as far as it is.
pub(super) struct Reporter<'a> {
    run: &'a Run,
    pub(super) report: Report,
    number: u64,
    wrote: Instant,
}

impl<'a> Reporter<'a> {
    /// Begins to tell. A run of this name has told something so often.
    pub(super) fn begin(run: &'a Run) -> Self {
        let now = millis::text(run.log.now());
        let report = Report {
            v: VERSION,
            id: run.mirror.id.clone(),
            run: run.name.clone(),
            started: now.clone(),
            at: now,
            stage: Stage::Listing,
            outcome: None,
            message: None,
            counts: Counts::default(),
            inventory: inventory(&run.log.state(), &run.mirror.id),
            failures: Vec::new(),
            waiting: Vec::new(),
            missing: Vec::new(),
            pruned: Vec::new(),
            cursor: None,
            selected: None,
        };
        Self { run, report, number: 0, wrote: Instant::now() }
    }

    /// Goes on after what an earlier process of this run has told.
    pub(super) fn after(&mut self, told: u64) {
        self.number = told;
    }

    /// What is planned.
    pub(super) fn plan(&mut self, plan: &Plan) {
        let counts = &mut self.report.counts;
        counts.planned = plan.copy.len() as u64;
        counts.present = plan.present.len() as u64;
        counts.waiting = plan.waiting.len() as u64;
        counts.denied = plan.denied.len() as u64;
        counts.missing = plan.missing.len() as u64;
        let held = plan.waiting.iter().map(|waiting| Held {
            version: exact(&waiting.which.coordinates),
            until: waiting.until.map(millis::text),
        });
        let mut held: Vec<_> = held.collect();
        // What never comes is last.
        held.sort_by(|a, b| (a.until.is_none(), &a.until).cmp(&(b.until.is_none(), &b.until)));
        held.truncate(REPORT_ENTRIES);
        self.report.waiting = held;
        self.report.missing = plan
            .missing
            .iter()
            .take(REPORT_ENTRIES)
            .map(|missing| Needed {
                version: exact(&missing.version),
                by: missing.by.as_ref().map(exact),
                why: missing.why.to_string(),
            })
            .collect();
        for conflict in &plan.conflicts {
            let (version, platform, reason) = match conflict {
                Conflict::Organization { org, .. } => (all_of(org.as_str()), ALL.to_owned(), "OtherOrigin"),
                Conflict::Digest(differs) => {
                    let which = &differs.which;
                    (exact(&which.coordinates), which.platform.to_string(), "DigestDiffers")
                }
            };
            self.failed(Failed {
                version,
                platform,
                reason: reason.to_owned(),
                message: conflict.to_string(),
            });
        }
        for (question, why) in &plan.unanswered {
            let (version, message) = (about(question), why.clone());
            self.failed(Failed {
                version,
                platform: ALL.to_owned(),
                reason: "Unanswered".to_owned(),
                message,
            });
        }
    }

    /// Something could not be done.
    pub(super) fn failed(&mut self, failed: Failed) {
        self.report.counts.failed += 1;
        if self.report.failures.len() < REPORT_ENTRIES {
            self.report.failures.push(failed);
        }
    }

    /// Something goes, or would.
    pub(super) fn leaves(&mut self, coordinates: &Coordinates, why: &str) {
        if self.report.pruned.len() < REPORT_ENTRIES {
            self.report.pruned.push(Left { version: exact(coordinates), why: why.to_owned() });
        }
    }

    /// Tells how it goes, if that is some time ago. A report that cannot be written holds nothing up.
    pub(super) async fn tick(&mut self) {
        if self.wrote.elapsed() >= EVERY {
            self.write().await;
        }
    }

    /// Tells how it goes now.
    pub(super) async fn stage(&mut self, stage: Stage) {
        self.report.stage = stage;
        self.tick().await;
    }

    /// Tells how it ended.
    pub(super) async fn end(mut self, outcome: Outcome, message: Option<String>) -> Report {
        self.report.stage = Stage::Done;
        self.report.outcome = Some(outcome);
        self.report.message = message;
        self.report.inventory = inventory(&self.run.log.state(), &self.run.mirror.id);
        self.write().await;
        self.report
    }

    async fn write(&mut self) {
        self.report.at = millis::text(self.run.log.now());
        let bytes = Bytes::from(serde_json::to_vec(&self.report).unwrap_or_default());
        loop {
            let key = Key::MirrorReport(&self.report.id, &self.report.run, self.number);
            let wrote = self.run.store.put_once(&key, bytes.clone()).await;
            if let Err(error) = &wrote {
                let error = error as &dyn std::error::Error;
                tracing::warn!(error, "the report cannot be written");
                break;
            }
            self.number += 1;
            // Otherwise another process of this run has told something there.
            if matches!(wrote, Ok(true)) {
                break;
            }
        }
        self.wrote = Instant::now();
    }
}

/// The entry about one version.
pub(super) fn failed(coordinates: &Coordinates, platform: Option<&Platform>, failure: Failure) -> Failed {
    let platform = platform.map_or(ALL, Platform::as_str).to_owned();
    Failed {
        version: exact(coordinates),
        platform,
        reason: failure.reason.to_owned(),
        message: failure.message,
    }
}

pub(super) fn exact(Coordinates { org, name, version }: &Coordinates) -> Exact {
    Exact { organization: org.to_string(), name: name.to_string(), version: version.to_string() }
}

fn all_of(org: &str) -> Exact {
    Exact { organization: org.to_owned(), name: ALL.to_owned(), version: ALL.to_owned() }
}

fn about(question: &Question) -> Exact {
    match question {
        Question::Packages(org) => all_of(org.as_str()),
        Question::Versions(PackageId { org, name }) => {
            Exact { name: name.to_string(), ..all_of(org.as_str()) }
        }
        Question::Version(coordinates) | Question::Graph(coordinates) => exact(coordinates),
    }
}

/// What is here of a mirror.
fn inventory(state: &State, id: &str) -> Inventory {
    let mut inventory = Inventory::default();
    for (_, package) in state.packages() {
        let mut ours = false;
        for (_, releases) in package.versions() {
            let here = releases.iter().filter(|r| matches!(&r.stored.origin, Origin::Mirror(of) if of == id));
            let bytes: Vec<u64> = here.map(|release| release.stored.size).collect();
            inventory.versions += u64::from(!bytes.is_empty());
            inventory.bytes += bytes.iter().sum::<u64>();
            ours |= !bytes.is_empty();
        }
        inventory.packages += u64::from(ours);
    }
    inventory
}
