//! Whose the objects are that are there.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::*;

#[test]
fn what_is_ours_and_unwanted_is_deleted() {
    let scaled = fixture::registry(json!({ "autoscaling": { "maxReplicas": 4 } }));
    let mut observed = fixture::running(&scaled, 3);
    let mut autoscaler = applied(&fixture::decide(&scaled, &observed).objects.autoscaler);
    autoscaler.metadata.uid = Some("autoscaler-1".into());
    observed.live.autoscaler = Some(autoscaler.clone());

    let fixed = fixture::registry(json!({ "replicas": 3 }));
    let expected = ChildChange::Delete { name: "packages".into(), uid: "autoscaler-1".into() };
    assert!(fixture::decide(&fixed, &observed).objects.autoscaler == expected);

    autoscaler.metadata.owner_references = None;
    autoscaler.metadata.labels = None;
    observed.live.autoscaler = Some(autoscaler);
    assert!(fixture::decide(&fixed, &observed).objects.autoscaler == ChildChange::Keep, "somebody else's");
}

#[test]
fn a_child_of_somebody_else_is_left_alone() {
    let registry = fixture::registry(json!({ "autoscaling": { "maxReplicas": 4 } }));
    let mut observed = fixture::running(&registry, 2);
    observed.live.deployment.as_mut().unwrap().metadata =
        ObjectMeta { name: Some("packages".into()), uid: Some("theirs".into()), ..ObjectMeta::default() };
    let desired = fixture::decide(&registry, &observed);
    assert!(desired.objects.deployment == ChildChange::Keep);
    assert!(desired.objects.autoscaler == ChildChange::Keep, "it would scale their pods");
    assert!(desired.objects.replicas.is_none());
    assert_eq!(desired.facts.problems[0].reason, Reason::NameConflict);
}

#[test]
fn what_a_predecessor_left_is_waited_for() {
    let registry = fixture::minimal();
    let mut observed = fixture::running(&registry, 2);
    let meta = &mut observed.live.deployment.as_mut().unwrap().metadata;
    meta.owner_references.as_mut().unwrap()[0].uid = "predecessor".into();
    let desired = fixture::decide(&registry, &observed);
    assert!(desired.objects.deployment == ChildChange::Keep && desired.facts.waiting);
    assert!(desired.facts.problems.is_empty() && !desired.facts.is_at_rest());

    let mut observed = fixture::observed();
    let ChildChange::Create(mut secret) = fixture::decide(&registry, &observed).objects.admin else {
        panic!()
    };
    secret.metadata.owner_references.as_mut().unwrap()[0].uid = "predecessor".into();
    observed.live.admin = Some(*secret);
    assert!(fixture::decide(&registry, &observed).facts.waiting, "nobody watches it");
}
