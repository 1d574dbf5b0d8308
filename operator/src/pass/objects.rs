//! The typed bag of children that `desired` fills and `apply` empties.

use k8s_openapi::api::{
    apps::v1::Deployment,
    autoscaling::v2::HorizontalPodAutoscaler,
    core::v1::{Secret, Service, ServiceAccount},
    policy::v1::PodDisruptionBudget,
};

/// Everything to write for one Registry. `apply` takes it apart without `..`: a new kind of child that nobody applies
/// does not compile. No `Debug`: one of them holds a token.
#[derive(PartialEq)]
pub(crate) struct Objects {
    pub(crate) service_account: Change<ServiceAccount>,
    /// Made once, if it does not exist; never changed, never deleted.
    pub(crate) admin: Option<Secret>,
    pub(crate) service: Change<Service>,
    pub(crate) admin_service: Change<Service>,
    pub(crate) disruption: Change<PodDisruptionBudget>,
    /// Never holds `spec.replicas`, which belongs to `replicas` or to the autoscaler.
    pub(crate) deployment: Change<Deployment>,
    /// What the second field manager writes into the Deployment.
    pub(crate) replicas: Option<i32>,
    pub(crate) autoscaler: Change<HorizontalPodAutoscaler>,
}

/// What happens to a child.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change<K> {
    /// It becomes this.
    Apply(Box<K>),
    /// The object with this uid is ours and no longer wanted.
    Delete { name: String, uid: String },
    /// Nothing.
    Keep,
}

impl Objects {
    /// Returns the bag of somebody who must not write.
    pub(crate) fn nothing() -> Self {
        Self {
            service_account: Change::Keep,
            admin: None,
            service: Change::Keep,
            admin_service: Change::Keep,
            disruption: Change::Keep,
            deployment: Change::Keep,
            replicas: None,
            autoscaler: Change::Keep,
        }
    }
}
