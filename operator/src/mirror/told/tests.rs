use serde_json::{Value, json};

use super::*;
use crate::mirror::{fixture, references::Text};

fn text(name: &str, found: &str) -> Text {
    Text { name: name.into(), found: Ok(found.to_owned()) }
}

/// So many versions, as lines.
fn versions(count: usize) -> String {
    let lines: Vec<_> = (0..count).map(|n| format!("acme/{}:1.{n:05}.0\n", "a".repeat(24))).collect();
    lines.concat()
}

fn references() -> References {
    References {
        exact: Some(text("locked", "ballerinax/kafka:4.2.0\n")),
        deny: Some(text(
            "denied",
            r#"{"deny":[{"rule":{"organization":"acme","versions":"<1.2.0"},"reason":"CVE-2026-1"}]}"#,
        )),
        problems: Vec::new(),
    }
}

#[test]
fn a_full_mirror_is_told_whole() {
    let told = told(&fixture::full(), &references()).unwrap();
    insta::assert_json_snapshot!(serde_json::from_str::<Value>(&told.text).unwrap());
    let read: contract::Mirror = serde_json::from_str(&told.text).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), told.text, "the registry reads what was meant");
}

#[test]
fn what_is_not_set_is_the_default_of_the_registry() {
    let told = told(&fixture::minimal(), &References::default()).unwrap();
    let read: contract::Mirror = serde_json::from_str(&told.text).unwrap();
    let least = json!({
        "id": "central", "name": "team/central", "upstream": { "url": "https://api.central.ballerina.io" },
        "selection": { "include": [{ "organization": "ballerinax" }] },
    });
    let mut expected: contract::Mirror = serde_json::from_value(least).unwrap();
    expected.transfer.deadline_seconds -= 60;
    assert_eq!(read, expected);
}

#[test]
fn the_hash_is_that_of_what_is_told() {
    let hash = |mirror: &PackageMirror, references: &References| told(mirror, references).unwrap().hash;
    let (none, some) = (References::default(), references());
    let first = hash(&fixture::minimal(), &none);
    for same in [json!({ "schedule": "@daily" }), json!({ "suspend": true })] {
        assert_eq!(hash(&fixture::mirror(same), &none), first, "no run would do anything else");
    }
    assert_ne!(hash(&fixture::mirror(json!({ "selection": { "keepLatest": 1 } })), &none), first);
    assert_ne!(hash(&fixture::minimal(), &some), first, "ConfigMaps count");
}

#[test]
fn what_cannot_be_told_is_said() {
    let missing = Problem::new(Reason::ConfigMapNotFound, "gone");
    let gone = Some(Text { name: "locked".into(), found: Err(missing.clone()) });
    let without = References { exact: gone, ..References::default() };
    assert_eq!(told(&fixture::minimal(), &without), Err(missing));

    let rule = |versions: &str| json!({ "selection": { "include": [{ "organization": "acme", "versions": versions }] } });
    assert!(told(&fixture::mirror(rule(">=1.0.0-a, <2")), &References::default()).is_ok());
    let problem = told(&fixture::mirror(rule("1..2")), &References::default()).unwrap_err();
    assert_eq!(problem.reason, Reason::InvalidSpec);
    assert!(problem.message.starts_with("selection.include: versions '1..2'"), "{}", problem.message);
    let denied = r#"{"deny":[{"rule":{"organization":"acme","versions":"latest"},"reason":"r"}]}"#;
    let denied = References { deny: Some(text("denied", denied)), ..References::default() };
    let problem =
        told(&fixture::mirror(json!({ "admission": { "denyRef": { "name": "denied" } } })), &denied);
    let problem = problem.unwrap_err();
    assert_eq!(problem.reason, Reason::ConfigMapUnreadable);
    let begin = "deny.json in ConfigMap 'denied': deny[0].rule.versions: ";
    assert!(problem.message.starts_with(begin), "{}", problem.message);
    // Who cannot read the rules of one mirror obeys those of none.
    let exclude = json!({ "admission": { "exclude": [{ "organization": "deprecate" }] } });
    let problem = told(&fixture::mirror(exclude), &References::default()).unwrap_err();
    assert!(problem.message.starts_with("admission.exclude[0].organization: "), "{}", problem.message);

    let most = versions(24_000);
    assert!(most.len() > barre_contract::mirror::packages::PACKAGES_BYTES - 50_000);
    let most = References { exact: Some(text("locked", &most)), ..References::default() };
    assert!(told(&fixture::minimal(), &most).is_ok(), "as many as mirror plan writes");

    let many = versions(40_000);
    let many = References { exact: Some(text("locked", &many)), ..References::default() };
    let problem = told(&fixture::minimal(), &many).unwrap_err();
    assert!(problem.message.contains("split them over several"), "{}", problem.message);
}
