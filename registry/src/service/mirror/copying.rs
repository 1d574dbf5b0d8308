//! What is planned, copied: so much at a time, and what fails is set aside.

use std::sync::Arc;

use barre_contract::mirror::Stage;
use barre_core::mirror::Plan;
use barre_core::package::Coordinates;
use futures::stream::{self, StreamExt as _};
use tokio::time::sleep;

use super::copy::Copier;
use super::decided::Decided;
use super::end::{End, Ending, GRACE};
use super::given::{Event, Run};
use super::report::{Reporter, failed};
use super::transport::Transport;
use super::upstream::Upstream;

/// Most copies at a time: one author has so many turns to be received, and a few more.
const AT_ONCE: usize = 24;
/// Copies in a row that fail because of upstream or of the registry, after which the rest is left to the next run.
const ENOUGH: usize = 20;

/// What copies are made with.
pub(super) struct Copying<'a> {
    pub(super) run: &'a Run,
    pub(super) watch: &'a (dyn Fn(Event<'_>) + Send + Sync),
    pub(super) transport: &'a Transport,
    pub(super) upstream: &'a Upstream,
    pub(super) decided: &'a Decided,
}

impl Copying<'_> {
    /// Copies what is planned, so much at a time. What fails is told, and what is open afterwards.
    pub(super) async fn all(
        &self,
        plan: &Plan,
        reporter: &mut Reporter<'_>,
        ending: &Ending<'_>,
        open: &mut Vec<Coordinates>,
    ) -> Result<(), End> {
        let run = self.run;
        reporter.stage(Stage::Copying).await;
        let tools = Arc::new(Copier {
            transport: self.transport.clone(),
            publisher: run.publisher.clone(),
            mirror: run.author(),
            scratch: run.scratch.clone(),
            limit: run.max_package_size,
        });
        let copies = plan.copy.iter().map(|copy| {
            let tools = Arc::clone(&tools);
            async move {
                let found = &copy.found;
                (found, tools.copy(self.upstream, found, self.decided.since(found)).await)
            }
        });
        let at_once = usize::try_from(run.mirror.transfer.concurrency).unwrap_or(1).clamp(1, AT_ONCE);
        let mut copies = Box::pin(stream::iter(copies).take_until(ending.clone()).buffer_unordered(at_once));
        let mut over = std::pin::pin!(async {
            ending.clone().await;
            sleep(GRACE).await;
        });
        let (mut left, mut in_a_row) = (plan.copy.len(), 0);
        loop {
            let next = tokio::select! {
                next = copies.next() => next,
                () = &mut over => None,
            };
            let Some((found, done)) = next else { break };
            match done {
                Ok(bytes) => {
                    left -= 1;
                    in_a_row = 0;
                    reporter.report.counts.copied += 1;
                    reporter.report.counts.bytes += bytes;
                    (self.watch)(Event::Copied { found, bytes });
                }
                Err(failure) if failure.is_late => {}
                Err(failure) => {
                    left -= 1;
                    open.push(found.coordinates.clone());
                    in_a_row = if failure.is_away() || failure.is_ours() { in_a_row + 1 } else { 0 };
                    let (outcome, message) = (failure.outcome(), failure.message.clone());
                    let failed = failed(&found.coordinates, Some(&found.platform), failure);
                    (self.watch)(Event::Failed(&failed));
                    reporter.failed(failed);
                    if in_a_row >= ENOUGH {
                        return Err(End::new(outcome, message));
                    }
                }
            }
            reporter.report.counts.requests = self.transport.requests();
            reporter.tick().await;
        }
        if left == 0 { Ok(()) } else { Err(ending.clone().await) }
    }
}
