//! What is told though pods serve, and what keeps them from serving.

use super::*;

#[test]
fn a_mistake_in_a_token_file_is_told_while_the_pods_serve() {
    let registry = fixture::minimal();
    let mut observed = with(&registry, complete(2), json!([]));
    assert_eq!(condition(&report(&registry, &observed, &[]), TOKENS_READY).status, "True");
    observed.tokens = vec![
        Problem::new(Reason::TokensUnusable, "correct it"),
        Problem::new(Reason::SecretNotFound, "create it"),
    ];
    let status = report(&registry, &observed, &[]);
    assert_eq!(table(&status)[..3], ["T Available", "T TokensUnusable", "F Settled"]);
    let tokens = condition(&status, TOKENS_READY);
    assert_eq!((&*tokens.status, &*tokens.message), ("False", "correct it; create it"));
}

#[test]
fn a_pod_that_waits_for_a_secret_is_explained_by_the_secret() {
    let registry = fixture::minimal();
    let mut pods = pod(&json!({ "waiting": { "reason": "ContainerCreating" } }), &json!({}));
    let placed =
        json!({ "type": "PodScheduled", "status": "True", "lastTransitionTime": "1969-12-31T00:00:00Z" });
    pods[0]["status"]["conditions"] = json!([placed]);
    let mut observed = with(&registry, rolling(0), pods);
    observed.warning = Some("FailedMount: secret not found".into());
    let why = |observed: &Observed| {
        let status = report(&registry, observed, &[]);
        let workload = condition(&status, WORKLOAD_AVAILABLE);
        (workload.reason.clone(), workload.message.clone())
    };
    let (reason, message) = why(&observed);
    assert_eq!(reason, "ContainerConfigError");
    assert!(message.ends_with("FailedMount: secret not found"), "{message}");
    observed.tokens = vec![Problem::new(Reason::NameConflict, "Secret 'packages-admin' is somebody else's")];
    assert_eq!(why(&observed).0, "NameConflict");
}

#[test]
fn each_child_that_failed_is_told() {
    let registry = fixture::minimal();
    let observed = with(&registry, complete(2), json!([]));
    let error = |code: u16, what: &str| {
        let answer = json!({ "code": code, "message": "no", "reason": "x" });
        Error::kube(what, kube::Error::Api(serde_json::from_value(answer).unwrap()))
    };
    let errors = [error(403, "applying ConfigMap 'a'"), error(422, "applying Service 'b'")];
    let status = report(&registry, &observed, &errors);
    let stalled = condition(&status, STALLED);
    assert_eq!(stalled.reason, "InvalidSpec");
    assert!(stalled.message.contains("'a'") && stalled.message.contains("'b'"), "{}", stalled.message);
    let status = report(&registry, &observed, &errors[..1]);
    assert_eq!(table(&status)[..3], ["T Available", "T RetryingAfterError", "F Settled"]);
}

#[test]
fn no_pods_where_none_are_wanted_is_ready() {
    let none = json!({ "observedGeneration": 1, "conditions": [
        { "type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable" },
    ] });
    let zero = fixture::registry(json!({ "replicas": 0 }));
    let mut observed = with(&zero, none.clone(), json!([]));
    observed.live.deployment.as_mut().unwrap().spec.replicas = Some(0);
    let status = report(&zero, &observed, &[]);
    assert_eq!(table(&status)[..3], ["T ScaledToZero", "F Settled", "F Settled"]);

    let scaled = fixture::registry(json!({ "autoscaling": { "maxReplicas": 4 } }));
    let mut observed = with(&scaled, none, json!([]));
    observed.live.deployment.as_mut().unwrap().spec.replicas = Some(0);
    assert_eq!(
        condition(&report(&scaled, &observed, &[]), READY).status,
        "False",
        "somebody switched it off"
    );
}

