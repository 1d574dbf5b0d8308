use barre_crds::{TAKE_OVER, condition::Reason};
use serde_json::json;

use super::*;
use crate::{
    pass::{
        child::ChildChange,
        problem::Problem,
        rollouts::{Rollouts, Upgrade},
    },
    registry::{decision::desired, fixture, observe::Observed, tools::Installation},
    store::Reach,
};

mod claims;
mod credentials;
mod pods;
mod replicas;

fn applied<K: Clone>(change: &ChildChange<K>) -> K {
    let ChildChange::Apply(object) = change else { panic!("not applied") };
    object.as_ref().clone()
}

fn arguments(registry: &Registry) -> Vec<String> {
    let desired = fixture::decide(registry, &fixture::observed());
    let deployment = applied(&desired.objects.deployment);
    deployment.spec.template.spec.unwrap().containers.remove(0).args.unwrap()
}

#[test]
fn a_minimal_registry_becomes_this_deployment() {
    let desired = fixture::decide(&fixture::minimal(), &fixture::observed());
    insta::assert_yaml_snapshot!(applied(&desired.objects.deployment));
}

#[test]
fn an_endpoint_inside_the_operators_pod_is_refused_and_pods_go_on() {
    let registry =
        fixture::registry(json!({ "storage": { "s3": { "endpoint": "http://169.254.169.254" } } }));
    let decide = |local| {
        let installation = Installation { reach: Reach { local }, ..fixture::installation() };
        desired(&registry, &fixture::running(&registry, 2), &installation)
    };
    let refused = decide(false);
    let problem = &refused.facts.problems[0];
    assert_eq!(problem.reason, Reason::InvalidSpec);
    assert!(
        problem.message.starts_with("storage.s3.endpoint leads to 169.254.169.254"),
        "{}",
        problem.message
    );
    assert!(problem.message.ends_with("--allow-local-endpoints"), "{}", problem.message);
    assert!(refused.objects.deployment == ChildChange::Keep);
    assert!(decide(true).facts.problems.is_empty());
}

#[test]
fn a_full_registry_becomes_these_objects() {
    let desired = fixture::decide(&fixture::full(), &fixture::observed());
    let objects = desired.objects;
    insta::assert_yaml_snapshot!("full_deployment", applied(&objects.deployment));
    insta::assert_yaml_snapshot!("full_service", applied(&objects.service));
    insta::assert_yaml_snapshot!("full_admin_service", applied(&objects.admin_service));
    insta::assert_yaml_snapshot!("full_autoscaler", applied(&objects.autoscaler));
    insta::assert_yaml_snapshot!("full_disruption", applied(&objects.disruption));
    insta::assert_yaml_snapshot!("full_service_account", applied(&objects.service_account));
    insta::assert_yaml_snapshot!("full_settled", applied(&objects.settled));
}

#[test]
fn the_first_token_dies_with_the_registry() {
    let desired = fixture::decide(&fixture::minimal(), &fixture::observed());
    let ChildChange::Create(secret) = desired.objects.admin else { panic!("not created") };
    assert_eq!(secret.metadata.name.as_deref(), Some("packages-admin"));
    assert_eq!(secret.metadata.owner_references.unwrap()[0].name, "packages");
    let keys: Vec<_> = secret.data.unwrap().into_keys().collect();
    assert_eq!(keys, ["token", "tokens.json"]);
}

#[test]
fn deciding_twice_decides_the_same() {
    for registry in [fixture::minimal(), fixture::full()] {
        let observed = fixture::observed();
        let (one, other) = (fixture::decide(&registry, &observed), fixture::decide(&registry, &observed));
        assert!(one.objects == other.objects);
        assert_eq!(one.facts, other.facts);
    }
}

#[test]
fn the_registry_understands_its_arguments() {
    for registry in [fixture::minimal(), fixture::full()] {
        let line = std::iter::once("barre-registry".to_owned()).chain(arguments(&registry));
        let args = barre_registry::process::args::Args::from_arguments(line)
            .unwrap_or_else(|error| panic!("{error}"));
        let barre_registry::process::args::Command::Serve(serve) = args.command else { panic!("not serve") };
        assert!(serve.create);
        assert_eq!(serve.owner, "cluster-1/team/packages");
    }
}

/// A newer operator renders the same arguments for registries of older releases, which end at a flag that they do not
/// know: an upgrade of the operator would stop them. So whatever a release adds for the registry is an environment
/// variable or a file; the list below is what release 0.1.0 knows, and never grows.
#[test]
fn the_first_release_knows_all_arguments() {
    const KNOWN: [&str; 13] = [
        "--create",
        "--store",
        "--owner",
        "--listen",
        "--admin-listen",
        "--external-url",
        "--also-host",
        "--tokens",
        "--anonymous-read",
        "--take-over",
        "--max-package-size",
        "--log-level",
        "serve",
    ];
    for registry in [fixture::minimal(), fixture::full()] {
        let mut arguments = arguments(&registry).into_iter();
        while let Some(argument) = arguments.next() {
            assert!(KNOWN.contains(&argument.as_str()), "{argument}");
            if !["serve", "--create"].contains(&argument.as_str()) {
                assert!(arguments.next().is_some(), "{argument} has a value");
            }
        }
    }
}

fn word(objects: &Objects) -> String {
    applied(&objects.settled).data.unwrap()["settled.json"].clone()
}

