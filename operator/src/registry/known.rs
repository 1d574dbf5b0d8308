//! What is known of a Registry's data outside its bucket: from the status of earlier passes, and from pods that ended because
//! the bucket is behind what they had read. Pure.

use barre_contract::{
    failure::{Failure, LastWords},
    known::{Cursor, GivenUp, Known},
};
use barre_crds::{ACCEPT_LOSS, Registry};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;

use crate::{
    pods::{container::CONTAINER, last_words::last_words},
    store::Expected,
};

/// Returns what a person gave up.
pub(crate) fn given_up(registry: &Registry) -> Option<&str> {
    registry.annotations().get(ACCEPT_LOSS).map(String::as_str)
}

/// Returns what must be in the store.
pub(crate) fn expected(registry: &Registry, pods: &[Pod]) -> Expected {
    let given_up = GivenUp(given_up(registry));
    let status = registry.status.as_ref();
    let id = status.and_then(|status| status.registry_id.as_deref()).filter(|id| !given_up.names(id));
    let Some(id) = id else { return Expected::default() };
    let recorded =
        status.and_then(|status| status.log_cursor.as_deref()).filter(|text| !given_up.names(text));
    // A pod may have read further than the operator had looked.
    let told = pods.iter().filter_map(|pod| said(pod, id)).filter(|cursor| !given_up.covers(cursor));
    let cursor =
        recorded.and_then(|text| text.parse().ok()).into_iter().chain(told).max_by_key(|cursor| cursor.seq);
    Expected { registry: Some(id.to_owned()), cursor }
}

/// Whether a pod ended because of what it found in the store.
pub(crate) fn doubt(pods: &[Pod]) -> bool {
    let words = pods.iter().filter_map(words);
    words.filter_map(|words| Failure::parse(&words.reason)).any(Failure::is_about_data)
}

/// Returns what the registry in a pod said when it ended, as long as it does not run again.
fn words(pod: &Pod) -> Option<LastWords> {
    if pod.metadata.deletion_timestamp.is_some() {
        return None;
    }
    let mut containers = pod.status.as_ref()?.container_statuses.iter().flatten();
    let container = containers.find(|container| container.name == CONTAINER)?;
    let runs = container.state.as_ref().is_some_and(|state| state.running.is_some());
    if container.ready || (runs && container.started == Some(true)) { None } else { last_words(container) }
}

/// Returns where the log of this registry was, if a pod ended because it is not there any more.
fn said(pod: &Pod, id: &str) -> Option<Cursor> {
    words(pod)?.known.filter(|known| known.registry_id == id).map(|Known { cursor, .. }| cursor)
}

#[cfg(test)]
mod tests {
    use barre_crds::RegistryStatus;
    use serde_json::json;

    use super::*;
    use crate::registry::fixture;

    const ID: &str = "0198c0de-0000-4000-8000-000000000001";

    fn cursor(seq: u64) -> Cursor {
        Cursor { seq, head: format!("sha256:{}", "0a".repeat(32)) }
    }

    /// A Registry whose status knows `ID` at segment 5.
    fn registry(given_up: Option<&str>) -> Registry {
        let mut registry = fixture::minimal();
        registry.status = Some(RegistryStatus {
            registry_id: Some(ID.to_owned()),
            log_cursor: Some(cursor(5).to_string()),
            ..RegistryStatus::default()
        });
        registry.metadata.annotations =
            given_up.map(|text| [(ACCEPT_LOSS.to_owned(), text.to_owned())].into());
        registry
    }

    fn ended(ready: bool, id: &str, seq: u64) -> Pod {
        let words = json!({
            "reason": "LogRewound", "message": "",
            "known": { "registryID": id, "logCursor": cursor(seq).to_string() },
        });
        serde_json::from_value(json!({
            "metadata": { "name": "packages-1" },
            "status": { "containerStatuses": [{
                "name": "registry", "image": "", "imageID": "", "ready": ready, "restartCount": 1,
                "lastState": { "terminated": { "exitCode": 1, "message": words.to_string() } },
            }] },
        }))
        .unwrap()
    }

    #[test]
    fn nothing_is_expected_of_a_registry_that_has_not_begun() {
        assert_eq!(expected(&fixture::minimal(), &[ended(false, ID, 9)]), Expected::default());
    }

    #[test]
    fn what_was_seen_is_expected_until_it_is_given_up() {
        let (at_5, at_9) = (cursor(5).to_string(), cursor(9).to_string());
        let pods =
            [ended(false, ID, 9), ended(false, ID, 8), ended(false, "another", 20), ended(true, ID, 21)];
        for (given_up, pods, id, seq) in [
            (None, &[][..], true, Some(5)),
            (None, &pods[..], true, Some(9)),
            (Some(at_5.as_str()), &[][..], true, None),
            (Some(at_5.as_str()), &pods[..], true, Some(9)),
            (Some(at_9.as_str()), &pods[..], true, Some(5)),
            (Some(ID), &pods[..], false, None),
            (Some("something"), &pods[..], true, Some(9)),
        ] {
            let expected = expected(&registry(given_up), pods);
            assert_eq!(expected.registry.is_some(), id, "{given_up:?}");
            assert_eq!(expected.cursor.map(|cursor| cursor.seq), seq, "{given_up:?}");
        }
    }

    #[test]
    fn a_pod_that_ended_for_the_data_in_the_store_is_a_reason_to_look() {
        assert!(doubt(&[ended(false, ID, 9)]));
        assert!(!doubt(&[ended(true, ID, 9)]), "it serves again");
        let mut pod = ended(false, ID, 9);
        let container = &mut pod.status.as_mut().unwrap().container_statuses.as_mut().unwrap()[0];
        container.started = Some(true);
        container.state = serde_json::from_value(json!({ "running": {} })).unwrap();
        assert!(!doubt(&[pod]), "it runs again, and is not ready for another reason");
        assert!(!doubt(&[]));
    }
}
