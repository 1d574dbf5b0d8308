//! The annotation by which a log changes hands.

use barre_crds::{Registry, TAKE_OVER, condition::Reason};
use kube::ResourceExt;
use uuid::Uuid;

use crate::pass::problem::Problem;

/// Returns the id of the registry that is to change hands, if the Registry says so.
pub(crate) fn take_over(registry: &Registry) -> Result<Option<String>, Problem> {
    let Some(text) = registry.annotations().get(TAKE_OVER) else { return Ok(None) };
    match Uuid::parse_str(text) {
        Ok(id) => Ok(Some(id.to_string())),
        Err(_) => Err(Problem::new(
            Reason::InvalidSpec,
            format!("the annotation {TAKE_OVER} is not the id of a registry (a UUID); correct or remove it"),
        )),
    }
}
