//! What a pass saw, and what each aspect of it says.

use barre_crds::{
    Registry,
    condition::{Reason, STORAGE_READY, WORKLOAD_AVAILABLE},
};
use k8s_openapi::api::{apps::v1::Deployment, autoscaling::v2::HorizontalPodAutoscaler};

use super::workload::{self, Demand};
use crate::{
    pass::{
        finding::{Finding, Truth},
        problem::Problem,
    },
    registry::{decision::Facts, observe::Observed},
    store::{self, Ownership, Standing},
};

/// Everything that conditions are made from.
pub(super) struct Seen<'a> {
    pub(super) registry: &'a Registry,
    pub(super) observed: &'a Observed,
    pub(super) facts: &'a Facts,
    pub(super) deployment: Option<&'a Deployment>,
    pub(super) autoscaler: Option<&'a HorizontalPodAutoscaler>,
    pub(super) errors: Vec<Problem>,
    /// What most surely keeps a pod from serving.
    pub(super) pods: Option<Finding>,
}

impl Seen<'_> {
    fn last(&self, type_: &str) -> Option<Finding> {
        Finding::last(&self.registry.status.as_ref()?.conditions, type_)
    }

    /// Says whether there is a store to work with.
    pub(super) fn storage(&self) -> Finding {
        let label =
            store::describe(&self.registry.spec.storage).map(|backend| backend.label()).unwrap_or_default();
        match &self.observed.store {
            Some(Ok(Standing { ownership: Ownership::Created, .. })) => {
                Finding::new(Truth::True, Reason::BucketCreated, format!("{label} is ours and reachable"))
            }
            Some(Ok(Standing { ownership: Ownership::Adopted, .. })) => {
                Finding::new(Truth::True, Reason::BucketAdopted, format!("{label} is adopted and reachable"))
            }
            Some(Err(problem)) => Finding::from(problem),
            None => self.last(STORAGE_READY).unwrap_or_else(|| {
                Finding::new(
                    Truth::Unknown,
                    Reason::Suspended,
                    "the store is not looked at while spec.suspend is set",
                )
            }),
        }
    }

    /// Says whether enough pods serve.
    pub(super) fn workload(&self) -> Finding {
        let Some(deployment) = self.deployment else {
            return match (self.facts.gated, Problem::all(&self.errors)) {
                (true, _) => {
                    Finding::new(Truth::False, Reason::Provisioning, "the first pods wait for the storage")
                }
                (false, Some(error)) => Finding::from(&error),
                (false, None) => Finding::new(Truth::Unknown, Reason::Initializing, "there are no pods yet"),
            };
        };
        let was_available = self.last(WORKLOAD_AVAILABLE).is_some_and(|last| last.truth == Truth::True);
        let before = self.registry.status.as_ref().filter(|_| was_available);
        let demand = Demand {
            minimum: self.facts.minimum,
            sufficed: before.map(|status| status.ready_replicas.unwrap_or(0)),
        };
        let verdict = workload::availability(deployment, &demand);
        if verdict.truth == Truth::True {
            return verdict;
        }
        let tokens = Problem::all(&self.observed.tokens).map(|problem| Finding::from(&problem));
        // A pod that waits for its files does not know which of them; the operator does.
        let pods =
            self.pods.clone().filter(|pods| tokens.is_none() || pods.reason != Reason::ContainerConfigError);
        pods.or(tokens).or_else(|| workload::refusal(deployment)).unwrap_or(verdict)
    }

    /// Says whether all tokens are known.
    pub(super) fn tokens(&self) -> Finding {
        Problem::all(&self.observed.tokens).map_or_else(
            || Finding::new(Truth::True, Reason::TokensUsable, "each token file can be used"),
            |problem| Finding::from(&problem),
        )
    }
}
