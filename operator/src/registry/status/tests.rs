use barre_contract::known::{Cursor, Known};
use barre_crds::condition::Reason;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use serde_json::{Value, json};

use super::*;
use crate::{
    pass::problem::Problem,
    pass::word::Word,
    registry::{fixture, observe::Observed},
    store::{Expected, Ownership, Standing},
};

mod pods;
mod told;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn report(registry: &Registry, observed: &Observed, errors: &[Error]) -> RegistryStatus {
    let facts = fixture::decide(registry, observed).facts;
    status(registry, observed, &facts, &Live::default(), errors, NOW)
}

fn condition<'a>(status: &'a RegistryStatus, type_: &str) -> &'a Condition {
    status.conditions.iter().find(|condition| condition.type_ == type_).unwrap()
}

/// Whether tools that wait can tell what to wait for: kstatus takes the first that is true.
fn is_coherent(status: &RegistryStatus) -> bool {
    let is = |type_| condition(status, type_).status == "True";
    !(is(RECONCILING) && is(STALLED)) && (is(READY) || is(RECONCILING) || is(STALLED))
}

/// Ready, Reconciling, Stalled, `StorageReady`, `WorkloadAvailable`: first letter of the state and the reason.
fn table(status: &RegistryStatus) -> Vec<String> {
    assert!(is_coherent(status), "{:?}", status.conditions);
    let short = |condition: &Condition| format!("{} {}", &condition.status[..1], condition.reason);
    let rest = |condition: &&Condition| ![TOKENS_READY, AUTOSCALING_READY].contains(&&*condition.type_);
    status.conditions.iter().filter(rest).map(short).collect()
}

/// A Registry whose Deployment has this status, beside these pods.
fn with(registry: &Registry, deployment: Value, pods: Value) -> Observed {
    let mut observed = fixture::running(registry, 2);
    observed.live.deployment.as_mut().unwrap().status = serde_json::from_value(deployment).unwrap();
    observed.pods = serde_json::from_value::<Vec<Pod>>(pods).unwrap();
    observed
}

fn complete(available: i32) -> Value {
    json!({
        "observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "readyReplicas": available,
        "availableReplicas": available,
        "conditions": [{ "type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable" }],
    })
}

fn rolling(available: i32) -> Value {
    json!({
        "observedGeneration": 1, "replicas": 3, "updatedReplicas": 1, "readyReplicas": available,
        "availableReplicas": available,
        "conditions": [{ "type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated" }],
    })
}

/// A pod whose container is in `state`, after `last`.
fn pod(state: &Value, last: &Value) -> Value {
    json!([{
        "metadata": { "name": "packages-1" },
        "status": { "containerStatuses": [{
            "name": "registry", "image": "barre-registry:1", "imageID": "", "ready": false, "restartCount": 1,
            "state": state, "lastState": last,
        }] },
    }])
}

fn ended(message: &str) -> Value {
    json!({ "terminated": { "exitCode": 1, "message": message } })
}

fn back_off() -> Value {
    json!({ "waiting": { "reason": "CrashLoopBackOff", "message": "back-off" } })
}

#[test]
fn all_is_well() {
    let registry = fixture::minimal();
    let status = report(&registry, &with(&registry, complete(2), json!([])), &[]);
    assert_eq!(
        table(&status),
        ["T Available", "F Settled", "F Settled", "T BucketCreated", "T MinimumReplicasAvailable",]
    );
    assert_eq!(status.observed_generation, Some(3));
    assert_eq!((status.replicas, status.ready_replicas), (Some(2), Some(2)));
    assert_eq!(status.endpoint.as_deref(), Some("http://packages.team.svc"));
    assert_eq!(status.version, None, "no pod says what it runs");
    let selector = "app.kubernetes.io/component=server,app.kubernetes.io/instance=packages,\
                    app.kubernetes.io/name=barre-registry";
    assert_eq!(status.selector.as_deref(), Some(selector));
}

#[test]
fn the_first_pods_wait_for_the_storage() {
    let registry = fixture::minimal();
    for (reason, stalled) in [
        (Reason::SecretNotFound, false),
        (Reason::SecretKeyMissing, false),
        (Reason::AccessDenied, false),
        (Reason::BucketNotFound, false),
        (Reason::BackendUnreachable, false),
        (Reason::CredentialsRejected, true),
        (Reason::BucketOwnedByAnother, true),
    ] {
        let mut observed = fixture::observed();
        observed.store = Some(Err(Problem::new(reason, "do this")));
        let status = report(&registry, &observed, &[]);
        let first = format!("F {reason}");
        let expected = if stalled {
            [&first, "F Settled", &format!("T {reason}"), &first, "F Provisioning"].map(ToOwned::to_owned)
        } else {
            [&first, "T Provisioning", "F Settled", &first, "F Provisioning"].map(ToOwned::to_owned)
        };
        assert_eq!(table(&status), expected);
        assert_eq!(condition(&status, READY).message, "do this");
    }
}

#[test]
fn a_store_that_goes_away_stops_no_pods() {
    let registry = fixture::minimal();
    let mut observed = with(&registry, complete(2), json!([]));
    observed.store = Some(Err(Problem::new(Reason::BackendUnreachable, "no answer")));
    assert_eq!(
        table(&report(&registry, &observed, &[])),
        [
            "F BackendUnreachable",
            "T BackendUnreachable",
            "F Settled",
            "F BackendUnreachable",
            "T MinimumReplicasAvailable",
        ]
    );
}

