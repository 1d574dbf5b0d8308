//! What a Deployment, its pods and its autoscaler say about themselves.

use barre_crds::condition::Reason;
use k8s_openapi::api::{apps::v1::Deployment, autoscaling::v2::HorizontalPodAutoscaler};

use crate::{
    pass::finding::{Finding, Truth},
    registry::rollout::condition,
};

/// How many pods must serve.
pub(super) struct Demand {
    /// By the spec.
    pub(super) minimum: i32,
    /// How many served when they were enough the last time.
    pub(super) sufficed: Option<i32>,
}

/// Says whether enough pods serve. Once they did, one may be missing, since the disruption budget allows that; and where
/// the spec asks for more than before, those that served are no fewer for it.
pub(super) fn availability(deployment: &Deployment, demand: &Demand) -> Finding {
    let status = deployment.status.clone().unwrap_or_default();
    let wanted = deployment.spec.replicas.unwrap_or(1);
    let available = status.available_replicas.unwrap_or(0);
    let enough = demand.sufficed.map_or(demand.minimum, |served| served.min(demand.minimum - 1));
    if wanted == 0 && demand.minimum == 0 {
        let message = "nothing serves, as the spec asks for no pods; raise spec.replicas to serve";
        Finding::new(Truth::True, Reason::ScaledToZero, message)
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
