//! What mirrors' rules do not admit is nowhere: a walk of every route, in every state that a release may be in.
//!
//! Whatever is asked about something that is not admitted has the answer of a registry that never had it, to the last header,
//! except where an exact version is named: that is a 404 with the reason, to whoever could see it.

mod asked;
mod standing;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::time::Duration;

use barre_core::digest::Digest;
use barre_testkit::bala::Bala;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::server_harness::{Pod, refusal};
use asked::{Answer, Asked, Target, answers, questions};
use standing::{NOW, OLD, REASON, STANDINGS, Standing, clock, day, own, shelf, stocked};

fn targets() -> Vec<Target> {
    let acme = [("acme", "held", "1.0.0"), ("acme", "sealed", "1.0.0"), ("acme", "mixed", "2.0.0")];
    let all = acme.into_iter().chain([("ours", "held", "1.0.0"), ("ours", "mixed", "2.0.0")]);
    all.map(|(org, name, version)| Target { org, name, version }).collect()
}

/// Whatever may be asked about them, also by clients that have asked before.
async fn all_questions(pod: &Pod) -> Vec<Asked> {
    let mut asked = Vec::new();
    for target in targets() {
        let digests = digests(pod, &target).await;
        asked.extend(questions(&target, &digests));
    }
    asked
}

/// What clients may have kept of each, from before: digests by which they ask for it.
async fn digests(pod: &Pod, target: &Target) -> Vec<String> {
    let mut digests = Vec::new();
    for bala in shelf().into_iter().map(|(bala, _)| bala).chain(own()) {
        if bala.coordinates() == target.coordinates() {
            digests.push(Digest::of(&bala.build()).to_string());
        }
    }
    let repository = format!("/v2/{}/{}", target.org, target.name);
    for tag in [target.version, "latest", "v2201-13-0"] {
        let manifest = pod.get_as("read-acme", &format!("{repository}/manifests/{tag}")).await;
        assert_eq!(manifest.status(), 200, "{repository} {tag}");
        let digest = manifest.headers()["docker-content-digest"].to_str().unwrap().to_owned();
        let manifest: Value = manifest.json().await.unwrap();
        digests.push(manifest["layers"][0]["digest"].as_str().unwrap().to_owned());
        let referrers = pod.get_as("read-acme", &format!("{repository}/referrers/{digest}")).await;
        let referrers: Value = referrers.json().await.unwrap();
        for referrer in referrers["manifests"].as_array().unwrap() {
            digests.push(referrer["digest"].as_str().unwrap().to_owned());
        }
        digests.push(digest);
    }
    digests.sort();
    digests.dedup();
    digests
}

