use serde_json::{Value, json};

use super::*;

/// A minute after the pods of these tests were given a node.
const NOW: &str = "2026-01-01T00:01:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn pod(name: &str, status: &Value) -> Pod {
    let mut pod = json!({ "metadata": { "name": name }, "status": { "conditions": [
        { "type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z" },
    ] } });
    for (field, value) in status.as_object().unwrap() {
        pod["status"][field] = value.clone();
    }
    serde_json::from_value(pod).unwrap()
}

fn container(state: &Value) -> Value {
    json!({ "phase": "Pending", "containerStatuses": [{
        "name": "registry", "image": "barre:1", "imageID": "", "ready": false, "started": true, "restartCount": 0,
        "state": state,
    }] })
}

fn creating() -> Value {
    container(&json!({ "waiting": { "reason": "ContainerCreating" } }))
}

fn event(type_: &str, reason: &str, message: &str) -> Event {
    serde_json::from_value(json!({
        "metadata": {}, "involvedObject": {}, "type": type_, "reason": reason, "message": message,
    }))
    .unwrap()
}

#[test]
fn a_pod_that_gets_no_container_is_explained_by_its_events() {
    let pods = [pod("b", &creating()), pod("a", &json!({ "phase": "Pending" }))];
    assert_eq!(hanging(&pods, now()).unwrap().name_any(), "a");
    let early = "2026-01-01T00:00:29Z".parse().unwrap();
    assert!(hanging(&pods, early).is_none() && problem(&pods, None, early).is_none(), "an ordinary start");
    assert_eq!(look_again(&pods, early), Some(Duration::from_secs(2)));
    assert_eq!(look_again(&pods, now()), None);

    let events = [
        event("Normal", "Aaa", "nothing"),
        event("Warning", "FailedMount", "Unable to attach or mount volumes"),
        event("Warning", "FailedMount", "MountVolume.SetUp failed: secret \"cafe-admin\" not found"),
    ];
    let why = warning(&events).unwrap();
    assert_eq!(why, "FailedMount: MountVolume.SetUp failed: secret \"cafe-admin\" not found");
    let found = problem(&pods, Some(&why), now()).unwrap();
    assert_eq!(found.reason, Reason::ContainerConfigError);
    assert_eq!(found.message, format!("pod 'a' gets no container: {why}"));
    assert!(problem(&pods, None, now()).unwrap().message.ends_with("see kubectl describe pod a"));
}

#[test]
fn ids_that_change_with_each_try_are_left_out() {
    let text = |id| {
        warning(&[event("Warning", "FailedCreatePodSandBox", &format!("shim task \"{id}\": OOM-killed"))])
    };
    assert_eq!(text("4f1c8a9b0c1d2e3f"), text("ffffffffffffffff"));
    assert_eq!(text("4f1c8a9b0c1d2e3f").unwrap(), "FailedCreatePodSandBox: shim task \"…\": OOM-killed");
}

#[test]
fn an_image_that_cannot_be_pulled_is_told_in_one_way() {
    let failed = "failed to pull and unpack image \"barre:1\": not found";
    let waiting = |reason: &str, message: &str| {
        let state = json!({ "waiting": { "reason": reason, "message": message } });
        problem(&[pod("a", &container(&state))], None, now()).unwrap()
    };
    let tries = waiting("ErrImagePull", failed);
    assert!(tries.message.contains("not found"), "{}", tries.message);
    let backs_off = format!("Back-off pulling image \"barre:1\": ErrImagePull: {failed}");
    assert_eq!(waiting("ImagePullBackOff", &backs_off), tries);
}

#[test]
fn an_ordinary_start_is_no_failing_probe() {
    let running = |since: &str| [pod("a", &container(&json!({ "running": { "startedAt": since } })))];
    assert_eq!(problem(&running("2026-01-01T00:00:31Z"), None, now()), None);
    let found = problem(&running("2026-01-01T00:00:30Z"), None, now()).unwrap();
    assert_eq!(found.reason, Reason::ProbeFailing);
    assert_eq!(look_again(&running("2026-01-01T00:00:50Z"), now()), Some(Duration::from_secs(21)));
}

#[test]
fn what_has_ended_for_good_keeps_nobody() {
    let words = json!({ "terminated": { "exitCode": 1, "message": "boom" } });
    let mut evicted = container(&words);
    evicted["phase"] = json!("Failed");
    evicted["reason"] = json!("Evicted");
    assert_eq!(problem(&[pod("a", &evicted)], None, now()), None);
    assert_eq!(problem(&[pod("a", &container(&words))], None, now()).unwrap().reason, Reason::CrashLooping);
    let mut deleted = pod("a", &creating());
    deleted.metadata.deletion_timestamp = Some(k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(now()));
    assert_eq!(problem(&[deleted], None, now()), None);
}

#[test]
fn of_several_the_gravest_is_told_whatever_their_order() {
    let crashed = |message: &str| container(&json!({ "terminated": { "exitCode": 2, "message": message } }));
    let clap = "error: invalid value 'x' for '--external-url <URL>': use https://HOST\n\nFor more information, try '--help'.";
    let foreign = r#"{"reason":"ForeignOwner","message":"of another"}"#;
    let mut pods = vec![pod("c", &crashed("boom")), pod("a", &creating()), pod("b", &crashed(clap))];
    let found = |pods: &[Pod]| problem(pods, Some("why"), now()).unwrap();
    assert_eq!(found(&pods).message, "pod 'a' gets no container: why");
    assert_eq!(
        found(&pods[2..]).message,
        "pod 'b' ended with exit code 2: error: invalid value 'x' for '--external-url <URL>': use https://HOST"
    );
    assert!(found(&[pods[0].clone(), pods[2].clone()]).message.starts_with("pod 'b'"));
    pods.push(pod("d", &crashed(foreign)));
    assert_eq!(found(&pods).reason, Reason::ForeignOwner);
    pods.reverse();
    assert_eq!(found(&pods).reason, Reason::ForeignOwner);
}

#[test]
fn a_sidecar_does_not_hide_what_the_registry_says() {
    let words = r#"{"reason":"LogDamaged","message":"restore it"}"#;
    let mut status = container(&json!({ "terminated": { "exitCode": 1, "message": words } }));
    let mut sidecar = container(&json!({ "terminated": { "exitCode": 1, "message": "no upstream" } }));
    let mut sidecar = sidecar["containerStatuses"][0].take();
    sidecar["name"] = json!("a-proxy");
    status["containerStatuses"].as_array_mut().unwrap().insert(0, sidecar);
    assert_eq!(problem(&[pod("a", &status)], None, now()).unwrap().reason, Reason::LogDamaged);
    status["containerStatuses"][1]["ready"] = json!(true);
    let found = problem(&[pod("a", &status)], None, now()).unwrap();
    assert_eq!(found.message, "pod 'a' ended with exit code 1: no upstream");
}
