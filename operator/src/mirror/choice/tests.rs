use barre_crds::{PackageMirrorStatus, package_mirror::Trigger};
use k8s_openapi::api::core::v1::{ConfigMap, PodSpec};
use kube::ResourceExt;
use serde_json::{Value, json};

use super::*;
use crate::{
    mirror::{
        fixture::{
            MADE, after, deployment, full, job, minimal, mirror, observed, pull_through, settings, time,
        },
        observe::Informed,
        references::{References, Text},
    },
    pass::child::ChildChange,
};

const LATER: &str = "2026-11-27T13:10:00Z";

fn written(choice: &mut Choice) -> Option<ConfigMap> {
    match choice.take_objects().settings {
        ChildChange::Apply(map) => Some(*map),
        _ => None,
    }
}

fn full_observed() -> Observed {
    let text = |name: &str, found: &str| Some(Text { name: name.into(), found: Ok(found.to_owned()) });
    let deny = r#"{"deny":[{"rule":{"organization":"acme"},"reason":"CVE-2026-1"}]}"#;
    let references = References {
        exact: text("locked", "acme/a:1.0.0"),
        deny: text("denied", deny),
        problems: Vec::new(),
    };
    Observed { references, ..observed() }
}

#[test]
fn a_full_mirror_becomes_these_objects() {
    let mut choice = choose(&full(), &full_observed(), time(MADE));
    insta::assert_yaml_snapshot!("full_settings", written(&mut choice));
    insta::assert_yaml_snapshot!("full_job", choice.job);
}

#[test]
fn a_minimal_mirror_becomes_this_job() {
    insta::assert_yaml_snapshot!(choose(&minimal(), &observed(), time(MADE)).job);
}

#[test]
fn a_pull_through_has_no_job_and_tells_the_registry_what_it_takes() {
    let mut choice = choose(&pull_through(), &observed(), time(LATER));
    assert!(choice.job.is_none());
    insta::assert_yaml_snapshot!("pull_through_settings", written(&mut choice));
}

fn pod(choice: &Choice) -> PodSpec {
    choice.job.as_ref().unwrap().spec.as_ref().unwrap().template.spec.clone().unwrap()
}

/// A Service, a budget and an autoscaler find pods by the selector of servers.
#[test]
fn the_pods_of_a_run_are_no_servers_and_have_no_rights() {
    let choice = choose(&minimal(), &observed(), time(MADE));
    let template = &choice.job.as_ref().unwrap().spec.as_ref().unwrap().template;
    let labels = template.metadata.as_ref().unwrap().labels.clone().unwrap();
    let servers = crate::pods::labels::servers("packages");
    assert!(servers.iter().any(|(key, value)| labels.get(key) != Some(value)));
    assert!(!labels.contains_key(crate::pods::labels::REGISTRY_LABEL));
    assert_eq!(pod(&choice).automount_service_account_token, Some(false));
}

#[test]
fn a_run_has_the_store_of_the_pods_and_nothing_of_their_serving() {
    let container = pod(&choose(&minimal(), &observed(), time(MADE))).containers.remove(0);
    let arguments =
        ["mirror", "run", "--store", "s3://acme-packages/eu", "--owner", "cluster-1/team/packages"];
    assert_eq!(container.args.unwrap(), arguments);
    let names: Vec<String> = container.env.unwrap().into_iter().map(|variable| variable.name).collect();
    let expected = [
        "TMPDIR",
        "BARRE_MIRROR",
        "BARRE_RUN",
        "BARRE_MAX_PACKAGE_SIZE",
        "BARRE_REGISTRY_ID",
        "AWS_REGION",
        "AWS_ACCESS_KEY_ID",
    ];
    assert_eq!(names, expected);
}

#[test]
fn the_run_ends_a_minute_before_its_job() {
    let choice = choose(&full(), &full_observed(), time(MADE));
    let job = choice.job.as_ref().unwrap().spec.as_ref().unwrap();
    let told: Value = serde_json::from_str(&choice.told.as_ref().unwrap().text).unwrap();
    assert_eq!(job.active_deadline_seconds, Some(600));
    assert_eq!(told["transfer"]["deadlineSeconds"], 540);
}

#[test]
fn runs_wait_for_the_registry() {
    for (registry, reason) in [
        (Host::Missing, Reason::RegistryNotFound),
        (Host::Down, Reason::RegistryUnavailable),
        (Host::Rolling, Reason::RegistryUnavailable),
    ] {
        let without = Observed { registry, ..observed() };
        let mut choice = choose(&minimal(), &without, time(MADE));
        assert!(choice.job.is_none() && choice.next == Next::Nothing);
        assert_eq!(choice.awaited.as_ref().unwrap().reason, reason);
        assert!(written(&mut choice).is_some(), "what is denied must be known before the first pod serves");
        assert!(!choice.in_vain, "it may have been applied with the mirror");
    }
    let rolling = Observed { registry: Host::Rolling, ..observed() };
    assert!(choose(&pull_through(), &rolling, time(MADE)).awaited.is_none(), "its pods serve");
    let without = || Observed { registry: Host::Missing, ..observed() };
    assert!(choose(&minimal(), &without(), time("2026-11-27T12:01:00Z")).in_vain);
}

