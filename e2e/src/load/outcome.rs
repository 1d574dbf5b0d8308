//! What became of all requests.

use std::fmt;
use std::time::Duration;

use futures::StreamExt as _;

use super::Patience;
use super::requests::{Pushed, Trouble, pull};
use crate::central::Central;

/// What happened to all requests that began between two calls of [`Load::phase`](super::Load::phase).
#[derive(Debug, Clone)]
pub struct Phase {
    pub name: String,
    pub(super) patience: Patience,
    pub requests: usize,
    pub pushes: usize,
    /// Requests that met a lost connection or a 5xx.
    pub troubled: usize,
    /// The longest time from the first to the last try of one request.
    pub longest_trouble: Duration,
    /// The longest time of one request, all its tries included, and which one it was.
    pub slowest: (Duration, String),
    pub failures: Vec<String>,
}

impl Phase {
    pub(super) fn new(name: &str, patience: Patience) -> Self {
        Self {
            name: name.to_owned(),
            patience,
            requests: 0,
            pushes: 0,
            troubled: 0,
            longest_trouble: Duration::ZERO,
            slowest: Default::default(),
            failures: Vec::new(),
        }
    }
}

/// What came of it all.
pub struct Outcome {
    pub phases: Vec<Phase>,
    /// In the order of their acknowledgement.
    pub pushed: Vec<Pushed>,
}

impl Outcome {
    /// All failures, by their phases.
    pub fn failures(&self) -> Vec<String> {
        let named = |phase: &Phase| -> Vec<String> {
            phase.failures.iter().map(|failure| format!("{}: {failure}", phase.name)).collect()
        };
        self.phases.iter().flat_map(named).collect()
    }

    /// Pulls each acknowledged push from the registry at `url`, which should be one pod, and returns those that are not
    /// there byte for byte.
    pub async fn lost(&self, url: &str) -> anyhow::Result<Vec<String>> {
        let central = Central::keep_alive(url, None)?;
        let checks = futures::stream::iter(&self.pushed).map(|pushed| {
            let central = central.clone();
            async move {
                let mut result = pull(&central, pushed).await;
                // The way to a pod may break; a package may not.
                if let Err(Trouble::Passing(_)) = result {
                    result = pull(&central, pushed).await;
                }
                result.err().map(|trouble| format!("{pushed:?}: {trouble}"))
            }
        });
        Ok(checks.buffer_unordered(4).filter_map(std::future::ready).collect().await)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for phase in &self.phases {
            let Phase { name, requests, pushes, troubled, longest_trouble, slowest, failures, .. } = phase;
            writeln!(
                f,
                "{name}: {requests} requests ({pushes} pushes), {} failed, {troubled} met trouble, the worst for \
                 {longest_trouble:.2?}; the slowest took {:.2?} ({})",
                failures.len(),
                slowest.0,
                slowest.1
            )?;
        }
        write!(f, "{} pushes acknowledged", self.pushed.len())
    }
}
