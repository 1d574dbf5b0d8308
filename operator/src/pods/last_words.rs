//! What a container of a registry said when it ended. Pure.

use barre_contract::failure::LastWords;
use k8s_openapi::api::core::v1::{ContainerStateTerminated, ContainerStatus};

/// Returns how a container ended, now or the last time.
pub(crate) fn terminated(container: &ContainerStatus) -> Option<&ContainerStateTerminated> {
    let now = container.state.as_ref().and_then(|state| state.terminated.as_ref());
    now.or_else(|| container.last_state.as_ref().and_then(|state| state.terminated.as_ref()))
}

/// Returns what the registry said then; nothing if it could not say why.
pub(crate) fn last_words(container: &ContainerStatus) -> Option<LastWords> {
    serde_json::from_str(terminated(container)?.message.as_deref()?).ok()
}
