//! What pods do, and say when they end.

use super::*;

#[test]
fn one_missing_pod_is_no_outage_but_no_start_either() {
    let mut registry = fixture::minimal();
    let one = with(&registry, complete(1), json!([]));
    assert_eq!(condition(&report(&registry, &one, &[]), WORKLOAD_AVAILABLE).status, "False");
    registry.status = Some(report(&registry, &with(&registry, complete(2), json!([])), &[]));
    assert_eq!(condition(&report(&registry, &one, &[]), WORKLOAD_AVAILABLE).status, "True");
    let none = with(&registry, complete(0), json!([]));
    assert_eq!(condition(&report(&registry, &none, &[]), WORKLOAD_AVAILABLE).status, "False");
}

#[test]
fn what_pods_say_is_what_users_read() {
    let registry = fixture::minimal();
    let unschedulable = json!([{
        "metadata": { "name": "packages-1" },
        "status": { "conditions": [
            { "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes" },
        ] },
    }]);
    let pull = json!({ "waiting": { "reason": "ImagePullBackOff", "message": "not found" } });
    let config =
        json!({ "waiting": { "reason": "CreateContainerConfigError", "message": "secret \"x\" not found" } });
    let lying = r#"{"reason":"LyingStore","message":"creates overwrite"}"#;
    for (pods, reason, text) in [
        (pod(&back_off(), &ended(lying)), Word::stored("LyingStore"), "creates overwrite"),
        (pod(&ended(lying), &json!({})), Word::stored("LyingStore"), "creates overwrite"),
        (pod(&back_off(), &ended("a\nthread panicked")), Word::Ours(Reason::CrashLooping), "thread panicked"),
        (
            pod(&back_off(), &ended(r#"{"reason":"no reason","message":"x"}"#)),
            Word::Ours(Reason::CrashLooping),
            "exit code 1",
        ),
        (pod(&pull, &json!({})), Word::Ours(Reason::ImagePullFailed), "'barre-registry:1' cannot be pulled"),
        (pod(&config, &json!({})), Word::Ours(Reason::ContainerConfigError), "secret \"x\" not found"),
        (unschedulable, Word::Ours(Reason::Unschedulable), "0/1 nodes"),
    ] {
        let status = report(&registry, &with(&registry, rolling(0), pods), &[]);
        let workload = condition(&status, WORKLOAD_AVAILABLE);
        assert_eq!((workload.status.as_str(), workload.reason.as_str()), ("False", reason.as_str()));
        assert!(workload.message.contains(text), "'{text}' is not in: {}", workload.message);
        assert_eq!(condition(&status, READY).reason, reason.as_str());
    }
}

#[test]
fn pods_that_cannot_be_created_are_told_with_the_reason() {
    let registry = fixture::minimal();
    for (status, told) in [("True", true), ("False", false)] {
        let mut deployment = rolling(0);
        let failure = json!({ "type": "ReplicaFailure", "status": status, "message": "exceeded quota" });
        deployment["conditions"].as_array_mut().unwrap().push(failure);
        let status = report(&registry, &with(&registry, deployment, json!([])), &[]);
        let workload = condition(&status, WORKLOAD_AVAILABLE);
        assert_eq!(workload.reason == "ReplicaFailure", told, "{}", workload.reason);
        assert_eq!(
            workload.message.contains("cannot be created: exceeded quota"),
            told,
            "{}",
            workload.message
        );
    }
}

/// No new pod would find another bucket.
#[test]
fn what_a_pod_says_of_its_data_is_for_a_person() {
    let registry = fixture::minimal();
    let words = r#"{"reason":"DataMissing","message":"restore a backup"}"#;
    let status = report(&registry, &with(&registry, rolling(0), pod(&back_off(), &ended(words))), &[]);
    let stalled = condition(&status, STALLED);
    assert_eq!((stalled.status.as_str(), stalled.reason.as_str()), ("True", "DataMissing"));
    assert!(stalled.message.contains("restore a backup"), "{}", stalled.message);
}

#[test]
fn whoever_waits_for_pods_reads_how_many_there_are_and_what_they_wait_for() {
    let registry = fixture::minimal();
    for (wanted, text) in
        [(1, "1 of 1 pod ready, 1 of the current"), (2, "1 of 2 pods ready, 1 of the current")]
    {
        let mut observed = with(&registry, rolling(1), json!([]));
        observed.live.deployment.as_mut().unwrap().spec.replicas = Some(wanted);
        let message = condition(&report(&registry, &observed, &[]), RECONCILING).message.clone();
        assert!(message.starts_with(text), "{message}");
    }
    let observed = with(&registry, complete(2), json!([]));
    let facts = Facts { held: true, ..fixture::decide(&registry, &observed).facts };
    let status = status(&registry, &observed, &facts, &Live::default(), &[], NOW);
    let reconciling = condition(&status, RECONCILING);
    assert_eq!((reconciling.status.as_str(), reconciling.reason.as_str()), ("True", "RollingOut"));
    assert!(reconciling.message.contains("once those of other Registries have"), "{}", reconciling.message);
}

#[test]
fn a_foreign_log_is_stalled_with_the_way_out() {
    let registry = fixture::minimal();
    let words = r#"{"reason":"ForeignOwner","message":"owned by 'other/team/packages'"}"#;
    let status = report(&registry, &with(&registry, rolling(0), pod(&back_off(), &ended(words))), &[]);
    assert_eq!(
        table(&status),
        [
            "F BucketOwnedByAnother",
            "F Settled",
            "T BucketOwnedByAnother",
            "T BucketCreated",
            "F ForeignOwner",
        ]
    );
    assert!(condition(&status, STALLED).message.contains("barre.dev/take-over=<registry id>"));
}

#[test]
fn a_store_that_the_log_cannot_stand_on_waits_for_a_person() {
    let registry = fixture::minimal();
    let words = r#"{"reason":"StoreUnsuitable","message":"use a store with conditional writes"}"#;
    let status = report(&registry, &with(&registry, rolling(0), pod(&back_off(), &ended(words))), &[]);
    assert_eq!(
        table(&status),
        ["F StoreUnsuitable", "F Settled", "T StoreUnsuitable", "T BucketCreated", "F StoreUnsuitable"]
    );
}

#[test]
fn a_ready_pods_past_does_not_matter() {
    let registry = fixture::minimal();
    let mut pods = pod(&json!({ "running": {} }), &ended("died once"));
    pods[0]["status"]["containerStatuses"][0]["ready"] = json!(true);
    let status = report(&registry, &with(&registry, complete(0), pods), &[]);
    assert_eq!(condition(&status, WORKLOAD_AVAILABLE).reason, Reason::MinimumReplicasUnavailable.as_str());
}

#[test]
fn a_rollout_that_never_ends_is_stalled() {
    let registry = fixture::minimal();
    let mut late = rolling(2);
    late["conditions"] = json!([
        { "type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded" },
    ]);
    let status = report(&registry, &with(&registry, late, pod(&back_off(), &ended("boom"))), &[]);
    assert_eq!(condition(&status, STALLED).reason, Reason::ProgressDeadlineExceeded.as_str());
    assert!(condition(&status, STALLED).message.contains("boom"));
}

#[test]
fn a_missing_token_file_is_named_while_pods_wait_for_it() {
    let registry = fixture::minimal();
    let mut observed = with(&registry, rolling(0), json!([]));
    observed.tokens = vec![Problem::new(Reason::SecretNotFound, "create it")];
    assert_eq!(
        condition(&report(&registry, &observed, &[]), WORKLOAD_AVAILABLE).reason,
        Reason::SecretNotFound.as_str()
    );
}

#[test]
fn a_rollout_that_goes_well_keeps_it_ready() {
    let mut registry = fixture::minimal();
    let before = report(&registry, &with(&registry, complete(2), json!([])), &[]);
    registry.status = Some(before);
    let status = report(&registry, &with(&registry, rolling(2), json!([])), &[]);
    assert_eq!(table(&status)[..3], ["T Available", "T RollingOut", "F Settled"]);
}