/// What a pass sees after a rollout of this Registry.
fn rolled_out(registry: &Registry) -> Observed {
    let mut observed = fixture::running(registry, 1);
    let written = applied(&fixture::decide(registry, &observed).objects.deployment);
    observed.live.deployment.as_mut().unwrap().metadata.annotations = written.metadata.annotations;
    observed.live.deployment.as_mut().unwrap().status = serde_json::from_value(json!({
        "observedGeneration": 1, "replicas": 1, "updatedReplicas": 1,
        "conditions": [{ "type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable" }],
    }))
    .unwrap();
    let pod = json!([{
        "metadata": { "labels": { "pod-template-hash": "6d4cf56db6" } },
        "status": { "phase": "Running", "conditions": [{ "type": "Ready", "status": "True" }] },
    }]);
    observed.pods = serde_json::from_value(pod).unwrap();
    observed
}

#[test]
fn the_pods_are_told_when_their_rollout_has_settled() {
    const SETTLED: &str = r#"{"template":"6d4cf56db6"}"#;
    let registry = fixture::minimal();
    let objects = |registry: &Registry, observed: &Observed| fixture::decide(registry, observed).objects;
    assert_eq!(word(&objects(&registry, &fixture::observed())), "{}", "there are no pods yet");

    let mut observed = rolled_out(&registry);
    assert_eq!(word(&objects(&registry, &observed)), SETTLED);
    let scaled = fixture::registry(json!({ "replicas": 7 }));
    assert_eq!(word(&objects(&scaled, &observed)), SETTLED, "scaling is no rollout");

    let other = fixture::registry(json!({ "image": { "tag": "0.1.0" } }));
    let changed = objects(&other, &observed);
    assert_eq!(word(&changed), "{}", "this pass begins a rollout");
    assert!(matches!(changed.deployment, ChildChange::Apply(_)));

    observed.live.deployment.as_mut().unwrap().metadata.annotations = None;
    assert_eq!(word(&objects(&registry, &observed)), "{}", "an earlier release wrote the Deployment");
}

#[test]
fn the_word_is_taken_back_before_a_rollout_begins() {
    // In the order of the declaration, as they are written.
    let rights = rights();
    let place = |resource: &str| rights.iter().position(|right| right.resource == resource).unwrap();
    assert!(place("configmaps") < place("deployments"));
}

#[test]
fn the_bucket_gates_only_the_first_deployment() {
    let registry = fixture::registry(json!({ "autoscaling": { "maxReplicas": 4 } }));
    let broken = Err(Problem::new(Reason::BackendUnreachable, "gone"));

    let mut first = fixture::observed();
    first.store = Some(broken.clone());
    let desired = fixture::decide(&registry, &first);
    assert!(desired.facts.gated);
    assert!(
        desired.objects.deployment == ChildChange::Keep && desired.objects.autoscaler == ChildChange::Keep
    );
    assert!(desired.objects.replicas.is_none());
    assert!(matches!(desired.objects.service, ChildChange::Apply(_)), "everything else is made");

    let mut later = fixture::running(&registry, 3);
    later.store = Some(broken);
    let desired = fixture::decide(&registry, &later);
    assert!(!desired.facts.gated);
    assert!(matches!(desired.objects.deployment, ChildChange::Apply(_)));
}

#[test]
fn suspended_means_no_writes() {
    let registry = fixture::registry(json!({ "suspend": true }));
    assert!(fixture::decide(&registry, &fixture::observed()).objects == Objects::nothing());
}

#[test]
fn pods_stay_as_they_are_while_the_spec_names_no_storage_that_can_be() {
    let sound = fixture::minimal();
    let observed = rolled_out(&sound);
    let mut odd = sound;
    odd.spec.storage.s3.as_mut().unwrap().endpoint = Some("http://store:99999".into());
    let desired = fixture::decide(&odd, &observed);
    assert!(matches!(desired.objects.deployment, ChildChange::Keep));
    assert_eq!(word(&desired.objects), "{}");
    assert_eq!(desired.facts.problems[0].reason, Reason::InvalidSpec);
}

#[test]
fn a_take_over_names_a_registry_id() {
    let mut registry = fixture::full();
    assert!(arguments(&registry).windows(2).any(|pair| pair[0] == "--take-over"));
    registry.metadata.annotations = Some([(TAKE_OVER.to_owned(), "--create".to_owned())].into());
    assert!(!arguments(&registry).contains(&"--take-over".to_owned()));
    let desired = fixture::decide(&registry, &fixture::observed());
    assert_eq!(desired.facts.notices[0].reason, Reason::InvalidSpec);
}

#[test]
fn a_resource_that_the_spec_mentions_has_no_default() {
    let resources = |spec| {
        let registry = fixture::registry(json!({ "resources": spec }));
        let deployment = applied(&fixture::decide(&registry, &fixture::observed()).objects.deployment);
        let resources = deployment.spec.template.spec.unwrap().containers.remove(0).resources.unwrap();
        serde_json::to_value(resources).unwrap()
    };
    assert_eq!(
        resources(json!({ "limits": { "memory": "64Mi" } })),
        json!({ "requests": { "cpu": "500m" }, "limits": { "memory": "64Mi" } })
    );
    assert_eq!(
        resources(json!({ "requests": { "cpu": 2 } })),
        json!({ "requests": { "cpu": "2", "memory": "128Mi" }, "limits": { "memory": "512Mi" } })
    );
}
