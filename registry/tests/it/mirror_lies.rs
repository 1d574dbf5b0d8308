//! Upstreams that lie, fail, and send elsewhere: nothing wrong becomes visible, and the rest goes on.

use std::time::{Duration, Instant};

use barre_contract::mirror::{Mirror, Outcome, PrivateAddresses, Protocol, Report};
use barre_testkit::bala::{Bala, noise};
use serde_json::json;

use crate::mirror_harness::{Target, failures, mirror};
use crate::mirror_liar::{Asked, Liar, Raw, answer, json_answer, truth};
use crate::server_harness::LIMIT;

const GOOD: [&str; 3] = ["acme/a:1.0.0", "acme/b:1.0.0", "acme/c:1.0.0"];
/// What is sent in the place of bytes.
type Lie = Box<dyn Fn() -> Raw + Send + Sync>;
/// What is answered, whatever is asked.
type Answers = Box<dyn Fn(&Asked) -> Raw + Send + Sync>;

const BAD: &str = "/packages/acme/bad/1.0.0";

fn balas() -> Vec<Bala> {
    ["a", "b", "bad", "c"].map(|name| Bala::new("acme", name, "1.0.0")).to_vec()
}

fn of(liar: &Liar) -> Mirror {
    mirror(&liar.url(), Protocol::Central, &["acme"])
}

/// What becomes of a package whose bytes are these at first, and as they should be later.
async fn told_bytes(bytes: impl Fn() -> Raw + Send + Sync + 'static) -> (Report, Liar, Target) {
    let liar = Liar::start(move |asked| {
        if asked.is_download() && asked.path.ends_with(BAD) && asked.before < 2 {
            return bytes();
        }
        truth(&balas(), asked)
    })
    .await;
    let target = Target::new().await;
    let report = target.run(&of(&liar), "lied").await;
    for good in GOOD {
        assert!(target.has(good), "one that is bad does not stop the others: {report:?}");
    }
    assert!(!target.has("acme/bad:1.0.0"));
    assert_eq!((report.outcome, report.counts.copied), (Some(Outcome::PartiallySucceeded), 3), "{report:?}");
    (report, liar, target)
}

#[tokio::test]
async fn what_is_not_what_upstream_said_is_set_aside_and_tried_again() {
    let other = Bala::new("acme", "bad", "1.0.0").description("other").build();
    let cut = Bala::new("acme", "bad", "1.0.0").build();
    let half = cut[..cut.len() / 2].to_vec();
    let octets = "content-type: application/octet-stream\r\n";
    let long = format!("{octets}content-length: {}\r\n", cut.len());
    let lies: Vec<(&str, Lie)> = vec![
        ("NotABala", Box::new(|| answer(200, "content-type: text/html\r\n", b"<html>sign in</html>"))),
        ("NotABala", Box::new(|| answer(200, "", b""))),
        ("DigestDiffers", Box::new(move || answer(200, octets, &other))),
        ("DigestDiffers", {
            let half = half.clone();
            Box::new(move || answer(200, octets, &half))
        }),
        ("Truncated", Box::new(move || answer(200, &long, &half))),
        ("TooLarge", Box::new(|| answer(200, octets, &noise("large", to_usize(LIMIT) + 1)))),
        ("Unreadable", Box::new(|| answer(200, "content-encoding: gzip\r\n", b"\x1f\x8b"))),
        ("Upstream404", Box::new(|| json_answer(404, &json!({ "message": "package not found" })))),
        ("UpstreamFailed", Box::new(|| json_answer(500, &json!({ "message": "no" })))),
        ("UpstreamUnauthorized", Box::new(|| json_answer(403, &json!({ "message": "no" })))),
    ];
    for (reason, lie) in lies {
        let (report, liar, target) = told_bytes(lie).await;
        assert_eq!(failures(&report), [("acme/bad:1.0.0".to_owned(), reason)], "{report:?}");
        // Whatever was tried twice has used up the lies; what was not has one left.
        let mut tries = liar.downloads("/bad/");
        while tries < 2 {
            target.run(&of(&liar), "again").await;
            tries += 1;
        }
        let report = target.run(&of(&liar), "true").await;
        assert!(target.has("acme/bad:1.0.0"), "{reason}: {report:?}");
        for good in ["/a/", "/b/", "/c/"] {
            assert_eq!(liar.downloads(good), 1, "what is there is not fetched again");
        }
    }
}

fn to_usize(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap()
}

