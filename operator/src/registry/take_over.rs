//! The annotation by which a log changes hands.

use barre_crds::{Registry, TAKE_OVER, condition::Reason};
use k8s_openapi::api::apps::v1::Deployment;
use kube::ResourceExt;
use uuid::Uuid;

use crate::pass::problem::Problem;
use crate::pods::container::CONTAINER;

/// The flag that tells a registry.
pub(super) const FLAG: &str = "--take-over";

/// Returns the id of the registry that is to change hands, if the Registry says so, for the pods. Pods that serve have
/// their log: theirs is not changed for it, and nothing rolls.
pub(crate) fn take_over(registry: &Registry, live: Option<&Deployment>) -> Result<Option<String>, Problem> {
    let asked = asked(registry)?;
    let serving = live.filter(|live| {
        live.status
            .as_ref()
            .and_then(|status| status.available_replicas)
            .is_some_and(|available| available > 0)
    });
    Ok(asked.filter(|id| serving.is_none_or(|live| has(live, id))))
}

/// Returns the id that the annotation names.
pub(crate) fn asked(registry: &Registry) -> Result<Option<String>, Problem> {
    let Some(text) = registry.annotations().get(TAKE_OVER) else { return Ok(None) };
    match Uuid::parse_str(text) {
        Ok(id) => Ok(Some(id.to_string())),
        Err(_) => Err(Problem::new(
            Reason::InvalidSpec,
            format!("the annotation {TAKE_OVER} is not the id of a registry (a UUID); correct or remove it"),
        )),
    }
}

/// Whether the pods are told so already.
fn has(live: &Deployment, id: &str) -> bool {
    let containers = live.spec.template.spec.iter().flat_map(|pod| &pod.containers);
    let arguments =
        containers.filter(|container| container.name == CONTAINER).filter_map(|c| c.args.as_ref());
    arguments.into_iter().any(|arguments| arguments.windows(2).any(|pair| pair == [FLAG, id]))
}
