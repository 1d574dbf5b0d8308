use barre_contract::mirror::{Mirror, Mirrors, check};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::*;
use crate::digest::Digest;
use crate::mirror::Verdict;
use crate::package::Coordinates;
use crate::release::Origin;

const DAY: u64 = 86_400;

fn at(days: i64) -> Timestamp {
    Timestamp::from_second(days * 86_400).unwrap()
}

/// The rules of mirrors, each by its id, which is also its name.
fn rules(mirrors: &[(&str, Value)]) -> Result<Admission, Invalid> {
    let mirror = |(id, admission): &(&str, Value)| json!({ "id": id, "name": id, "upstream": { "url": "https://central" }, "admission": admission });
    let mirrors: Vec<_> = mirrors.iter().map(mirror).collect();
    let mirrors: Mirrors = serde_json::from_value(json!({ "mirrors": mirrors })).unwrap();
    Admission::read(&mirrors)
}

struct Asked {
    coordinates: Coordinates,
    origin: Origin,
    digest: Option<Digest>,
    published: Option<Timestamp>,
}

/// What the mirror `m` brings, of day 10.
fn of(coordinates: &str) -> Asked {
    let (coordinates, origin) = (coordinates.parse().unwrap(), Origin::Mirror("m".to_owned()));
    Asked { coordinates, origin, digest: None, published: Some(at(10)) }
}

impl Asked {
    fn facts(&self) -> Facts<'_> {
        let Self { coordinates, origin, digest, published } = self;
        Facts { coordinates, digest: *digest, origin, published: *published }
    }
}

fn waits(until: Option<Timestamp>) -> Verdict {
    Verdict::Waits { until }
}

fn denied(reason: &str) -> Verdict {
    Verdict::Denied { reason: reason.to_owned() }
}

#[test]
fn a_version_waits_until_it_is_old_enough() {
    let rules = rules(&[("m", json!({ "minimumAgeSeconds": 3 * DAY }))]).unwrap();
    let greet = of("acme/greet:1.0.0");
    let second = SignedDuration::from_secs(1);
    for (now, expected) in [
        (at(10), waits(Some(at(13)))),
        (at(13) - second, waits(Some(at(13)))),
        (at(13), Verdict::Admitted),
        (at(14), Verdict::Admitted),
    ] {
        assert_eq!(rules.verdict(greet.facts(), now), expected, "{now}");
    }
    let undated = Asked { published: None, ..of("acme/greet:1.0.0") };
    assert_eq!(rules.verdict(undated.facts(), at(10_000)), waits(None), "nobody knows how old it is");
    let forever = self::rules(&[("m", json!({ "minimumAgeSeconds": u64::MAX }))]).unwrap();
    assert_eq!(forever.verdict(greet.facts(), at(10_000)), waits(Some(Timestamp::MAX)));
}

#[test]
fn only_the_mirror_that_brings_a_version_says_how_old_it_must_be() {
    let rules = rules(&[("m", json!({ "minimumAgeSeconds": DAY })), ("n", json!({}))]).unwrap();
    let by = |origin: Origin| rules.verdict(Asked { origin, ..of("acme/greet:1.0.0") }.facts(), at(10));
    assert_eq!(by(Origin::Mirror("m".to_owned())), waits(Some(at(11))));
    for origin in [Origin::Mirror("n".to_owned()), Origin::Mirror("gone".to_owned()), Origin::Local] {
        assert_eq!(by(origin.clone()), Verdict::Admitted, "{origin:?}");
    }
}

