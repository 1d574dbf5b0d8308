//! One run: what upstream has, what of it is to come, its copies, and what is told of it.

use std::time::Duration;

use barre_contract::mirror::{Outcome, PrunePolicy, Report, Stage};
use barre_core::access::Identity;
use barre_core::mirror::{Conflict, Deprecation, Plan, Planner, Question, Step};
use barre_core::package::Coordinates;
use barre_core::state::State;
use futures::future::FutureExt as _;
use tokio::time::{Instant, sleep_until};

use super::copying::Copying;
use super::decided::{Decided, decide};
use super::end::{End, Ending, GRACE};
use super::given::{Event, Run};
use super::prune::prune;
use super::report::{Reporter, failed};
use super::transport::Transport;
use super::upstream::{Before, Upstream};
use crate::service::publish::deprecation::Versions;

/// Makes the run, until `stop` resolves: then what is under way is finished. What happens is told to `watch`.
pub async fn run(
    run: &Run,
    watch: &(dyn Fn(Event<'_>) + Send + Sync),
    stop: impl Future<Output = ()> + Send,
) -> Report {
    let deadline = Duration::from_secs(run.mirror.transfer.deadline_seconds.into());
    let began = Instant::now();
    let last = began + deadline - GRACE.min(deadline / 10);
    let ending = ending(run, stop, last).boxed().shared();
    let mut reporter = Reporter::begin(run);
    let done = work(run, watch, &mut reporter, &ending, began + deadline).await;
    let (outcome, message) = match done {
        Ok(()) => ended(&reporter.report),
        Err(End { outcome, message }) => (outcome, Some(message)),
    };
    if outcome != Outcome::Succeeded {
        tracing::warn!(?outcome, message, "the run ended");
    }
    reporter.end(outcome, message).await
}

async fn ending(run: &Run, stop: impl Future<Output = ()>, last: Instant) -> End {
    tokio::select! {
        () = stop => End::new(Outcome::DeadlineExceeded, "it was stopped: the next run goes on where this one ended"),
        () = sleep_until(last) => End::new(
            Outcome::DeadlineExceeded,
            "its time was over: the next run goes on where this one ended; give it more, or more concurrency",
        ),
        stop = run.log.stopped() => End::registry(&*stop),
    }
}

/// How a run ended that came to its end.
fn ended(report: &Report) -> (Outcome, Option<String>) {
    let by_name = report.missing.iter().filter(|missing| missing.by.is_none()).count();
    if report.counts.failed > 0 {
        let failed = report.counts.failed;
        let text = format!("{failed} could not be copied, see the failures: the next run tries them again");
        (Outcome::PartiallySucceeded, Some(text))
    } else if by_name > 0 {
        let text = "some that are selected by name do not come, see what is missing".to_owned();
        (Outcome::PartiallySucceeded, Some(text))
    } else {
        (Outcome::Succeeded, None)
    }
}

async fn work(
    run: &Run,
    watch: &(dyn Fn(Event<'_>) + Send + Sync),
    reporter: &mut Reporter<'_>,
    ending: &Ending<'_>,
    deadline: Instant,
) -> Result<(), End> {
    let decided = decide(run).await?;
    reporter.after(decided.history.told);
    reporter.stage(Stage::Listing).await;
    let (upstream, transfer) = (&run.mirror.upstream, &run.mirror.transfer);
    let transport = Transport::open(upstream, transfer, deadline, run.instruments.clone()).await?;
    let listed = tokio::select! {
        listed = list(run, &transport, &decided) => listed,
        end = ending.clone() => Err(end),
    };
    reporter.report.counts.requests = transport.requests();
    let (upstream, plan) = listed?;
    reporter.plan(&plan);
    let counts = reporter.report.counts;
    watch(Event::Planned { copy: counts.planned, present: counts.present });
    let mut open = not_yet(&plan);
    let copying = Copying { run, watch, transport: &transport, upstream: &upstream, decided: &decided };
    let copied = copying.all(&plan, reporter, ending, &mut open).await;
    reporter.report.counts.requests = transport.requests();
    copied?;
    deprecate(run, &plan.deprecations, reporter, ending, &mut open).await?;
    run.publisher.may_write().map_err(|error| End::registry(&error))?;
    reporter.stage(Stage::Pruning).await;
    let (unselected, tripped) = prune(run, &plan, &decided.history.seen.unselected(), reporter, ending).await;
    let mut seen = decided.seen(&plan);
    seen.note_unselected(unselected);
    if upstream.was_compared() {
        seen.compared = Some(decided.now);
    }
    decided.history.keep(run, seen).await?;
    tripped?;
    reporter.report.cursor = upstream.cursor_before(&mut open.iter()).map(|cursor| cursor.to_string());
    reporter.report.selected = reporter.report.cursor.is_some().then(|| decided.selected.clone());
    Ok(())
}

/// Asks upstream until it is known what is to be done.
async fn list(run: &Run, transport: &Transport, decided: &Decided) -> Result<(Upstream, Plan), End> {
    let before = Before {
        state: run.log.state(),
        cursor: decided.cursor(),
        now: decided.now,
        watches: run.mirror.prune.policy != PrunePolicy::Never,
        platforms: decided.selection.platforms().iter().cloned().collect(),
    };
    let upstream = Upstream::open(&run.mirror, transport.clone(), before).await?;
    let (selection, id) = (decided.selection.clone(), run.mirror.id.clone());
    let planner = Planner::new(selection, id, State::clone(&run.log.state()), |found| decided.verdict(found));
    let mut planner = planner.watching(run.mirror.prune.policy);
    loop {
        match planner.step()? {
            Step::Done(plan) => return Ok((upstream, *plan)),
            Step::Ask(questions) => {
                for fact in upstream.answer(questions).await? {
                    planner.learn(fact);
                }
            }
        }
    }
}

/// The versions of which a later run has to hear again.
fn not_yet(plan: &Plan) -> Vec<Coordinates> {
    let waiting = plan.waiting.iter().map(|waiting| &waiting.which.coordinates);
    let differing = plan.conflicts.iter().filter_map(|conflict| match conflict {
        Conflict::Digest(differs) => Some(&differs.which.coordinates),
        Conflict::Organization { .. } => None,
    });
    let unanswered = plan.unanswered.iter().filter_map(|(question, _)| match question {
        Question::Version(coordinates) | Question::Graph(coordinates) => Some(coordinates),
        Question::Packages(_) | Question::Versions(_) => None,
    });
    waiting.chain(differing).chain(unanswered).cloned().collect()
}

/// Lets people hear here what they hear upstream.
async fn deprecate(
    run: &Run,
    deprecations: &[Deprecation],
    reporter: &mut Reporter<'_>,
    ending: &Ending<'_>,
    open: &mut Vec<Coordinates>,
) -> Result<(), End> {
    let identity = Identity::Mirror(run.author());
    for Deprecation { version: coordinates, message } in deprecations {
        if let Some(end) = ending.clone().now_or_never() {
            return Err(end);
        }
        let Coordinates { org, name, version } = coordinates.clone();
        let state = run.log.state();
        // What could not be copied is no failure twice.
        if state.package(&org, &name).is_none_or(|package| package.version(&version).is_empty()) {
            continue;
        }
        let versions = Versions { org, name, version: Some(version) };
        match run.publisher.deprecate(&identity, versions, message.clone()).await {
            Ok(_) => reporter.report.counts.deprecations += 1,
            Err(error) => {
                open.push(coordinates.clone());
                reporter.failed(failed(coordinates, None, error.into()));
            }
        }
        reporter.tick().await;
    }
    Ok(())
}