#[tokio::test]
async fn the_bala_of_another_package_is_not_believed() {
    let liar = Liar::start(|asked| {
        if !asked.path.ends_with(BAD) {
            return truth(&balas(), asked);
        }
        // All that is said of it fits: only it is another one.
        let elsewhere = Asked { path: asked.path.replace("/bad/", "/a/"), ..asked.clone() };
        let raw = truth(&balas(), &elsewhere)?;
        if asked.is_download() {
            return Some(raw);
        }
        let text = String::from_utf8(raw).unwrap().replace(r#""name":"a""#, r#""name":"bad""#);
        let body = text.split("\r\n\r\n").nth(1).unwrap();
        answer(200, "content-type: application/json\r\n", body.as_bytes())
    })
    .await;
    let target = Target::new().await;
    let report = target.run(&of(&liar), "one").await;
    assert_eq!(failures(&report), [("acme/bad:1.0.0".to_owned(), "OtherPackage")], "{report:?}");
    assert!(report.failures[0].message.contains("acme/a:1.0.0"), "{report:?}");
}

#[tokio::test]
async fn a_version_whose_bytes_change_stays_as_it_is() {
    let liar = Liar::start(|asked| {
        let mut balas = balas();
        if asked.head.contains("x-changed") || asked.before > 0 {
            balas[2] = Bala::new("acme", "bad", "1.0.0").description("changed");
        }
        truth(&balas, asked)
    })
    .await;
    let target = Target::new().await;
    let first = target.run(&of(&liar), "first").await;
    assert_eq!(first.outcome, Some(Outcome::Succeeded), "{first:?}");
    let digest = target.digest("acme/bad:1.0.0");
    let second = target.run(&of(&liar), "second").await;
    assert_eq!(failures(&second), [("acme/bad:1.0.0".to_owned(), "DigestDiffers")], "{second:?}");
    assert_eq!(target.digest("acme/bad:1.0.0"), digest);
    assert_eq!(liar.downloads("/bad/"), 1, "the other bytes are not even fetched");
}

#[tokio::test]
async fn an_upstream_that_wants_quiet_gets_it() {
    let liar = Liar::start(|asked| {
        if asked.path.contains("/packages/acme/a") && asked.before == 0 {
            return answer(429, "retry-after: 1\r\n", b"");
        }
        truth(&balas(), asked)
    })
    .await;
    let target = Target::new().await;
    let began = Instant::now();
    let report = target.run(&of(&liar), "quiet").await;
    assert_eq!((report.outcome, report.counts.copied), (Some(Outcome::Succeeded), 4), "{report:?}");
    assert!(began.elapsed() >= Duration::from_secs(2), "once for the list of versions, once for the version");
    // One that wants more of it than there is time ends the run.
    let liar = Liar::start(|_| answer(429, "retry-after: 3600\r\n", b"")).await;
    let began = Instant::now();
    let report = Target::new().await.run(&of(&liar), "hour").await;
    assert_eq!(report.outcome, Some(Outcome::UpstreamThrottled), "{report:?}");
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn failures_that_pass_are_waited_for() {
    let liar = Liar::start(|asked| {
        if asked.before % 2 == 0 {
            json_answer(500, &json!({ "message": "no" }))
        } else {
            truth(&balas(), asked)
        }
    })
    .await;
    let target = Target::new().await;
    let report = target.run(&of(&liar), "every other").await;
    assert_eq!((report.outcome, report.counts.copied), (Some(Outcome::Succeeded), 4), "{report:?}");
}

#[tokio::test]
async fn an_upstream_that_is_away_is_told_as_that() {
    let hangs = |_: &Asked| None;
    let answers: Vec<(Outcome, Answers)> = vec![
        (Outcome::UpstreamUnreachable, Box::new(hangs)),
        (Outcome::UpstreamUnreachable, Box::new(|_| json_answer(502, &json!({ "message": "no" })))),
        (Outcome::UpstreamUnauthorized, Box::new(|_| json_answer(401, &json!({ "message": "no" })))),
    ];
    for (outcome, lie) in answers {
        let liar = Liar::start(lie).await;
        let target = Target::new().await;
        let mut mirror = of(&liar);
        mirror.upstream.timeout_seconds = 1;
        let report = target.run(&mirror, "away").await;
        assert_eq!(report.outcome, Some(outcome), "{report:?}");
        assert!(report.message.is_some());
    }
    let nobody = mirror("http://127.0.0.1:1", Protocol::Central, &["acme"]);
    let report = Target::new().await.run(&nobody, "nobody").await;
    assert_eq!(report.outcome, Some(Outcome::UpstreamUnreachable), "{report:?}");
}

#[tokio::test]
async fn a_404_of_something_in_between_is_no_empty_upstream() {
    let liar = Liar::start(|_| answer(404, "content-type: text/html\r\n", b"<html>not here</html>")).await;
    let report = Target::new().await.run(&of(&liar), "proxy").await;
    assert_eq!(failures(&report), [("acme/*:*".to_owned(), "Unanswered")], "{report:?}");
    assert_eq!(report.outcome, Some(Outcome::PartiallySucceeded));
}

#[tokio::test]
async fn addresses_are_judged_before_anything_is_asked() {
    let liar = Liar::start(|asked| truth(&balas(), asked)).await;
    let port = liar.address.port();
    for (url, private) in [
        (liar.url(), PrivateAddresses::Refused),
        (format!("http://localhost:{port}"), PrivateAddresses::Refused),
        (format!("http://2130706433:{port}"), PrivateAddresses::Refused),
        ("http://169.254.169.254/latest".to_owned(), PrivateAddresses::Allowed),
        ("file:///etc/passwd".to_owned(), PrivateAddresses::Allowed),
    ] {
        let mut mirror = mirror(&url, Protocol::Central, &["acme"]);
        mirror.upstream.private_addresses = private;
        let report = Target::new().await.run(&mirror, "judged").await;
        assert_eq!(report.outcome, Some(Outcome::UpstreamRefused), "{url}: {report:?}");
    }
    assert!(liar.asked().is_empty());
}

#[tokio::test]
async fn a_redirect_is_judged_anew_and_takes_no_token_along() {
    let elsewhere = Liar::start(|asked| {
        let path = asked.path.replace("/bytes/", "/2.0/registry/packages/");
        truth(&balas(), &Asked { path, head: "accept: application/octet-stream".to_owned(), ..asked.clone() })
    })
    .await;
    let target_url = elsewhere.url();
    let liar = Liar::start(move |asked| {
        if !asked.is_download() {
            return truth(&balas(), asked);
        }
        let version = asked.path.trim_start_matches("/2.0/registry/packages");
        let location = match version {
            "/acme/a/1.0.0" => "http://169.254.169.254/latest/meta-data".to_owned(),
            "/acme/b/1.0.0" => asked.path.clone(),
            "/acme/c/1.0.0" => "file:///etc/passwd".to_owned(),
            _ => format!("{target_url}/bytes{version}"),
        };
        answer(302, &format!("location: {location}\r\n"), b"")
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "hush-hush\n").unwrap();
    let target = Target::new().await;
    let mut mirror = of(&liar);
    mirror.upstream.token_file = Some(token.to_str().unwrap().to_owned());
    let report = target.run(&mirror, "redirected").await;
    assert_eq!(
        failures(&report),
        [
            ("acme/a:1.0.0".to_owned(), "AddressRefused"),
            ("acme/b:1.0.0".to_owned(), "RedirectRefused"),
            ("acme/c:1.0.0".to_owned(), "AddressRefused"),
        ],
        "{report:?}"
    );
    assert!(target.has("acme/bad:1.0.0"));
    assert!(liar.asked().iter().all(|asked| asked.head.contains("authorization: bearer hush-hush")));
    let asked = elsewhere.asked();
    assert_eq!(asked.len(), 1);
    assert!(!asked[0].head.contains("authorization"), "{}", asked[0].head);
    assert_eq!(liar.downloads("/b/"), 6, "five redirects are followed");
    let told = serde_json::to_string(&report).unwrap();
    assert!(!told.contains("hush"), "{told}");
}

#[tokio::test]
async fn an_upstream_that_is_away_while_bytes_come_is_left_to_the_next_run() {
    let many: Vec<Bala> = (0..60).map(|n| Bala::new("acme", &format!("p{n}"), "1.0.0")).collect();
    let liar = Liar::start(move |asked| {
        if asked.is_download() { json_answer(503, &json!({ "message": "no" })) } else { truth(&many, asked) }
    })
    .await;
    let mut mirror = of(&liar);
    mirror.transfer.max_retries = 0;
    let report = Target::new().await.run(&mirror, "away").await;
    assert_eq!(report.outcome, Some(Outcome::UpstreamUnreachable), "{report:?}");
    assert!(report.counts.failed < 40, "{report:?}");
}
