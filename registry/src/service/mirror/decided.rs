//! What is known before an upstream is asked: what is selected, what may come in, and what earlier runs left.

use std::collections::BTreeSet;

use barre_contract::known::Cursor;
use barre_contract::mirror::Mirrors;
use barre_core::admission::{Admission, Facts};
use barre_core::digest::Digest;
use barre_core::mirror::{Found, Plan, Selection, Verdict, Which};
use barre_core::package::Org;
use barre_core::release::Origin;
use barre_core::state::State;
use jiff::{SignedDuration, Timestamp};

use super::end::End;
use super::given::Run;
use super::history::{History, Seen};

/// How often all of another Barre is looked at, and not only what is new.
const COMPARE_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// What is decided before anything is asked.
pub(super) struct Decided {
    pub(super) selection: Selection,
    admission: Admission,
    origin: Origin,
    pub(super) now: Timestamp,
    pub(super) history: History,
    /// The hash of what is selected.
    pub(super) selected: String,
}

/// Reads what the run is told, and what earlier ones left.
pub(super) async fn decide(run: &Run) -> Result<Decided, End> {
    let selection = Selection::read(&run.mirror.selection).map_err(|error| End::invalid(&error))?;
    let rules = Mirrors { mirrors: vec![run.mirror.clone()] };
    let admission = Admission::read(&rules).map_err(|error| End::invalid(&error))?;
    run.log.fresh().await?;
    run.publisher.may_write().map_err(|error| End::registry(&error))?;
    let history = History::read(run).await?;
    history.tidy(run).await;
    let selected = selected(run, &run.log.state());
    let origin = Origin::Mirror(run.mirror.id.clone());
    Ok(Decided { selection, admission, origin, now: run.log.now(), history, selected })
}

/// The hash of what decides which versions are copied, as far as it is not upstream: whoever else fills an organization that
/// is selected also does.
fn selected(run: &Run, state: &State) -> String {
    let selection = &run.mirror.selection;
    let rules = selection.include.iter().map(|rule| &rule.organization);
    let named = rules.chain(selection.exact.iter().map(|exact| &exact.organization));
    let orgs: BTreeSet<Org> = named.filter_map(|org| org.parse().ok()).collect();
    let origins: Vec<_> = orgs
        .iter()
        .map(|org| (org, state.origin(org)))
        .filter(|(_, origin)| {
            origin.is_some_and(|origin| !matches!(origin, Origin::Mirror(id) if *id == run.mirror.id))
        })
        .collect();
    let decides = serde_json::json!({
        "program": env!("CARGO_PKG_VERSION"),
        "upstream": run.mirror.upstream.url,
        "selection": selection,
        "admission": run.mirror.admission,
        "origins": origins,
    });
    Digest::of(decides.to_string().as_bytes()).to_string()
}

impl Decided {
    /// How far the feed of another Barre need not be read again.
    pub(super) fn cursor(&self) -> Option<Cursor> {
        let compared = self.history.seen.compared?;
        let (cursor, selected) = self.history.cursor.clone()?;
        let holds = selected == self.selected && self.now.duration_since(compared) < COMPARE_EVERY;
        holds.then_some(cursor)
    }

    /// When a version was published, or first seen, whichever is later.
    pub(super) fn since(&self, found: &Found) -> Option<Timestamp> {
        let first = self.history.seen.first(&which(found)).unwrap_or(self.now);
        found.published.map(|published| published.max(first))
    }

    pub(super) fn verdict(&self, found: &Found) -> Verdict {
        let facts = Facts {
            coordinates: &found.coordinates,
            digest: found.digest,
            origin: &self.origin,
            published: self.since(found),
        };
        self.admission.verdict(facts, self.now)
    }

    /// What is to be remembered.
    pub(super) fn seen(&self, plan: &Plan) -> Seen {
        let mut seen = self.history.seen.clone();
        // Of what was not answered, all that is known is kept.
        if plan.is_complete() {
            seen.forget_first();
        }
        for waiting in &plan.waiting {
            let first = self.history.seen.first(&waiting.which).unwrap_or(self.now);
            seen.note_first(&waiting.which, first);
        }
        seen
    }
}

fn which(found: &Found) -> Which {
    Which { coordinates: found.coordinates.clone(), platform: found.platform.clone() }
}
