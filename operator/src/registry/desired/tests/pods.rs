//! When pods are left as they are.

use super::*;

#[test]
fn pods_that_serve_are_not_rolled_by_a_take_over() {
    let registry = fixture::full();
    let mut observed = fixture::running(&registry, 3);
    let told = |observed: &Observed| {
        let deployment = applied(&fixture::decide(&registry, observed).objects.deployment);
        let arguments = deployment.spec.template.spec.clone().unwrap().containers.remove(0).args.unwrap();
        (arguments.contains(&"--take-over".to_owned()), deployment)
    };
    let (asked, written) = told(&observed);
    assert!(asked, "nobody serves: this may be why");
    let serves = json!({ "availableReplicas": 1 });
    observed.live.deployment.as_mut().unwrap().status = serde_json::from_value(serves).unwrap();
    assert!(!told(&observed).0);
    observed.live.deployment.as_mut().unwrap().spec.template = written.spec.template;
    assert!(told(&observed).0, "what they were told stays");
}

#[test]
fn addresses_that_a_registry_would_refuse_are_named_and_reach_no_pod() {
    for (server, field) in [
        (json!({ "externalURL": "http://a:99999" }), "server.externalURL"),
        (json!({ "additionalHosts": ["a", "b:99999"] }), "server.additionalHosts: 'b:99999'"),
    ] {
        let registry = fixture::registry(json!({ "server": server }));
        for observed in [fixture::observed(), fixture::running(&registry, 1)] {
            let desired = fixture::decide(&registry, &observed);
            let problem = &desired.facts.problems[0];
            assert_eq!(problem.reason, Reason::InvalidSpec);
            assert!(problem.message.starts_with(field), "{}", problem.message);
            assert!(desired.objects.deployment == ChildChange::Keep);
            assert!(matches!(desired.objects.service, ChildChange::Apply(_)), "the others go on");
            assert_eq!(desired.objects.replicas.is_some(), observed.live.deployment.is_some());
        }
    }
}

#[test]
fn pods_never_run_under_the_account_of_somebody_else() {
    let registry = fixture::registry(json!({ "autoscaling": { "maxReplicas": 4 } }));
    let theirs =
        serde_json::from_value(json!({ "metadata": { "name": "packages", "uid": "theirs" } })).unwrap();
    let mut observed = fixture::observed();
    observed.live.service_account = Some(theirs);
    let desired = fixture::decide(&registry, &observed);
    assert_eq!(desired.facts.problems[0].reason, Reason::NameConflict);
    assert!(desired.objects.deployment == ChildChange::Keep && desired.objects.replicas.is_none());
    assert!(desired.objects.autoscaler == ChildChange::Keep, "it waits for pods");
}

#[test]
fn pods_never_work_by_the_mirrors_of_somebody_else() {
    let registry = fixture::minimal();
    let theirs = json!({ "metadata": { "name": "packages-mirrors", "uid": "theirs" } });
    for (live, written) in [(None, true), (Some(theirs), false)] {
        let mut observed = fixture::observed();
        observed.live.mirrors = live.map(|live| serde_json::from_value(live).unwrap());
        let desired = fixture::decide(&registry, &observed);
        assert_eq!(desired.objects.deployment != ChildChange::Keep, written);
        assert_eq!(desired.facts.problems.iter().any(|one| one.reason == Reason::NameConflict), !written);
    }
}

#[test]
fn what_does_not_fit_is_not_told_and_the_pods_go_on() {
    let registry = fixture::minimal();
    let owner = json!({ "apiVersion": "barre.dev/v1alpha1", "kind": "PackageMirror", "name": "central", "uid": "1",
        "controller": true });
    for (size, fits) in [(10, true), (1_048_000, false)] {
        let file = json!({ "name": "team/central", "deny": "a".repeat(size) }).to_string();
        let map = json!({ "metadata": { "name": "central-mirror", "ownerReferences": [owner] },
            "data": { "mirror.json": file } });
        let mut observed = fixture::observed();
        observed.mirrors = vec![serde_json::from_value(map).unwrap()];
        let desired = fixture::decide(&registry, &observed);
        assert_eq!(desired.objects.mirrors != ChildChange::Keep, fits);
        assert_eq!(desired.facts.notices.is_empty(), fits);
        assert!(desired.objects.deployment != ChildChange::Keep && desired.facts.problems.is_empty());
    }
}

/// A Registry whose Deployment another release wrote, and what is seen of it.
fn due(uid: &str, spec: serde_json::Value) -> (Registry, Observed) {
    let mut registry = fixture::registry(spec);
    registry.metadata.uid = Some(uid.to_owned());
    let seen = barre_crds::RegistryStatus { observed_generation: Some(3), ..Default::default() };
    registry.status = Some(seen);
    let mut observed = fixture::running(&registry, 2);
    let live = observed.live.deployment.as_mut().unwrap();
    live.metadata.labels.as_mut().unwrap().insert("app.kubernetes.io/version".into(), "0.0.1".into());
    (registry, observed)
}

