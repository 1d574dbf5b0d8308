//! Each CEL rule of PackageMirror accepts and rejects, as kube's own evaluator sees it.

use barre_crds::PackageMirror;
use kube::core::cel::{validate_cel, validate_cel_update};
use serde_json::{Value, json};

/// A PackageMirror with nothing but what must be there, changed by a merge patch.
fn mirror(patch: Value) -> PackageMirror {
    let mut value = json!({
        "apiVersion": "barre.dev/v1alpha1",
        "kind": "PackageMirror",
        "metadata": { "name": "central" },
        "spec": {
            "registryRef": { "name": "packages" },
            "upstream": { "url": "https://api.central.ballerina.io" },
            "selection": { "include": [{ "organization": "ballerinax" }] },
        },
    });
    super::rules::merge(&mut value, patch);
    serde_json::from_value(value).unwrap()
}

#[track_caller]
fn accepted(spec: &Value) {
    validate_cel(&mirror(json!({ "spec": spec }))).unwrap();
}

#[track_caller]
fn rejected(spec: &Value, message: &str) {
    let errors = validate_cel(&mirror(json!({ "spec": spec }))).unwrap_err().to_string();
    assert!(errors.contains(message), "'{message}' is not in: {errors}");
}

#[test]
fn names_are_short_dns_labels() {
    let named = |name: &str| validate_cel(&mirror(json!({ "metadata": { "name": name } })));
    named(&"a".repeat(40)).unwrap();
    for name in ["1central", "central.eu", "central-", &"a".repeat(41)] {
        named(name).unwrap_err();
    }
}

#[test]
fn an_upstream_is_a_url_and_http_only_inside() {
    let url = |url: &str| json!({ "upstream": { "url": url } });
    accepted(&url("https://packages.acme.com:8443/team/ballerina"));
    accepted(&json!({ "upstream": { "url": "http://edge.team.svc", "privateAddresses": "Allowed" } }));
    rejected(&url("http://edge.team.svc"), "set privateAddresses: Allowed");
    rejected(
        &json!({ "upstream": { "url": "http://edge.team.svc", "privateAddresses": "Refused" } }),
        "set privateAddresses: Allowed",
    );
    for bad in ["ftp://a", "api.central.ballerina.io"] {
        rejected(&url(bad), "http or https URL");
    }
    for bad in ["https://a/", "https://a?b=c", "https://me:secret@a", "https://a#b"] {
        rejected(&url(bad), "must not end with a slash");
    }
}

#[test]
fn something_is_selected() {
    let none = json!({ "include": [] });
    rejected(&json!({ "selection": none }), "selects nothing");
    accepted(&json!({ "selection": { "include": [], "exactRef": { "name": "locked" } } }));
    rejected(&json!({ "mode": "PullThrough", "selection": none }), "selects nothing");
}

#[test]
fn each_mode_has_its_own_settings() {
    accepted(&json!({ "schedule": "0 3 * * *", "suspend": true, "prune": {}, "transfer": {} }));
    accepted(&json!({ "mode": "PullThrough", "cache": { "metadataTTLSeconds": 60 } }));
    // What tools write that suspend and resume.
    accepted(&json!({ "mode": "PullThrough", "suspend": false }));
    rejected(&json!({ "cache": {} }), "about mode PullThrough");
    for setting in [json!({ "schedule": "@daily" }), json!({ "suspend": true })] {
        let mut spec = json!({ "mode": "PullThrough" });
        super::rules::merge(&mut spec, setting);
        rejected(&spec, "has no runs");
    }
    for setting in [json!({ "prune": {} }), json!({ "transfer": {} })] {
        let mut spec = json!({ "mode": "PullThrough" });
        super::rules::merge(&mut spec, setting);
        rejected(&spec, "about the runs of mode Sync");
    }
}

#[test]
fn a_time_zone_is_that_of_a_schedule() {
    accepted(&json!({ "schedule": "0 3 * * *", "timeZone": "Europe/Berlin" }));
    rejected(&json!({ "timeZone": "Europe/Berlin" }), "schedule, which is not set");
}

#[test]
fn the_registry_never_changes() {
    let old = mirror(json!({}));
    validate_cel_update(&mirror(json!({ "spec": { "schedule": "@daily" } })), &old).unwrap();
    let other = mirror(json!({ "spec": { "registryRef": { "name": "others" } } }));
    let errors = validate_cel_update(&other, &old).unwrap_err().to_string();
    assert!(errors.contains("registryRef cannot be changed"), "{errors}");
}
