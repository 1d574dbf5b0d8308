//! What the pod of a run said when it ended. Pure.

use barre_contract::{failure, mirror::LastWords};
use k8s_openapi::api::core::v1::{ContainerStateTerminated, Pod};

use super::record::Ended;
use crate::pods::{container::CONTAINER, last_words::terminated};

const LONGEST_TEXT: usize = 300;

/// Returns it, of the pod that ended last.
pub(crate) fn of(id: String, pods: &[Pod]) -> Ended {
    let containers = pods.iter().filter_map(|pod| pod.status.as_ref()?.container_statuses.as_ref()).flatten();
    let ends = containers.filter(|container| container.name == CONTAINER).filter_map(terminated);
    let Some(end) = ends.max_by_key(|end| end.finished_at.as_ref().map(|time| time.0)) else {
        return Ended { id, ..Ended::default() };
    };
    let text = end.message.as_deref().unwrap_or_default();
    match serde_json::from_str::<LastWords>(text) {
        Ok(words) if words.run == id => Ended { id, words: Some(words), why: None },
        _ => Ended { id, words: None, why: Some(why(end, text)) },
    }
}

/// Returns why a run could not begin, or what killed it.
fn why(end: &ContainerStateTerminated, text: &str) -> String {
    if let Ok(words) = serde_json::from_str::<failure::LastWords>(text) {
        return format!("{}: {}", words.reason, cut(&words.message));
    }
    let reason = end.reason.as_deref().filter(|reason| *reason != "Error").unwrap_or("ended");
    let last_line = text.lines().next_back().unwrap_or_default();
    cut(&format!("{reason} with exit code {}: {last_line}", end.exit_code))
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn pod(end: &Value) -> Pod {
        let status = json!({ "containerStatuses": [{
            "name": "registry", "image": "", "imageID": "", "ready": false, "restartCount": 0,
            "state": { "terminated": end },
        }] });
        serde_json::from_value(json!({ "metadata": { "name": "a" }, "status": status })).unwrap()
    }

    fn ended(end: &Value) -> Ended {
        of("central-1".into(), &[pod(end)])
    }

    #[test]
    fn a_run_says_how_it_ended_or_why_it_could_not_begin() {
        let words = json!({ "run": "central-1", "outcome": "Succeeded", "counts": {},
            "inventory": { "packages": 1, "versions": 2, "bytes": 3 } });
        let said = ended(&json!({ "exitCode": 0, "message": words.to_string() }));
        assert_eq!(said.words.unwrap().inventory.versions, 2);

        let failure = json!({ "reason": "ForeignOwner", "message": "somebody else operates this registry" });
        for (end, expected) in [
            (
                json!({ "exitCode": 1, "message": failure.to_string() }),
                "ForeignOwner: somebody else operates this registry",
            ),
            (json!({ "exitCode": 137, "reason": "OOMKilled" }), "OOMKilled with exit code 137: "),
            (
                json!({ "exitCode": 101, "reason": "Error", "message": "a\npanicked" }),
                "ended with exit code 101: panicked",
            ),
        ] {
            let said = ended(&end);
            assert_eq!((said.words, said.why.as_deref()), (None, Some(expected)));
        }
    }

    #[test]
    fn the_words_of_another_run_are_none() {
        let words = json!({ "run": "central-0", "outcome": "Succeeded", "counts": {},
            "inventory": { "packages": 1, "versions": 2, "bytes": 3 } });
        assert_eq!(ended(&json!({ "exitCode": 0, "message": words.to_string() })).words, None);
    }

    #[test]
    fn of_several_pods_the_last_counts() {
        let end = |time: &str, reason: &str| json!({ "exitCode": 1, "reason": reason, "finishedAt": time });
        let pods = [pod(&end("2026-11-27T18:00:00Z", "Second")), pod(&end("2026-11-27T17:00:00Z", "First"))];
        assert!(of("central-1".into(), &pods).why.unwrap().starts_with("Second"));
        assert!(of("central-1".into(), &[]).why.is_none());
    }
}
