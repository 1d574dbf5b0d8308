//! What holds of every status, whatever was seen: tried with thousands of observations.

use std::fmt;

use barre_crds::condition::Reason;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{
    pass::problem::Problem,
    registry::fixture,
    store::{Ownership, Standing},
};

const SPECS: [&str; 7] = [
    r"{}",
    r#"{ "replicas": 0 }"#,
    r#"{ "replicas": 1 }"#,
    r#"{ "replicas": 3, "auth": { "tokensSecretRef": { "name": "t" } } }"#,
    r#"{ "autoscaling": { "maxReplicas": 4 } }"#,
    r#"{ "suspend": true }"#,
    r#"{ "server": { "externalURL": "http://a:99999" } }"#,
];

/// What may be wrong with a store or a Secret.
const REASONS: [Reason; 12] = [
    Reason::DataMissing,
    Reason::LogRewound,
    Reason::LogDamaged,
    Reason::SecretNotFound,
    Reason::SecretKeyMissing,
    Reason::TokensUnusable,
    Reason::NameConflict,
    Reason::AccessDenied,
    Reason::BucketNotFound,
    Reason::BackendUnreachable,
    Reason::CredentialsRejected,
    Reason::BucketOwnedByAnother,
];

fn problem() -> impl Strategy<Value = Problem> {
    proptest::sample::select(&REASONS[..])
        .prop_map(|reason| Problem::new(reason, format!("do this about {reason}")))
}

fn store() -> impl Strategy<Value = Option<Result<Standing, Problem>>> {
    prop_oneof![
        Just(Some(Ok(Standing { ownership: Ownership::Created, known: None }))),
        Just(Some(Ok(Standing { ownership: Ownership::Adopted, known: None }))),
        Just(None),
        problem().prop_map(|problem| Some(Err(problem))),
    ]
}