#[test]
fn what_cannot_be_changes_nothing() {
    let bad = mirror(json!({ "selection": { "include": [{ "organization": "a", "versions": "latest" }] } }));
    let mut choice = choose(&bad, &observed(), time(MADE));
    assert!(choice.job.is_none() && written(&mut choice).is_none());
    assert_eq!(choice.problems[0].reason, Reason::InvalidSpec);

    let scheduled = mirror(json!({ "schedule": "61 * * * *" }));
    let mut choice = choose(&scheduled, &observed(), time(MADE));
    assert!(choice.job.is_none() && written(&mut choice).is_some(), "denials go on");

    let problems = vec![Problem::new(Reason::SecretNotFound, "gone")];
    let without = Observed { references: References { problems, ..References::default() }, ..observed() };
    assert!(choose(&minimal(), &without, time(MADE)).job.is_none());
}

#[test]
fn suspended_means_no_further_run_and_what_is_denied_stays_denied() {
    let suspended = mirror(json!({ "suspend": true }));
    let mut choice = choose(&suspended, &observed(), time(MADE));
    assert!(choice.job.is_none() && written(&mut choice).is_some());
}

#[test]
fn while_a_job_runs_there_is_no_other() {
    let mirror = minimal();
    let running = after(&mirror, vec![job("central-1", None, "other settings", None)], &[]);
    assert!(choose(&mirror, &running, time(LATER)).job.is_none());
    let ended = job("central-1", None, "other settings", Some(("Complete", "2026-11-27T13:00:00Z")));
    let ended = after(&mirror, vec![ended], &[]);
    let choice = choose(&mirror, &ended, time(LATER));
    let Next::Now(run) = &choice.next else { panic!("{:?}", choice.next) };
    assert_eq!((run.trigger, run.previous.as_deref()), (Trigger::SpecChange, Some("central-1")));
    assert_eq!(choice.job.unwrap().name_any(), run.id);
}

#[test]
fn a_run_waits_for_the_pod_of_an_earlier_one() {
    let left = || Observed { left: Some("central-0-abcde".into()), ..observed() };
    let choice = choose(&minimal(), &left(), time(MADE));
    assert!(choice.job.is_none() && choice.next == Next::Nothing && !choice.is_at_rest());
    let awaited = choice.awaited.unwrap();
    assert_eq!(awaited.reason, Reason::SyncRunning);
    assert!(awaited.message.starts_with("pod 'central-0-abcde'"), "{}", awaited.message);
    assert!(choose(&pull_through(), &left(), time(MADE)).awaited.is_none(), "it has no runs");
}

#[test]
fn a_pull_through_is_loaded_when_every_pod_says_so() {
    let mirror = pull_through();
    let told = choose(&mirror, &observed(), time(MADE)).told.unwrap();
    let there = format!(r#"{{"mirrors":[{}]}}"#, told.text);
    let hash = Informed { text: there.clone(), loaded: Vec::new() }.hash();
    let ours = || Some(hash.clone());
    let (other, nothing) = (|| Some("sha256:0".to_owned()), r#"{"mirrors":[]}"#.to_owned());
    for (case, text, before, loaded, expected) in [
        ("every pod", &there, None, vec![ours(), ours()], true),
        ("no pod is ready", &there, ours(), vec![], false),
        ("one does not say", &there, None, vec![ours(), None], false),
        ("one does not say again", &there, ours(), vec![ours(), None], true),
        ("one does not say what is new", &there, other(), vec![ours(), None], false),
        ("one works by another", &there, ours(), vec![ours(), other()], false),
        ("the Registry has not passed it on", &nothing, None, vec![ours()], false),
    ] {
        let pods = Some(Informed { text: text.clone(), loaded });
        let mut mirror = mirror.clone();
        mirror.status = Some(PackageMirrorStatus { loaded_hash: before, ..PackageMirrorStatus::default() });
        let choice = choose(&mirror, &Observed { pods, ..observed() }, time(LATER));
        assert_eq!(!choice.uninformed, expected, "{case}");
    }
}

#[test]
fn deciding_twice_decides_the_same() {
    let (one, other) =
        (choose(&full(), &full_observed(), time(MADE)), choose(&full(), &full_observed(), time(MADE)));
    assert_eq!(one.job, other.job);
    assert_eq!(one.told, other.told);
    assert_eq!(settings(&minimal()), settings(&minimal()));
    assert!(crate::mirror::desired::job::Program::of(&deployment()).is_some());
}

/// What it is told by variables has the names of the program's flags.
#[test]
fn the_registry_understands_what_a_run_is_told() {
    let container = pod(&choose(&full(), &full_observed(), time(MADE))).containers.remove(0);
    let mut line = vec!["barre-registry".to_owned()];
    line.extend(container.args.unwrap());
    let own =
        container.env.unwrap().into_iter().filter_map(|variable| Some((variable.name, variable.value?)));
    for (name, value) in own {
        if let Some(name) = name.strip_prefix("BARRE_") {
            line.extend([format!("--{}", name.to_lowercase().replace('_', "-")), value]);
        }
    }
    let args =
        barre_registry::process::args::Args::from_arguments(&line).unwrap_or_else(|error| panic!("{error}"));
    let barre_registry::process::args::Command::Mirror { command } = args.command else { panic!("{line:?}") };
    let barre_registry::process::args::Mirror::Run(run) = command else { panic!("{line:?}") };
    assert_eq!(run.owner, "cluster-1/team/packages");
    assert_eq!(run.mirror.to_str(), Some("/etc/barre/mirror/mirror.json"));
    assert!(run.run.is_some_and(|run| run.starts_with("central-")), "{line:?}");
}
