//! What a Deployment, its pods and its autoscaler say about themselves.

use barre_crds::condition::Reason;
use k8s_openapi::api::{
    apps::v1::Deployment,
    autoscaling::v2::HorizontalPodAutoscaler,
    core::v1::{ContainerStatus, Pod},
};
use kube::ResourceExt;

use crate::{
    pass::{
        finding::{Finding, Truth},
        word::Word,
    },
    registry::{
        last_words::{last_words, terminated},
        rollout::condition,
    },
};

/// Says whether enough pods serve. Once they did, one may be missing: the disruption budget allows that, and a new pod
/// of a growing Deployment is no outage.
pub(super) fn availability(deployment: &Deployment, minimum: i32, was_available: bool) -> Finding {
    let status = deployment.status.clone().unwrap_or_default();
    let wanted = deployment.spec.replicas.unwrap_or(1);
    let available = status.available_replicas.unwrap_or(0);
    let enough = if was_available { minimum - 1 } else { minimum };
    if wanted == 0 {
        Finding::new(Truth::False, Reason::ScaledToZero, "spec.replicas is 0; raise it to serve")
    } else if available >= enough.max(1) {
        Finding::new(Truth::True, Reason::MinimumReplicasAvailable, "enough pods serve")
    } else {
        Finding::new(Truth::False, Reason::MinimumReplicasUnavailable, counts(deployment))
    }
}

/// Says how many pods there are of what kind.
pub(super) fn counts(deployment: &Deployment) -> String {
    let status = deployment.status.clone().unwrap_or_default();
    let wanted = deployment.spec.replicas.unwrap_or(1);
    let (ready, updated) = (status.ready_replicas.unwrap_or(0), status.updated_replicas.unwrap_or(0));
    format!("{ready} of {} ready, {updated} of the current template", pods(wanted))
}

fn pods(count: i32) -> String {
    if count == 1 { "1 pod".into() } else { format!("{count} pods") }
}

/// Says that a rollout takes too long, and why if a pod tells.
pub(super) fn overdue(deployment: &Deployment, pods: Option<&Finding>) -> Option<Finding> {
    let progressing = condition(deployment, "Progressing")?;
    (progressing.reason.as_deref() == Some("ProgressDeadlineExceeded")).then(|| {
        let why =
            pods.map_or_else(|| counts(deployment), |pods| format!("{}: {}", pods.reason, pods.message));
        Finding::new(
            Truth::True,
            Reason::ProgressDeadlineExceeded,
            format!("the rollout does not finish: {why}"),
        )
    })
}

/// Says why Kubernetes creates no pods.
pub(super) fn refusal(deployment: &Deployment) -> Option<Finding> {
    let failure = condition(deployment, "ReplicaFailure")
        .filter(|failure| failure.status.as_deref() == Some("True"))?;
    let message = failure.message.as_deref().unwrap_or("no reason given");
    Some(Finding::new(Truth::False, Reason::ReplicaFailure, format!("pods cannot be created: {message}")))
}

/// Says what keeps a pod from serving: of all pods, what most surely needs a person.
pub(super) fn problem(pods: &[Pod]) -> Option<Finding> {
    let living = pods.iter().filter(|pod| pod.metadata.deletion_timestamp.is_none());
    living.filter_map(pod_problem).min_by_key(|(severity, _)| *severity).map(|(_, finding)| finding)
}

