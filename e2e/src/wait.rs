//! Waiting for what a cluster does in its own time: a condition, a limit, and the last state in the error.

use std::fmt::Debug;
use std::time::Duration;

use anyhow::bail;
use barre_crds::Registry;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use tokio::time::{Instant, sleep};

use crate::cluster::Space;

/// Looks every 200 ms until `done` says yes.
pub async fn until<T: Debug, F: Future<Output = anyhow::Result<T>>>(
    what: &str,
    limit: Duration,
    mut look: impl FnMut() -> F,
    done: impl Fn(&T) -> bool,
) -> anyhow::Result<T> {
    let deadline = Instant::now() + limit;
    loop {
        let last = look().await;
        match last {
            Ok(value) if done(&value) => return Ok(value),
            last if Instant::now() > deadline => bail!("waited {limit:?} for {what}; last seen: {last:#?}"),
            _ => sleep(Duration::from_millis(200)).await,
        }
    }
}

/// Waits until a Registry has a condition of this type, status and reason; returns it.
pub async fn condition(
    space: &Space,
    registry: &str,
    type_: &str,
    status: &str,
    reason: Option<&str>,
) -> anyhow::Result<Condition> {
    let what = format!("{type_}={status} {}", reason.unwrap_or_default());
    let fits = |condition: &&Condition| {
        condition.type_ == type_
            && condition.status == status
            && reason.is_none_or(|reason| condition.reason == reason)
    };
    let look = || async {
        let found = space.api::<Registry>().get(registry).await?;
        let current = found.metadata.generation;
        Ok(found.status.filter(|status| status.observed_generation == current).unwrap_or_default().conditions)
    };
    let done = |conditions: &Vec<Condition>| conditions.iter().any(|condition| fits(&condition));
    let conditions = until(&what, Duration::from_mins(2), look, done).await?;
    conditions
        .into_iter()
        .find(|condition| fits(&condition))
        .ok_or_else(|| anyhow::anyhow!("{what} vanished"))
}
