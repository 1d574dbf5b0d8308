//! The `ServiceAccount`. Pods have no rights in the cluster; some stores know them by it.

use k8s_openapi::api::core::v1::ServiceAccount;

use super::wanted::Wanted;
use crate::{pass::child::Wish, registry::names};

/// Returns the account of the pods.
pub(crate) fn service_account(wanted: &Wanted<'_>) -> Wish<ServiceAccount> {
    Wish::Be(ServiceAccount {
        metadata: names::child(wanted.registry, names::main(wanted.registry)),
        automount_service_account_token: Some(false),
        ..ServiceAccount::default()
    })
}
