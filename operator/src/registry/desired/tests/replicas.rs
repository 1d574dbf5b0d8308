//! How many pods there are, and who says it.

use super::*;

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

#[test]
fn one_pod_has_no_disruption_budget() {
    let budget = |spec| fixture::decide(&fixture::registry(spec), &fixture::observed()).objects.disruption;
    assert!(matches!(budget(json!({})), ChildChange::Apply(_)), "two pods by default");
    assert!(budget(json!({ "replicas": 1 })) == ChildChange::Keep);
    assert!(budget(json!({ "autoscaling": { "maxReplicas": 1 } })) == ChildChange::Keep);
    let scaled = json!({ "autoscaling": { "minReplicas": 1, "maxReplicas": 9 } });
    assert!(matches!(budget(scaled), ChildChange::Apply(_)), "nine pods may serve");
}