#[test]
fn an_error_of_the_api_server_is_retried_and_a_verdict_is_not() {
    let registry = fixture::minimal();
    let observed = with(&registry, complete(2), json!([]));
    let error = |code: u16| {
        let answer = json!({ "code": code, "message": "spec.x: Invalid value", "reason": "Invalid" });
        Error::kube("applying Service 'packages'", kube::Error::Api(serde_json::from_value(answer).unwrap()))
    };
    let status = report(&registry, &observed, &[error(500)]);
    assert_eq!(table(&status)[..3], ["T Available", "T RetryingAfterError", "F Settled"]);
    let status = report(&registry, &observed, &[error(422)]);
    assert_eq!(table(&status)[..3], ["F InvalidSpec", "F Settled", "T InvalidSpec"]);
    assert!(condition(&status, STALLED).message.contains("Service 'packages': spec.x: Invalid value"));
}

#[test]
fn suspension_keeps_the_last_word_about_the_storage() {
    let mut registry = fixture::minimal();
    let observed = with(&registry, complete(2), json!([]));
    registry.status = Some(report(&registry, &observed, &[]));
    registry.spec.suspend = Some(true);
    let suspended = Observed { store: None, ..with(&registry, complete(2), json!([])) };
    let status = report(&registry, &suspended, &[]);
    assert_eq!(table(&status)[..4], ["T Available", "F Suspended", "F Settled", "T BucketCreated"]);
}

#[test]
fn autoscaling_is_told_only_when_asked_for() {
    for (spec, told) in [(json!({}), false), (json!({ "autoscaling": { "maxReplicas": 4 } }), true)] {
        let registry = fixture::registry(spec);
        let status = report(&registry, &with(&registry, complete(2), json!([])), &[]);
        let found = status.conditions.iter().find(|condition| condition.type_ == AUTOSCALING_READY);
        assert_eq!(found.is_some_and(|found| found.reason == Reason::Initializing.as_str()), told);
    }
}

#[test]
fn times_mark_transitions_only() {
    let mut registry = fixture::minimal();
    let observed = with(&registry, complete(2), json!([]));
    let facts = fixture::decide(&registry, &observed).facts;
    let at = |registry: &Registry, observed: &Observed, second| {
        let now = Timestamp::new(second, 123_456_789).unwrap();
        status(registry, observed, &facts, &Live::default(), &[], now)
    };
    let first = at(&registry, &observed, 10);
    registry.status = Some(first.clone());
    assert_eq!(at(&registry, &observed, 20), first, "nothing new, nothing to write");
    let broken = Observed { store: Some(Err(Problem::new(Reason::BackendUnreachable, "gone"))), ..observed };
    let later = at(&registry, &broken, 30);
    assert_eq!(condition(&later, READY).last_transition_time.0.as_second(), 30);
    assert_eq!(condition(&later, STALLED).last_transition_time.0.as_second(), 10);
}

#[test]
fn a_pass_that_ended_early_leaves_what_was_known_and_says_that_it_is_tried_again() {
    let mut registry = fixture::minimal();
    let error = Error::Panicked("hush".into());
    let fresh = interrupted(&registry, &error, NOW);
    assert_eq!(table(&fresh), ["F RetryingAfterError", "T RetryingAfterError", "F Settled"]);
    assert_eq!(fresh.observed_generation, None, "it was not observed");

    let known = report(&registry, &with(&registry, complete(2), json!([])), &[]);
    assert_eq!(condition(&known, READY).status, "True");
    registry.status = Some(known.clone());
    let after = interrupted(&registry, &error, NOW);
    assert_eq!(
        table(&after),
        ["T Available", "T RetryingAfterError", "F Settled", "T BucketCreated", "T MinimumReplicasAvailable"]
    );
    assert_eq!((after.replicas, &after.endpoint), (known.replicas, &known.endpoint));
    registry.status = Some(after.clone());
    assert_eq!(interrupted(&registry, &error, NOW), after, "repeating it writes nothing");

    let mut stalled = known;
    stalled.conditions.iter_mut().find(|condition| condition.type_ == STALLED).unwrap().status =
        "True".into();
    registry.status = Some(stalled.clone());
    assert_eq!(interrupted(&registry, &error, NOW), stalled, "a person must act first");
    registry.metadata.generation = registry.metadata.generation.map(|generation| generation + 1);
    assert_eq!(
        table(&interrupted(&registry, &error, NOW))[1..3],
        ["T RetryingAfterError", "F Settled"],
        "one did"
    );
}

#[test]
fn what_is_known_of_the_data_stays_while_the_data_is_gone() {
    let mut registry = fixture::minimal();
    let head = format!("sha256:{}", "0a".repeat(32));
    let known = Known { registry_id: "0198c0de".into(), cursor: Cursor { seq: 5, head } };
    let mut observed = with(&registry, complete(2), json!([]));
    observed.store = Some(Ok(Standing { ownership: Ownership::Created, known: Some(known.clone()) }));
    let status = report(&registry, &observed, &[]);
    assert_eq!(status.registry_id.as_deref(), Some("0198c0de"));
    assert_eq!(status.log_cursor, Some(known.cursor.to_string()));

    registry.status = Some(status.clone());
    for reason in [
        Reason::DataMissing,
        Reason::RegistryExchanged,
        Reason::LogLost,
        Reason::LogRewound,
        Reason::LogDamaged,
    ] {
        observed.expected =
            Expected { registry: Some(known.registry_id.clone()), cursor: Some(known.cursor.clone()) };
        observed.store = Some(Err(Problem::new(reason, "restore it")));
        let lost = report(&registry, &observed, &[]);
        assert_eq!((&lost.registry_id, &lost.log_cursor), (&status.registry_id, &status.log_cursor));
        let (told, stalled) = (format!("F {reason}"), format!("T {reason}"));
        assert_eq!(table(&lost)[..4], [&told, "F Settled", &stalled, &told]);
    }
}
