//! What goes at the end of a run, of what earlier ones brought.

use std::collections::BTreeSet;

use barre_contract::mirror::Outcome;
use barre_core::access::Identity;
use barre_core::mirror::{self, Leaving, Plan, Pruned, Since};
use futures::future::FutureExt as _;

use super::end::{End, Ending};
use super::given::Run;
use super::report::{Reporter, failed};

/// Lets go what is not wanted any more, if it is time; since when what is left is not wanted.
pub(super) async fn prune(
    run: &Run,
    plan: &Plan,
    since: &Since,
    reporter: &mut Reporter<'_>,
    ending: &Ending<'_>,
) -> (Since, Result<(), End>) {
    let state = run.log.state();
    let rules = &run.mirror.prune;
    let pruned = mirror::prune(rules, &run.mirror.id, &state, plan, since, run.log.now());
    let Pruned { goes, would_go, mut since, tripped, waits: _ } = pruned;
    for Leaving { which, why, .. } in &would_go {
        reporter.leaves(&which.coordinates, &why.to_string());
    }
    let actor = Identity::Mirror(run.author()).actor();
    let mut stays = BTreeSet::new();
    for Leaving { which, why, digest } in goes {
        if let Some(end) = ending.clone().now_or_never() {
            return (since, Err(end));
        }
        // The first platform is the last one to go, and stays with any other.
        if stays.contains(&which.coordinates) {
            continue;
        }
        let package = state.package(&which.coordinates.org, &which.coordinates.name);
        let release =
            package.and_then(|package| package.release(&which.coordinates.version, &which.platform));
        let Some(release) = release.filter(|release| release.stored.digest == digest) else { continue };
        match run.publisher.evict(&actor, release, why.to_string()).await {
            Ok(_) => {
                reporter.report.counts.pruned += 1;
                reporter.leaves(&which.coordinates, &why.to_string());
                since.remove(&which);
            }
            Err(error) => {
                reporter.failed(failed(&which.coordinates, Some(&which.platform), error.into()));
                stays.insert(which.coordinates);
            }
        }
        reporter.tick().await;
    }
    let tripped = tripped.map_or(Ok(()), |why| Err(End::new(Outcome::PruneFuseTripped, why.to_string())));
    (since, tripped)
}
