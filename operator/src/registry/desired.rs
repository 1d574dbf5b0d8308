//! The children of a Registry, each a file below and a line in the table, from which follows whatever else is done with it.
//! Pure: the same input gives the same bytes.

pub(super) mod admin_token;
pub(super) mod autoscaler;
pub(super) mod deployment;
pub(super) mod disruption;
pub(super) mod image;
pub(super) mod mirrors;
pub(super) mod service;
pub(super) mod service_account;
pub(super) mod settled;
pub(super) mod wanted;

mod arguments;
mod container;
mod files;

use barre_crds::Registry;
use k8s_openapi::api::{
    apps::v1::Deployment,
    autoscaling::v2::HorizontalPodAutoscaler,
    core::v1::{ConfigMap, Secret, Service, ServiceAccount},
    policy::v1::PodDisruptionBudget,
};

use super::names;
use crate::pass::children::children;
use wanted::Wanted;

// The order: what pods need comes before pods, and an autoscaler goes before somebody else sets `replicas`.
// The word that a rollout has settled comes before what may begin another: it is taken back first, and a pass that fails
// in between leaves no word that is no longer true.
children! {
    of Registry, wanted as Wanted<'_>;

    /// What the pods run as.
    service_account: ServiceAccount = Applied service_account::service_account, named names::main;
    /// The first token, and its hash for the server.
    admin: Secret = Once admin_token::secret, named names::admin;
    /// What clients reach.
    service: Service = Applied service::public, named names::main;
    /// Health and metrics.
    admin_service: Service = Applied service::admin, named names::admin;
    /// How many pods may be away at a time.
    disruption: PodDisruptionBudget = Pruned disruption::budget, named names::main;
    /// Tells the pods that no other template is left.
    settled: ConfigMap = Applied settled::settled, named names::settled;
    /// Tells the pods which mirrors feed them.
    mirrors: ConfigMap = Applied mirrors::mirrors, named names::mirrors;
    /// The pods. Once it is there, it holds no `spec.replicas`, which belongs to `replicas` or to the autoscaler.
    deployment: Deployment = Applied deployment::deployment, named names::main,
        needs service_account | settled | mirrors, first prunes autoscaler, then replicas by deployment::replicas;
    /// Decides how many pods there are.
    autoscaler: HorizontalPodAutoscaler = Pruned autoscaler::autoscaler, named names::main,
        watched by autoscaler::watched;
}

#[cfg(test)]
mod tests;