#[test]
fn asking_for_more_pods_is_no_outage() {
    for (served, wanted, available, expected) in
        [(1, 3, 1, "True"), (4, 8, 4, "True"), (4, 8, 3, "False"), (4, 4, 3, "True"), (4, 4, 2, "False")]
    {
        let mut registry = fixture::registry(json!({ "replicas": served }));
        registry.status = Some(report(&registry, &with(&registry, complete(served), json!([])), &[]));
        registry.spec.replicas = Some(wanted);
        let status = report(&registry, &with(&registry, complete(available), json!([])), &[]);
        assert_eq!(condition(&status, READY).status, expected, "{served} → {wanted}, {available} serve");
    }
}

#[test]
fn pods_that_find_no_room_are_told_while_the_others_serve() {
    let mut registry = fixture::minimal();
    registry.status = Some(report(&registry, &with(&registry, complete(2), json!([])), &[]));
    registry.spec.replicas = Some(4);
    let unschedulable = json!([{ "metadata": { "name": "packages-1" }, "status": { "conditions": [
        { "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes" },
    ] } }]);
    let status = report(&registry, &with(&registry, complete(2), unschedulable), &[]);
    assert_eq!(table(&status)[..3], ["T Available", "T Unschedulable", "F Settled"]);
}

#[test]
fn the_version_is_what_serves() {
    let registry = fixture::minimal();
    let pod = |image: &str, ready: &str| {
        json!({ "metadata": { "name": image },
            "spec": { "containers": [{ "name": "proxy", "image": "x:9" }, { "name": "registry", "image": image }] },
            "status": { "conditions": [{ "type": "Ready", "status": ready }] } })
    };
    let ours = fixture::installation().registry_image;
    let version = |pods: Value| report(&registry, &with(&registry, rolling(2), pods), &[]).version;
    assert_eq!(version(json!([pod("barre:0.1.0", "True"), pod(&ours, "False")])).as_deref(), Some("0.1.0"));
    let both = format!("0.1.0, {}", env!("CARGO_PKG_VERSION"));
    assert_eq!(version(json!([pod(&ours, "True"), pod("barre:0.1.0", "True")])), Some(both));
    assert_eq!(version(json!([pod(&ours, "False")])), None);
}

#[test]
fn a_failing_rollout_of_a_serving_registry_is_told() {
    let mut registry = fixture::minimal();
    registry.status = Some(report(&registry, &with(&registry, complete(2), json!([])), &[]));
    let pull = json!({ "waiting": { "reason": "ErrImagePull", "message": "not found" } });
    let status = report(&registry, &with(&registry, rolling(2), pod(&pull, &json!({}))), &[]);
    assert_eq!(table(&status)[..3], ["T Available", "T ImagePullFailed", "F Settled"]);
}

#[test]
fn what_others_do_to_the_pods_is_told_and_takes_no_readiness() {
    let mut registry = fixture::minimal();
    let told = |registry: &Registry, observed: &Observed| {
        let status = report(registry, observed, &[]);
        assert_eq!(table(&status)[0], "T Available");
        condition(&status, STALLED).reason.clone()
    };
    let mut observed = with(&registry, complete(2), json!([]));
    observed.rival = Some("theirs".into());
    assert_eq!(told(&registry, &observed), "ScaledByAnother");
    let mut observed = with(&registry, complete(2), json!([]));
    observed.live.deployment.as_mut().unwrap().spec.paused = Some(true);
    assert_eq!(told(&registry, &observed), "Paused");
    registry.metadata.annotations = Some([(barre_crds::TAKE_OVER.to_owned(), "no id".to_owned())].into());
    assert_eq!(told(&registry, &with(&registry, complete(2), json!([]))), "InvalidSpec");
}

#[test]
fn suspended_and_not_serving_waits_for_a_person() {
    let registry = fixture::registry(json!({ "suspend": true }));
    let observed = Observed { store: None, ..with(&registry, complete(0), json!([])) };
    assert_eq!(table(&report(&registry, &observed, &[]))[1..3], ["F Settled", "T Suspended"]);
}