#[test]
fn what_any_mirror_denies_is_denied_to_all_that_mirrors_bring() {
    let bala = Digest::of(b"bala");
    let deny = |rule: Value, reason: &str| json!({ "rule": rule, "reason": reason });
    let rules = rules(&[
        ("m", json!({ "mode": "Observe", "minimumAgeSeconds": DAY })),
        (
            "n",
            json!({ "deny": [
                deny(json!({ "organization": "acme", "name": "greet", "versions": ">=1.2.0, <2.0.0" }), "range"),
                deny(json!({ "organization": "acme", "name": "evil*" }), "name"),
                deny(json!({ "organization": "bad" }), "organization"),
                { "digest": bala.to_string(), "reason": "digest" },
            ] }),
        ),
    ])
    .unwrap();
    let verdict = |asked: &Asked| rules.verdict(asked.facts(), at(10));
    for (coordinates, expected) in [
        ("acme/greet:1.1.9", Verdict::Admitted),
        ("acme/greet:1.2.0", denied("range")),
        ("acme/greet:1.3.0-rc.1", denied("range")),
        ("acme/greet:2.0.0", Verdict::Admitted),
        ("acme/greeting:1.2.0", Verdict::Admitted),
        ("acme/evil.twin:0.1.0", denied("name")),
        ("beta/evil.twin:0.1.0", Verdict::Admitted),
        ("bad/anything:9.0.0-x", denied("organization")),
    ] {
        assert_eq!(verdict(&of(coordinates)), expected, "{coordinates}");
        let local = Asked { origin: Origin::Local, digest: Some(bala), ..of(coordinates) };
        assert_eq!(verdict(&local), Verdict::Admitted, "{coordinates} was pushed here");
    }
    for (digest, expected) in [(bala, denied("digest")), (Digest::of(b"other"), Verdict::Admitted)] {
        assert_eq!(verdict(&Asked { digest: Some(digest), ..of("acme/greet:1.0.0") }), expected);
    }
}

#[test]
fn what_is_spared_or_let_in_may_be_young_and_is_denied_all_the_same() {
    let greet = json!({ "organization": "acme", "name": "greet", "version": "1.0.0" });
    let rules = rules(&[(
        "m",
        json!({
            "minimumAgeSeconds": DAY,
            "exclude": [{ "organization": "ballerina" }, { "organization": "acme", "name": "own.*" }],
            "overrides": [{ "version": greet, "reason": "CVE-2026-1" }],
            "deny": [{ "rule": { "organization": "ballerina", "name": "worm" }, "reason": "a worm" }],
        }),
    )])
    .unwrap();
    for (coordinates, expected) in [
        ("ballerina/http:2.0.0", Verdict::Admitted),
        ("acme/own.tools:2.0.0", Verdict::Admitted),
        ("acme/greet:1.0.0", Verdict::Admitted),
        ("acme/greet:1.0.1", waits(Some(at(11)))),
        ("ballerina/worm:2.0.0", denied("a worm")),
    ] {
        assert_eq!(rules.verdict(of(coordinates).facts(), at(10)), expected, "{coordinates}");
    }
    let undated = Asked { published: None, ..of("acme/greet:1.0.0") };
    assert_eq!(rules.verdict(undated.facts(), at(10)), Verdict::Admitted);
    let let_in: Vec<_> = rules.let_in().map(|l| (l.mirror, l.coordinates.to_string(), l.reason)).collect();
    assert_eq!(let_in, [("m", "acme/greet:1.0.0".to_owned(), "CVE-2026-1")]);
}

#[test]
fn who_only_observes_lets_in_what_is_young() {
    let rules = rules(&[("m", json!({ "mode": "Observe", "minimumAgeSeconds": DAY }))]).unwrap();
    let greet = of("acme/greet:1.0.0");
    assert_eq!(rules.verdict(greet.facts(), at(10)), Verdict::Admitted);
    assert!(rules.is_open() && rules.at(at(10)).is_none(), "nothing is looked at");
}

#[test]
fn rules_that_hold_something_are_looked_at() {
    assert!(Admission::default().is_open());
    assert!(rules(&[("m", json!({}))]).unwrap().is_open());
    for held in [
        json!({ "minimumAgeSeconds": 1 }),
        json!({ "deny": [{ "rule": { "organization": "acme" }, "reason": "x" }] }),
        json!({ "deny": [{ "digest": Digest::of(b"").to_string(), "reason": "x" }] }),
    ] {
        assert!(!rules(&[("m", held.clone())]).unwrap().is_open(), "{held}");
    }
}