#[test]
fn pods_follow_a_new_operator_when_it_is_their_turn() {
    let rollouts = Rollouts::new(1);
    let decide = |(registry, observed): &(Registry, Observed)| {
        fixture::decide(registry, observed).in_turn(registry, observed, &rollouts)
    };
    let (first, second) = (due("a", json!({})), due("b", json!({ "replicas": 3 })));
    assert!(matches!(decide(&first).objects.deployment, ChildChange::Apply(_)));
    let desired = decide(&second);
    assert!(desired.objects.deployment == ChildChange::Keep);
    assert!(!desired.facts.is_at_rest(), "nothing tells when it is");
    assert_eq!(desired.objects.replicas, Some(3), "scaling waits for nobody");
    rollouts.turn("a", Upgrade::Done);
    assert!(matches!(decide(&second).objects.deployment, ChildChange::Apply(_)));
}

#[test]
fn pods_that_would_not_be_written_take_no_turn() {
    let theirs: ServiceAccount =
        serde_json::from_value(json!({ "metadata": { "name": "packages" } })).unwrap();
    for (spec, account) in [
        (json!({}), Some(theirs)),
        (json!({ "server": { "externalURL": "http://a:99999" } }), None),
        (json!({ "suspend": true }), None),
    ] {
        let (registry, mut observed) = due("a", spec);
        observed.live.service_account = account;
        let rollouts = Rollouts::new(1);
        let desired = fixture::decide(&registry, &observed).in_turn(&registry, &observed, &rollouts);
        assert!(desired.objects.deployment == ChildChange::Keep && !desired.facts.held);
        assert!(rollouts.turn("b", Upgrade::Due));
    }
}

#[test]
fn the_number_of_pods_is_left_to_an_autoscaler_of_somebody_else() {
    let registry = fixture::registry(json!({ "replicas": 2 }));
    let mut observed = fixture::running(&registry, 5);
    assert_eq!(fixture::decide(&registry, &observed).objects.replicas, Some(2));
    observed.rival = Some("theirs".into());
    let desired = fixture::decide(&registry, &observed);
    assert_eq!(desired.objects.replicas, None);
    assert_eq!(desired.facts.notices[0].reason, Reason::ScaledByAnother);
    assert!(!desired.facts.is_at_rest(), "nothing tells when that autoscaler goes");
}

/// What the mirror of this name has the pods of its Registry told.
fn mirror(name: &str, data: &serde_json::Value) -> ConfigMap {
    let owner = json!({
        "apiVersion": "barre.dev/v1alpha1", "kind": "PackageMirror", "name": name, "uid": "uid-2", "controller": true,
    });
    serde_json::from_value(json!({ "metadata": { "name": name, "ownerReferences": [owner] }, "data": data }))
        .unwrap()
}

#[test]
fn a_mirror_rolls_pods_only_where_they_need_a_file_more() {
    let registry = fixture::minimal();
    let decide = |mirrors| {
        let objects = fixture::decide(&registry, &Observed { mirrors, ..fixture::observed() }).objects;
        let told = applied(&objects.mirrors).data.unwrap()["mirrors.json"].clone();
        (applied(&objects.deployment).spec.template, told)
    };
    let (alone, told) = decide(Vec::new());
    assert_eq!(told, r#"{"mirrors":[]}"#);
    let settings = json!({ "mirror.json": r#"{"uid":"uid-2"}"# });
    let (fed, told) = decide(vec![mirror("a", &settings)]);
    assert_eq!(told, r#"{"mirrors":[{"uid":"uid-2"}]}"#);
    assert_eq!(fed, alone);

    let files = r#"{"mirror":"a","token":["upstream","key"],"ca":["upstream-ca","ca.pem"]}"#;
    let settings = json!({ "mirror.json": r#"{"uid":"uid-2"}"#, "files.json": files });
    let (asking, _) = decide(vec![mirror("a", &settings)]);
    assert_ne!(asking, alone);
    let volumes = asking.spec.unwrap().volumes.unwrap();
    let upstreams = volumes.into_iter().find(|volume| volume.name == "upstreams").unwrap();
    assert_eq!(
        serde_json::to_value(upstreams.projected.unwrap().sources).unwrap(),
        json!([
            { "secret": { "name": "upstream", "items": [{ "key": "key", "path": "a/token" }], "optional": true } },
            { "configMap": { "name": "upstream-ca", "items": [{ "key": "ca.pem", "path": "a/ca.crt" }], "optional": true } },
        ])
    );
}