/// Searches follow other rules in the background, and the time once a second.
async fn settle(pod: &Pod, reference: &Pod) {
    for _ in 0..100 {
        let count =
            async |pod: &Pod| pod.get_as("read-acme", "search-packages?q=").await.text().await.unwrap();
        if count(pod).await.replace(&pod.address.to_string(), "")
            == count(reference).await.replace(&reference.address.to_string(), "")
        {
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// Compares what a pod says with what is said where nothing is hidden and some things were never there; which routes told why
/// something is not there.
fn compare<'a>(
    standing: Standing,
    asked: &[Asked],
    ours: &[Answer],
    reference: impl IntoIterator<Item = &'a Answer>,
) -> BTreeSet<&'static str> {
    let mut told = BTreeSet::new();
    for ((asked, ours), reference) in asked.iter().zip(ours).zip(reference) {
        if ours == reference {
            continue;
        }
        let what = format!("{standing:?}: {asked:?}\n{ours:?}\ninstead of\n{reference:?}");
        assert!(asked.is_exact() && ours.status == 404 && [404, 401].contains(&reference.status), "{what}");
        let why = format!(": {}", standing.told());
        assert_eq!(ours.text.matches(&why).count(), 1, "{what}");
        assert!(asked.may_see(), "{what}");
        // Nothing is in it but what was asked, and why it is not there.
        let rest = asked.without_asked(&ours.text.replace(&why, ""));
        for secret in ["sha256:", "held", "sealed", "2.0.0", "quokka", "numbat", "bala\""] {
            assert!(!rest.contains(secret), "{secret}: {what}");
        }
        told.insert(asked.template);
    }
    told
}

#[tokio::test]
async fn what_is_not_admitted_is_on_no_route() {
    let (_, clock) = clock();
    let pod = stocked(clock.clone(), |_| true).await;
    let asked = all_questions(&pod).await;
    let mut references = BTreeMap::new();
    for standing in STANDINGS {
        pod.admit(standing.rules()).await;
        let hidden: Vec<_> = shelf().into_iter().filter(|(bala, _)| standing.hides(bala)).collect();
        let hidden: Vec<_> = hidden.iter().map(|(bala, _)| bala.coordinates()).collect();
        // What is there would be changed.
        let asked = asked.iter().filter(|a| !a.writes() || hidden.contains(&a.target.coordinates()));
        let asked: Vec<_> = asked.cloned().collect();
        if !references.contains_key(&hidden) {
            let reference = stocked(clock.clone(), |bala| !standing.hides(bala)).await;
            references.insert(hidden.clone(), answers(&reference, &asked).await);
        }
        let told = compare(standing, &asked, &answers(&pod, &asked).await, &references[&hidden]);
        let feed = pod.get_as("read-acme", "/v1/changes").await.text().await.unwrap();
        for (bala, _) in shelf() {
            let is_told = feed.contains(&Digest::of(&bala.build()).to_string());
            assert_eq!(is_told, !standing.hides(&bala), "{standing:?}: {} in {feed}", bala.coordinates());
        }
        for route in asked::EXACT {
            assert_eq!(told.contains(route), !hidden.is_empty(), "{standing:?}: {route} told {told:?} why");
        }
        // Now it may be a kept one.
        let (again, theirs): (Vec<_>, Vec<_>) =
            asked.into_iter().zip(&references[&hidden]).filter(|(asked, _)| asked.may_be_kept()).unzip();
        compare(standing, &again, &answers(&pod, &again).await, theirs);
    }
}

#[tokio::test]
async fn what_waits_is_there_once_it_is_old_enough() {
    let (time, clock) = clock();
    let pod = stocked(clock.clone(), |_| true).await;
    let mut asked = all_questions(&pod).await;
    asked.retain(|asked| !asked.writes());
    pod.admit(Standing::Waits.rules()).await;
    let (young, old) = (
        stocked(clock.clone(), |bala| !Standing::Waits.hides(bala)).await,
        stocked(clock.clone(), |_| true).await,
    );
    for (days, reference) in [(NOW, &young), (NOW + 4, &young), (NOW + 5, &old), (NOW + 6, &old)] {
        time.store(days, Ordering::Relaxed);
        settle(&pod, reference).await;
        let theirs = answers(reference, &asked).await;
        for _ in [1, 2] {
            let ours = answers(&pod, &asked).await;
            let told = compare(Standing::Waits, &asked, &ours, &theirs);
            assert_eq!(told.is_empty(), days >= NOW + 5, "day {days}: {told:?}");
        }
    }
}

/// Who knows no date waits for ever, unless somebody lets it in.
#[tokio::test]
async fn what_has_no_date_waits_until_it_is_let_in() {
    let pod = Pod::start().await;
    pod.bring(&Bala::new("acme", "greet", "1.0.0"), None).await;
    let path = "packages/acme/greet/1.0.0";
    assert_eq!(pod.get(path).await.status(), 200);
    pod.admit(json!({ "minimumAgeSeconds": 1 })).await;
    let (status, text) = refusal(pod.get(path).await).await;
    let expected =
        "package not found for: acme/greet:1.0.0: it is too young: nobody knows when it was published";
    assert_eq!((status, text.as_str()), (404, expected));
    let version = json!({ "organization": "acme", "name": "greet", "version": "1.0.0" });
    let let_in = json!([{ "version": version, "reason": "we looked at it" }]);
    pod.admit(json!({ "minimumAgeSeconds": 1, "overrides": let_in })).await;
    assert_eq!(pod.get(path).await.status(), 200);
}

#[tokio::test]
async fn a_kept_answer_falls_with_the_rules() {
    let pod = Pod::start().await;
    pod.bring(&Bala::new("acme", "held", "1.0.0"), Some(day(OLD))).await;
    let paths = ["packages/acme/held/1.0.0", "/files/acme/held/1.0.0/acme-held-any-1.0.0.bala"];
    for (rules, expected) in
        [(Standing::Admitted, 200), (Standing::DeniedByName, 404), (Standing::Admitted, 200)]
    {
        pod.admit(rules.rules()).await;
        let kept = pod.services.metrics.hot_answers();
        for path in paths {
            for _ in [1, 2] {
                assert_eq!(pod.get(path).await.status(), expected, "{rules:?}: {path}");
            }
        }
        assert_eq!(pod.services.metrics.hot_answers() > kept, expected == 200, "{rules:?}");
    }
}

#[tokio::test]
async fn a_build_does_not_get_what_is_denied() {
    let pod = Pod::start().await;
    for version in ["1.0.0", "1.1.0"] {
        pod.bring(&Bala::new("acme", "greet", version), Some(day(OLD))).await;
    }
    let range = json!({ "organization": "acme", "versions": ">1.0.0" });
    pod.admit(json!({ "deny": [{ "rule": range, "reason": REASON }] })).await;
    for (mode, wanted, expected) in [("soft", "1.0.0", Some("1.0.0")), ("hard", "1.1.0", None)] {
        let package = json!({ "org": "acme", "name": "greet", "version": wanted, "mode": mode });
        let asked = pod.request(Method::POST, "packages/resolve-dependencies");
        let asked = asked.json(&json!({ "packages": [package] })).send().await.unwrap();
        let resolution: Value = asked.json().await.unwrap();
        assert_eq!(resolution["resolved"][0]["version"].as_str(), expected, "{resolution}");
    }
}

/// Where a path has no platform, it leads to the first release of a version, or to nothing.
#[tokio::test]
async fn another_platform_never_takes_the_place_of_what_is_denied() {
    let pod = Pod::start().await;
    pod.bring(&Bala::new("acme", "twin", "0.9.0"), Some(day(OLD))).await;
    let first = pod.bring(&Bala::new("acme", "twin", "1.0.0"), Some(day(OLD))).await;
    let second = pod.bring(&Bala::new("acme", "twin", "1.0.0").platform("java21"), Some(day(OLD))).await;
    pod.admit(json!({ "deny": [{ "digest": first.to_string(), "reason": REASON }] })).await;
    for path in [
        "/2.0/maven/acme/twin/1.0.0/twin-1.0.0.bala",
        "/2.0/maven/acme/twin/1.0.0/twin-1.0.0.bala.sha256",
        "/v2/acme/twin/manifests/1.0.0",
        "/files/acme/twin/1.0.0/acme-twin-any-1.0.0.bala",
        &format!("/v2/acme/twin/blobs/{first}"),
    ] {
        let answer = pod.get(path).await;
        assert_eq!(answer.status(), 404, "{path}");
        let text = answer.text().await.unwrap();
        assert!(text.contains(REASON) && !text.contains(&second.to_string()), "{path}: {text}");
    }
    for path in ["/v2/acme/twin/tags/list", "/2.0/maven/acme/twin/maven-metadata.xml"] {
        let text = pod.get(path).await.text().await.unwrap();
        assert!(text.contains("0.9.0") && !text.contains("1.0.0"), "{path}: {text}");
    }
    // Who says which platform gets that one, by what both have in common as well.
    assert_eq!(pod.get(&format!("/v2/acme/twin/blobs/{second}")).await.status(), 200);
    let ask = async |platforms: &str| {
        let request = pod.request(Method::GET, "packages/acme/twin/1.0.0");
        let request =
            request.header("ballerina-platform", platforms).header("accept", "application/octet-stream");
        request.send().await.unwrap()
    };
    let found = ask("java21").await;
    assert!(found.headers()["location"].to_str().unwrap().ends_with("acme-twin-java21-1.0.0.bala"));
    let (status, text) = refusal(ask("java17").await).await;
    assert!(status == 404 && text.contains(REASON), "{text}");
}

/// Other caches than ours ask whether they may still give what a mirror brought.
#[tokio::test]
async fn no_cache_keeps_what_may_be_denied_tomorrow() {
    let pod = Pod::start().await;
    pod.bring(&Bala::new("acme", "greet", "1.0.0"), Some(day(OLD))).await;
    pod.publish(&Bala::new("ours", "greet", "1.0.0")).await;
    for (org, expected) in [("acme", "public, no-cache"), ("ours", "public, max-age=31536000, immutable")] {
        let path = format!("/files/{org}/greet/1.0.0/{org}-greet-any-1.0.0.bala");
        assert_eq!(pod.get(&path).await.headers()["cache-control"], expected);
    }
}

/// A file that cannot be used changes nothing, and nobody is let in by it.
#[tokio::test]
async fn a_broken_file_leaves_what_is_denied_denied() {
    let pod = Pod::start().await;
    pod.bring(&Bala::new("acme", "held", "1.0.0"), Some(day(OLD))).await;
    pod.admit(Standing::DeniedByName.rules()).await;
    for broken in ["{", "{\"mirrors\":[{}]}", "{}"] {
        assert_eq!(pod.get("packages/acme/held/1.0.0").await.status(), 404);
        pod.remirror(broken).await;
    }
    assert_eq!(pod.get("packages/acme/held/1.0.0").await.status(), 404);
    pod.remirror("{\"mirrors\":[]}").await;
    assert_eq!(pod.get("packages/acme/held/1.0.0").await.status(), 200, "no mirrors, no rules");
}