#[test]
fn rules_that_cannot_be_read_are_named_with_what_to_write() {
    let deny = |deny: Value| json!({ "deny": [{ "rule": { "organization": "a" }, "reason": "x" }, deny] });
    let rule = json!({ "organization": "acme" });
    for (admission, expected) in [
        (deny(json!({ "reason": "x" })), "deny[1]: give either a rule or a digest"),
        (
            deny(json!({ "rule": rule, "digest": Digest::of(b"").to_string(), "reason": "x" })),
            "deny[1]: give either a rule or a digest",
        ),
        (deny(json!({ "rule": rule, "reason": " " })), "deny[1].reason: write one line"),
        (deny(json!({ "rule": rule, "reason": "a\nb" })), "deny[1].reason: write one line"),
        (deny(json!({ "rule": rule, "reason": "x".repeat(1001) })), "deny[1].reason: write one line"),
        (deny(json!({ "digest": "sha256:00", "reason": "x" })), "deny[1].digest: use sha256: and 64"),
        (deny(json!({ "rule": { "organization": "Acme" }, "reason": "x" })), "deny[1].rule.organization: "),
        (
            json!({ "exclude": [{ "organization": "acme", "versions": "one" }] }),
            "exclude[0].versions: \"one\" is no range",
        ),
        (
            json!({ "overrides": [
                { "version": { "organization": "a", "name": "b", "version": "1" }, "reason": "x" },
            ] }),
            "overrides[0]: invalid version",
        ),
        (
            json!({ "overrides": [
                { "version": { "organization": "a", "name": "b", "version": "1.0.0" }, "reason": "" },
            ] }),
            "overrides[0].reason: write one line",
        ),
    ] {
        let error = rules(&[("m", json!({})), ("team/central", admission)]).unwrap_err().to_string();
        let beginning = format!("mirror \"team/central\": admission.{expected}");
        assert!(error.starts_with(&beginning), "{error}");
    }
}

#[test]
fn what_whoever_asks_is_told() {
    for (verdict, expected) in [
        (Verdict::Admitted, None),
        (waits(Some(at(20_000))), Some("it is too young until 2024-10-04T00:00:00Z")),
        (waits(None), Some("it is too young: nobody knows when it was published")),
        (denied("a worm"), Some("it is denied in this registry: a worm")),
    ] {
        assert_eq!(verdict.why_not().as_deref(), expected);
    }
}

/// Texts that are fine somewhere, and nearly.
fn word() -> impl Strategy<Value = String> {
    let known = select(vec![
        "acme",
        "Acme",
        "deprecate",
        "com1",
        "a.b",
        "a..b",
        "1a",
        "a__b",
        "a*",
        "*",
        "lang.__internal",
        "1.0.0",
        "1.0",
        "01.0.0",
        "1.0.0-rc.1",
        "1.0.0+b",
        ">=1.0.0, <2.0.0",
        "latest",
        "",
        " ",
        "why",
        "a\nb",
        "a\u{202e}b",
        "\u{feff}a",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => ".{0,8}", 1 => "[a-z_.*0-9-]{0,6}"]
}

proptest! {
    /// Who writes rules for pods asks there: one mirror's that could not be read would be obeyed by none.
    #[test]
    fn what_the_contract_takes_for_readable_is_read(
        words in proptest::collection::vec(word(), 9), digest in any::<bool>(),
    ) {
        let [org, name, versions, other, package, version, reason, why, text] = &words[..] else { unreachable!() };
        let denied = if digest {
            json!({ "digest": if text.is_empty() { format!("sha256:{}", "0a".repeat(32)) } else { text.clone() }, "reason": why })
        } else {
            json!({ "rule": { "organization": text, "name": name }, "reason": why })
        };
        let admission = json!({
            "minimumAgeSeconds": 1,
            "exclude": [{ "organization": org, "name": name, "versions": versions }],
            "overrides": [{ "version": { "organization": other, "name": package, "version": version }, "reason": reason }],
            "deny": [denied],
        });
        let whole = json!({ "id": "m", "name": "m", "upstream": { "url": "https://u" }, "admission": admission });
        let mirror: Mirror = serde_json::from_value(whole).unwrap();
        if check(&mirror.admission).is_ok() {
            Admission::read(&Mirrors { mirrors: vec![mirror] }).unwrap();
        }
    }
}
