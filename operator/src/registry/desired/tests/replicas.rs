//! How many pods there are, and who says it.

use k8s_openapi::api::autoscaling::v2::{HorizontalPodAutoscaler, HorizontalPodAutoscalerCondition};

use super::*;
use crate::registry::desired::autoscaler::watched;

#[test]
fn replicas_are_written_by_nobody_once_an_autoscaler_decides() {
    let fixed = fixture::registry(json!({ "replicas": 3 }));
    let scaled = fixture::registry(json!({ "autoscaling": { "minReplicas": 2, "maxReplicas": 4 } }));
    let replicas =
        |registry: &Registry, observed: &Observed| fixture::decide(registry, observed).objects.replicas;

    assert_eq!(replicas(&fixed, &fixture::observed()), Some(3), "created");
    assert_eq!(replicas(&fixed, &fixture::running(&fixed, 5)), Some(3), "scaled by hand");
    assert_eq!(replicas(&fixed, &fixture::running(&fixed, 3)), None, "nothing to write");
    assert_eq!(replicas(&scaled, &fixture::observed()), Some(2), "created");
    for live in 1..=4 {
        assert_eq!(replicas(&scaled, &fixture::running(&scaled, live)), None, "{live}");
    }
    assert_eq!(replicas(&scaled, &fixture::running(&scaled, 0)), Some(2), "an autoscaler at 0 sleeps");
}

#[test]
fn the_main_field_manager_sends_replicas_only_to_what_is_not_there() {
    for (registry, minimum) in [(fixture::minimal(), 2), (fixture::full(), 3)] {
        let sent = |observed: &Observed| {
            applied(&fixture::decide(&registry, observed).objects.deployment).spec.replicas
        };
        let mut new = fixture::observed();
        assert_eq!(sent(&new), Some(minimum));
        assert_eq!(sent(&fixture::running(&registry, minimum)), None);
        assert_eq!(sent(&fixture::running(&registry, 0)), None);
        new.rival = Some("theirs".into());
        assert_eq!(sent(&new), None, "somebody else's autoscaler decides");
    }
}

/// It measures every few seconds.
#[test]
fn of_an_autoscaler_only_what_is_told_of_it_leads_to_a_pass() {
    type Change = fn(&mut HorizontalPodAutoscaler);
    let scaled = fixture::registry(json!({ "autoscaling": { "maxReplicas": 4 } }));
    let mut before = applied(&fixture::decide(&scaled, &fixture::running(&scaled, 2)).objects.autoscaler);
    let active = |status: &str| HorizontalPodAutoscalerCondition {
        type_: "ScalingActive".into(),
        status: status.into(),
        ..HorizontalPodAutoscalerCondition::default()
    };
    before.status.get_or_insert_default().conditions = Some(vec![active("True")]);
    let cases: [(Change, bool); 7] = [
        (|_| {}, false),
        (|now| now.status.get_or_insert_default().current_replicas = Some(3), false),
        (|now| condition(now).message = Some("measured 12 of 80".into()), false),
        (|now| condition(now).status = "False".into(), true),
        (|now| condition(now).reason = Some("FailedGetResourceMetric".into()), true),
        (|now| now.spec.max_replicas = 9, true),
        (|now| drop(now.metadata.labels.take()), true),
    ];
    for (index, (change, leads)) in cases.into_iter().enumerate() {
        let mut now = before.clone();
        change(&mut now);
        assert_eq!(watched(&now) != watched(&before), leads, "{index}");
    }
}

fn condition(autoscaler: &mut HorizontalPodAutoscaler) -> &mut HorizontalPodAutoscalerCondition {
    &mut autoscaler.status.as_mut().unwrap().conditions.as_mut().unwrap()[0]
}

#[test]
fn one_pod_has_no_disruption_budget() {
    let budget = |spec| fixture::decide(&fixture::registry(spec), &fixture::observed()).objects.disruption;
    assert!(matches!(budget(json!({})), ChildChange::Apply(_)), "two pods by default");
    assert!(budget(json!({ "replicas": 1 })) == ChildChange::Keep);
    assert!(budget(json!({ "autoscaling": { "maxReplicas": 1 } })) == ChildChange::Keep);
    let scaled = json!({ "autoscaling": { "minReplicas": 1, "maxReplicas": 9 } });
    assert!(matches!(budget(scaled), ChildChange::Apply(_)), "nine pods may serve");
}