fn pod_problem(pod: &Pod) -> Option<(u8, Finding)> {
    let status = pod.status.as_ref()?;
    let name = pod.name_any();
    let found = |severity, reason: Word, message: String| {
        Some((severity, Finding::new(Truth::False, reason, message)))
    };
    if let Some(container) = status.container_statuses.iter().flatten().find(|container| !container.ready) {
        if let Some((reason, message)) = said(container) {
            return found(0, reason, format!("pod '{name}': {message}"));
        }
        let waiting = container.state.as_ref().and_then(|state| state.waiting.as_ref());
        let why = waiting.and_then(|waiting| waiting.message.as_deref()).unwrap_or("no details");
        match waiting.and_then(|waiting| waiting.reason.as_deref()) {
            Some("ErrImagePull" | "ImagePullBackOff" | "InvalidImageName" | "ErrImageNeverPull") => {
                let hint = "correct spec.image, or add pullSecrets";
                let message = format!("image '{}' cannot be pulled: {why}; {hint}", container.image);
                return found(1, Reason::ImagePullFailed.into(), message);
            }
            Some("CreateContainerConfigError" | "CreateContainerError" | "RunContainerError") => {
                let message = format!("pod '{name}' cannot start its container: {why}");
                return found(2, Reason::ContainerConfigError.into(), message);
            }
            _ => {}
        }
        if let Some(ended) = terminated(container) {
            let last = ended.message.as_deref().unwrap_or_default().lines().last().unwrap_or_default();
            let last: String = last.chars().take(300).collect();
            let message = format!("pod '{name}' ended with exit code {}: {last}", ended.exit_code);
            return found(3, Reason::CrashLooping.into(), message);
        }
        let running = container.state.as_ref().is_some_and(|state| state.running.is_some());
        if running && container.started == Some(true) {
            return found(
                5,
                Reason::ProbeFailing.into(),
                format!("pod '{name}' runs and does not become ready; see its log"),
            );
        }
    }
    let unschedulable = status.conditions.iter().flatten().find(|condition| {
        condition.type_ == "PodScheduled" && condition.reason.as_deref() == Some("Unschedulable")
    })?;
    let why = unschedulable.message.as_deref().unwrap_or("no details");
    found(4, Reason::Unschedulable.into(), format!("pod '{name}' finds no node: {why}"))
}

/// Returns what the registry said when it ended, as conditions have it.
fn said(container: &ContainerStatus) -> Option<(Word, String)> {
    let words = last_words(container)?;
    Some((Word::said(&words.reason)?, words.message.chars().take(2000).collect()))
}

/// Says whether the autoscaler can do its work.
pub(super) fn autoscaling(autoscaler: Option<&HorizontalPodAutoscaler>) -> Finding {
    let conditions = autoscaler.and_then(|autoscaler| autoscaler.status.as_ref()?.conditions.as_ref());
    let find = |type_: &str| conditions.into_iter().flatten().find(|condition| condition.type_ == type_);
    let because = |message: &Option<String>| message.clone().unwrap_or_default();
    if let Some(limited) =
        find("ScalingLimited").filter(|limited| limited.reason.as_deref() == Some("TooManyReplicas"))
    {
        let message = format!("{}; raise autoscaling.maxReplicas if that lasts", because(&limited.message));
        return Finding::new(Truth::False, Reason::AtMaxReplicas, message);
    }
    for type_ in ["AbleToScale", "ScalingActive"] {
        if let Some(failing) = find(type_).filter(|condition| condition.status == "False") {
            return Finding::new(Truth::False, Reason::MetricsUnavailable, because(&failing.message));
        }
    }
    match find("ScalingActive") {
        Some(active) => Finding::new(Truth::True, Reason::ScalingActive, because(&active.message)),
        None => Finding::new(Truth::Unknown, Reason::Initializing, "the autoscaler has not looked yet"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn an_autoscaler_says_what_keeps_it() {
        let found = |conditions: Value| {
            let autoscaler = json!({
                "metadata": {},
                "spec": { "maxReplicas": 4, "scaleTargetRef": { "kind": "Deployment", "name": "packages" } },
                "status": { "conditions": conditions, "desiredReplicas": 2 },
            });
            let found = autoscaling(Some(&serde_json::from_value(autoscaler).unwrap()));
            (found.truth, found.reason)
        };
        let one = |type_: &str, status: &str, reason: &str| json!([{ "type": type_, "status": status, "reason": reason }]);
        for (conditions, truth, reason) in [
            (json!([]), Truth::Unknown, Reason::Initializing),
            (one("ScalingActive", "True", "ValidMetricFound"), Truth::True, Reason::ScalingActive),
            (
                one("ScalingActive", "False", "FailedGetResourceMetric"),
                Truth::False,
                Reason::MetricsUnavailable,
            ),
            (one("ScalingLimited", "True", "TooManyReplicas"), Truth::False, Reason::AtMaxReplicas),
        ] {
            assert_eq!(found(conditions), (truth, reason.into()));
        }
    }
}
