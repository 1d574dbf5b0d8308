//! Writes what a pass has to say: the status, if it says anything new, and events.

use std::fmt::Debug;

use k8s_openapi::NamespaceResourceScope;
use kube::{
    Api, Resource, ResourceExt,
    api::{Patch, PatchParams},
    runtime::events::{Event, EventType},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;

use super::{context::Context, error::Error, metrics::Controller};

/// A note may have at most this many bytes.
const LONGEST_NOTE: usize = 1000;

/// Writes a status as the field manager of statuses of its kind.
pub(crate) async fn write_status<K, S>(
    ctx: &Context,
    object: &K,
    status: &S,
    (controller, manager): (Controller, &str),
) -> Result<(), Error>
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + Debug + DeserializeOwned,
    S: Serialize,
{
    let (kind, name) = (K::kind(&()), object.name_any());
    let api: Api<K> = Api::namespaced(ctx.client.clone(), &object.namespace().unwrap_or_default());
    let body = json!({
        "apiVersion": K::api_version(&()),
        "kind": kind,
        "metadata": { "name": name, "uid": object.uid() },
        "status": status,
    });
    let written = api
        .patch_status(&name, &PatchParams::apply(manager).force(), &Patch::Apply(&body))
        .await
        .map_err(|error| Error::kube(format!("writing the status of {kind} '{name}'"), error))?;
    let version = written.resource_version().unwrap_or_default();
    ctx.memory.remember_reported(&object.uid().unwrap_or_default(), &version, body["status"].clone());
    ctx.metrics.status_written(controller);
    Ok(())
}

/// Returns the status that was written last, if the watch has seen an older one.
pub(crate) fn written_since<K: Resource, S: DeserializeOwned>(ctx: &Context, object: &K) -> Option<S> {
    let version = object.resource_version().unwrap_or_default();
    let written = ctx.memory.reported_after(&object.uid().unwrap_or_default(), &version);
    serde_json::from_value(written?).ok()
}

/// Makes an event.
pub(crate) fn event(type_: EventType, reason: &str, action: &str, note: &str) -> Event {
    Event {
        type_,
        reason: reason.to_owned(),
        note: Some(cut(note)),
        action: action.to_owned(),
        secondary: None,
    }
}

/// Returns the event about children that somebody else changed, and that are as the spec says again.
pub(crate) fn restored(drifted: &[String]) -> Option<Event> {
    let note = format!("{}, and is as the spec says again", drifted.join(", "));
    let restored = barre_crds::condition::Reason::Restored;
    (!drifted.is_empty()).then(|| event(EventType::Normal, restored.as_str(), "Reconcile", &note))
}

fn cut(text: &str) -> String {
    text.chars()
        .scan(0, |bytes, c| {
            *bytes += c.len_utf8();
            (*bytes <= LONGEST_NOTE).then_some(c)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_fit() {
        let event = event(EventType::Normal, "Reason", "Reconcile", &"ä".repeat(LONGEST_NOTE));
        assert_eq!(event.note.unwrap().len(), LONGEST_NOTE);
    }
}