fn pod(name: &str) -> impl Strategy<Value = Value> + use<> {
    let name = name.to_owned();
    let state = proptest::sample::select(vec![
        json!({ "running": {} }),
        json!({ "running": { "startedAt": "1970-01-01T00:00:00Z" } }),
        json!({ "waiting": { "reason": "ContainerCreating" } }),
        json!({ "waiting": { "reason": "ImagePullBackOff", "message": "not found" } }),
        json!({ "waiting": { "reason": "CreateContainerConfigError", "message": "no Secret" } }),
        json!({ "terminated": { "exitCode": 1, "message": "boom" } }),
        json!({ "terminated": { "exitCode": 1, "message": r#"{"reason":"ForeignOwner","message":"x"}"# } }),
        json!({ "terminated": { "exitCode": 1, "message": r#"{"reason":"CredentialsRejected","message":"x"}"# } }),
        json!({ "terminated": { "exitCode": 1, "message": r#"{"reason":"LogDamaged","message":"x"}"# } }),
        json!({ "terminated": { "exitCode": 1, "message": r#"{"reason":"SomethingNewer","message":"x"}"# } }),
    ]);
    let phase = proptest::sample::select(vec!["Pending", "Running", "Failed"]);
    (state, phase, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        move |(state, phase, ready, started, placed)| {
            let placed = json!({ "type": "PodScheduled", "status": if placed { "True" } else { "False" },
                "reason": "Unschedulable", "message": "0/1 nodes", "lastTransitionTime": "1969-12-31T00:00:00Z" });
            json!({ "metadata": { "name": name }, "status": { "phase": phase, "conditions": [placed],
                "containerStatuses": [{ "name": "registry", "image": "barre:1", "imageID": "", "ready": ready,
                    "started": started, "restartCount": 0, "state": state }] } })
        },
    )
}

/// The Deployment, if there is one, and whether it is ours.
fn deployment() -> impl Strategy<Value = Option<(Value, bool)>> {
    let progressing = proptest::sample::select(vec![
        "NewReplicaSetAvailable",
        "ReplicaSetUpdated",
        "ProgressDeadlineExceeded",
        "",
    ]);
    let counts = (0..4_i32, 0..4_i32, 0..4_i32, 0..4_i32);
    let made = (counts, progressing, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |((wanted, all, updated, available), reason, refused, paused, ours)| {
            let mut conditions = vec![json!({ "type": "Progressing", "status": "True", "reason": reason })];
            if refused {
                conditions.push(json!({ "type": "ReplicaFailure", "status": "True", "message": "quota" }));
            }
            let deployment = json!({ "spec": { "replicas": wanted, "paused": paused }, "status": {
                "observedGeneration": 1, "replicas": all, "updatedReplicas": updated,
                "readyReplicas": available, "availableReplicas": available, "conditions": conditions } });
            (deployment, ours)
        },
    );
    proptest::option::of(made)
}

/// What one pass was about, and how the API server answered it.
struct Case {
    registry: Registry,
    observed: Observed,
    codes: Vec<u16>,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Observed { live, pods, rival, tokens, store, .. } = &self.observed;
        let seen = (&live.deployment, pods, rival, tokens, store);
        write!(
            f,
            "{:?} {:?} {seen:?} {:?}",
            self.registry.spec, self.registry.metadata.annotations, self.codes
        )
    }
}

fn error(code: u16) -> Error {
    let answer = json!({ "code": code, "message": "no", "reason": "Invalid" });
    Error::kube("applying Service 'x'", kube::Error::Api(serde_json::from_value(answer).unwrap()))
}

prop_compose! {
    fn observation()(
        spec in proptest::sample::select(&SPECS[..]),
        annotated in any::<bool>(),
        store in store(),
        tokens in proptest::collection::vec(problem(), 0..3),
        pods in (pod("packages-b"), pod("packages-a"), 0..3_usize),
        deployment in deployment(),
        rival in any::<bool>(),
        codes in proptest::collection::vec(proptest::sample::select(vec![403_u16, 422, 500]), 0..3),
    ) -> Case {
        let mut registry = fixture::registry(serde_json::from_str(spec).unwrap());
        if annotated {
            registry.metadata.annotations = Some([(barre_crds::TAKE_OVER.to_owned(), "no id".to_owned())].into());
        }
        let mut observed = fixture::observed();
        if let Some((seen, ours)) = deployment {
            observed = fixture::running(&registry, 0);
            let live = observed.live.deployment.as_mut().unwrap();
            live.spec.replicas = serde_json::from_value(seen["spec"]["replicas"].clone()).unwrap();
            live.spec.paused = seen["spec"]["paused"].as_bool();
            live.status = serde_json::from_value(seen["status"].clone()).unwrap();
            if !ours {
                live.metadata.owner_references = None;
                live.metadata.labels = None;
            }
        }
        observed.store = if registry.spec.suspend == Some(true) { None } else { store };
        observed.tokens = tokens;
        observed.rival = rival.then(|| "theirs".to_owned());
        let pods = Value::Array([pods.0, pods.1].into_iter().take(pods.2).collect());
        observed.pods = serde_json::from_value(pods).unwrap();
        Case { registry, observed, codes }
    }
}

fn report(registry: &Registry, observed: &Observed, codes: &[u16]) -> RegistryStatus {
    let facts = fixture::decide(registry, observed).facts;
    let errors: Vec<_> = codes.iter().map(|code| error(*code)).collect();
    status(registry, observed, &facts, &Live::default(), &errors, Timestamp::UNIX_EPOCH)
}

fn is(status: &RegistryStatus, type_: &str) -> bool {
    status.conditions.iter().any(|condition| condition.type_ == type_ && condition.status == "True")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_status_is_coherent_and_the_same_for_the_same(now in observation(), before in observation()) {
        let Case { mut registry, mut observed, codes } = now;
        registry.status = Some(report(&before.registry, &before.observed, &[]));
        let first = report(&registry, &observed, &codes);
        prop_assert!(!(is(&first, RECONCILING) && is(&first, STALLED)), "{:?}", first);
        prop_assert!(is(&first, READY) || is(&first, RECONCILING) || is(&first, STALLED), "{:?}", first);
        prop_assert_eq!(first.observed_generation, registry.metadata.generation);
        for condition in &first.conditions {
            prop_assert_eq!(condition.observed_generation, registry.metadata.generation);
            prop_assert!(!condition.reason.is_empty() && !condition.message.is_empty(), "{:?}", condition);
        }

        registry.status = Some(first.clone());
        prop_assert_eq!(&report(&registry, &observed, &codes), &first, "nothing new, nothing to write");
        observed.pods.reverse();
        prop_assert_eq!(&report(&registry, &observed, &codes), &first, "the order of pods means nothing");
    }

    #[test]
    fn an_interrupted_pass_is_coherent_and_claims_nothing(case in observation()) {
        let Case { mut registry, observed, codes } = case;
        let known = report(&registry, &observed, &codes);
        registry.status = Some(known.clone());
        registry.metadata.generation = registry.metadata.generation.map(|generation| generation + 1);
        let after = interrupted(&registry, &Error::Panicked("hush".into()), Timestamp::UNIX_EPOCH);
        prop_assert!(is(&after, RECONCILING) && !is(&after, STALLED), "{:?}", after);
        prop_assert_eq!(after.observed_generation, known.observed_generation);
    }
}
