//! Packages that come from an upstream when somebody asks for them: real pods on both sides, and a slow way between them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use barre_core::digest::Digest;
use barre_testkit::bala::Bala;
use futures::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use crate::server_harness::{Pod, refusal, secret};

/// The way from one pod to another.
struct Way {
    url: String,
    delay: Arc<AtomicU64>,
    closed: Arc<AtomicBool>,
    connections: Arc<AtomicU64>,
}

impl Way {
    async fn to(pod: &Pod) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (delay, closed, connections) = <(Arc<AtomicU64>, Arc<AtomicBool>, Arc<AtomicU64>)>::default();
        let way = Self { url, delay, closed, connections };
        let (delay, closed) = (Arc::clone(&way.delay), Arc::clone(&way.closed));
        let (connections, address) = (Arc::clone(&way.connections), pod.address);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::Relaxed);
                let (delay, closed) = (delay.load(Ordering::Relaxed), closed.load(Ordering::Relaxed));
                tokio::spawn(async move {
                    sleep(Duration::from_millis(delay)).await;
                    if closed {
                        return;
                    }
                    let mut far = TcpStream::connect(address).await.unwrap();
                    let _ = copy_bidirectional(&mut near, &mut far).await;
                });
            }
        });
        way
    }

    /// Tells a pod to copy from here what is asked for.
    async fn feeds(&self, pod: &Pod, selection: Value, more: Value) {
        let mut mirror = json!({
            "id": "m", "name": "team/central", "mode": "PullThrough",
            "upstream": { "url": self.url, "privateAddresses": "Allowed" }, "selection": selection,
        });
        mirror.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        pod.remirror(&json!({ "mirrors": [mirror] }).to_string()).await;
    }
}

/// Everything of `acme`.
fn acme() -> Value {
    json!({ "include": [{ "organization": "acme" }] })
}

/// How many requests a pod has answered.
fn requests(pod: &Pod) -> u64 {
    let counts = pod.metrics();
    let counts = counts.lines().filter(|line| line.starts_with("barre_requests_total{"));
    counts.map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()).sum()
}

/// An upstream with a package, and a pod that it feeds.
async fn pods(selection: Value, more: Value) -> (Pod, Way, Pod, Vec<u8>) {
    let upstream = Pod::start().await;
    let bytes = upstream.publish(&Bala::new("acme", "greet", "1.0.0")).await;
    let way = Way::to(&upstream).await;
    let pod = Pod::start().await;
    way.feeds(&pod, selection, more).await;
    (upstream, way, pod, bytes)
}

#[tokio::test]
async fn what_is_not_here_comes_from_upstream_once_and_is_here_from_then_on() {
    let (upstream, way, pod, bytes) = pods(acme(), json!({})).await;
    let answer = pod.get("packages/acme/greet/1.0.0").await;
    assert_eq!(answer.status(), StatusCode::OK, "{}", answer.text().await.unwrap());
    let pulled = pod.get("/files/acme/greet/1.0.0/acme-greet-any-1.0.0.bala").await;
    assert_eq!(pulled.bytes().await.unwrap(), bytes);
    // It is not asked for again, and upstream may go.
    let before = requests(&upstream);
    for path in ["packages/acme/greet/1.0.0", "/2.0/maven/acme/greet/1.0.0/greet-1.0.0.pom"] {
        assert_eq!(pod.get(path).await.status(), StatusCode::OK, "{path}");
    }
    assert_eq!(requests(&upstream), before);
    way.closed.store(true, Ordering::Relaxed);
    for path in ["packages/acme/greet/1.0.0", "packages/acme/greet", "/v2/acme/greet/tags/list"] {
        assert_eq!(pod.get(path).await.status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn fifty_who_ask_at_once_are_one_request_to_upstream() {
    let (upstream, way, pod, bytes) = pods(acme(), json!({})).await;
    way.delay.store(300, Ordering::Relaxed);
    let before = requests(&upstream);
    let path = "/files/acme/greet/1.0.0/acme-greet-any-1.0.0.bala";
    // The first of them goes away.
    let first = tokio::time::timeout(Duration::from_millis(100), pod.get(path));
    let (first, all) = tokio::join!(first, join_all((0..50).map(|_| pod.get(path))));
    assert!(first.is_err());
    for answer in all {
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.bytes().await.unwrap(), bytes);
    }
    // What it is, where its bytes are, and its bytes.
    assert_eq!(requests(&upstream) - before, 3);
}

/// By whichever protocol it is asked for first.
#[tokio::test]
async fn every_protocol_brings_an_exact_version() {
    let resolve = json!({
        "packages": [{ "org": "acme", "name": "greet", "version": "1.0.0", "mode": "medium" }],
    });
    for path in [
        "packages/acme/greet/1.0.0",
        "packages/resolve-dependencies",
        "/2.0/maven/acme/greet/1.0.0/greet-1.0.0.bala",
        "/2.0/maven/acme/greet/1.0.0/greet-1.0.0-depgraph.json",
        "/v2/acme/greet/manifests/1.0.0",
        "/files/acme/greet/1.0.0/acme-greet-any-1.0.0.bala",
    ] {
        let (_upstream, _way, pod, _) = pods(acme(), json!({})).await;
        let answer = if path.ends_with("resolve-dependencies") {
            pod.request(Method::POST, path).json(&resolve).send().await.unwrap()
        } else {
            pod.get(path).await
        };
        let (status, text) = (answer.status(), answer.bytes().await.unwrap());
        let text = String::from_utf8_lossy(&text);
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        assert!(!text.contains("\"unresolved\":[{"), "{text}");
        let origin = pod.log.state().origin(&"acme".parse().unwrap()).cloned();
        assert_eq!(origin, Some(barre_core::release::Origin::Mirror("m".to_owned())), "{path}");
    }
}

#[tokio::test]
async fn an_upstream_that_fails_is_left_alone_and_asked_again_later() {
    let (upstream, way, pod, _) = pods(acme(), json!({})).await;
    way.closed.store(true, Ordering::Relaxed);
    for number in 0..3 {
        let (status, text) = refusal(pod.get(&format!("packages/acme/greet/1.0.{number}")).await).await;
        assert!(status == 503 && text.contains("team/central"), "{text}");
    }
    let (tried, asked) = (way.connections.load(Ordering::Relaxed), Instant::now());
    let answer = pod.get("packages/acme/greet/1.0.0").await;
    assert!(answer.headers().contains_key("retry-after"));
    let (status, text) = refusal(answer).await;
    assert!(status == 503 && text.contains("fails at the moment"), "{text}");
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    assert_eq!(way.connections.load(Ordering::Relaxed), tried);
    // What is here has nothing to do with it.
    pod.publish(&Bala::new("beta", "ours", "1.0.0")).await;
    assert_eq!(pod.get("packages/beta/ours/1.0.0").await.status(), StatusCode::OK);
    drop(upstream);
}

/// Whoever asks for a name tells it: what is ours is told to nobody.
#[tokio::test]
async fn names_of_others_never_reach_upstream() {
    let all = json!({ "include": [
        { "organization": "acme" }, { "organization": "ours" }, { "organization": "secret" },
    ] });
    let (upstream, way, pod, _) = pods(all, json!({})).await;
    pod.publish(&Bala::new("ours", "greet", "1.0.0")).await;
    pod.publish(&Bala::new("secret", "greet", "1.0.0").visibility("private")).await;
    let before = (requests(&upstream), way.connections.load(Ordering::Relaxed));
    for org in ["ours", "secret", "others"] {
        for path in [
            format!("packages/{org}/greet/9.9.9"),
            format!("packages/{org}/none/1.0.0"),
            format!("/2.0/maven/{org}/none/1.0.0/none-1.0.0.bala"),
            format!("/v2/{org}/none/manifests/1.0.0"),
            format!("/files/{org}/none/1.0.0/{org}-none-any-1.0.0.bala"),
            format!("packages/{org}/none"),
            format!("packages/{org}/none/*"),
            format!("/2.0/maven/{org}/none/maven-metadata.xml"),
            format!("/v2/{org}/none/tags/list"),
        ] {
            for token in [None, Some("admin-all")] {
                let request = pod.request(Method::GET, &path);
                let request = token.iter().fold(request, |request, token| request.bearer_auth(secret(token)));
                let status = request.send().await.unwrap().status();
                assert!(matches!(status.as_u16(), 401 | 404), "{path}: {status}");
            }
        }
    }
    for org in ["ours", "secret", "others"] {
        let question = json!({
            "packages": [{ "org": org, "name": "none", "version": "", "mode": "soft" }],
            "modules": [{ "organization": org, "moduleName": "none" }],
        });
        for path in ["packages/resolve-dependencies", "packages/resolve-modules"] {
            assert_eq!(ask(&pod, path, &question).await.0, StatusCode::OK);
        }
    }
    assert_eq!((requests(&upstream), way.connections.load(Ordering::Relaxed)), before);
}

async fn ask(pod: &Pod, path: &str, question: &Value) -> (StatusCode, String) {
    let answer = pod.request(Method::POST, path).json(question).send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

/// By whichever question.
#[tokio::test]
async fn who_asks_for_no_version_gets_the_newest_that_may_come() {
    let question = json!({
        "packages": [{ "org": "acme", "name": "greet", "version": "", "mode": "soft" }],
        "modules": [{ "organization": "acme", "moduleName": "greet" }],
    });
    for path in [
        "packages/acme/greet",
        "packages/acme/greet/*",
        "packages/resolve-dependencies",
        "packages/resolve-modules",
        "/2.0/maven/acme/greet/maven-metadata.xml",
        "/v2/acme/greet/tags/list",
    ] {
        let denied =
            json!([{ "rule": { "organization": "acme", "versions": "=1.2.0" }, "reason": "broken" }]);
        let (upstream, _way, pod, _) = pods(acme(), json!({ "admission": { "deny": denied } })).await;
        for version in ["1.1.0", "1.2.0", "2.0.0-rc.1"] {
            upstream.publish(&Bala::new("acme", "greet", version)).await;
        }
        let (status, text) = if path.contains("resolve") {
            ask(&pod, path, &question).await
        } else {
            let answer = pod.get(path).await;
            (answer.status(), answer.text().await.unwrap())
        };
        assert!(status == StatusCode::OK && text.contains("1.1.0"), "{path}: {status} {text}");
        assert!(!text.contains("1.2.0") && !text.contains("rc.1"), "{path}: {text}");
    }
}

/// A build that has an older version, or asks for one.
#[tokio::test]
async fn a_newer_version_in_the_range_comes_once_in_a_while() {
    let (upstream, _way, pod, _) = pods(acme(), json!({ "cache": { "metadataTTLSeconds": 1 } })).await;
    let wanted =
        json!({ "packages": [{ "org": "acme", "name": "greet", "version": "1.0.0", "mode": "soft" }] });
    let before = requests(&upstream);
    for _ in 0..3 {
        let (_, text) = ask(&pod, "packages/resolve-dependencies", &wanted).await;
        assert!(text.contains("\"version\":\"1.0.0\""), "{text}");
    }
    // The list, and of the version what it is, where its bytes are, and its bytes.
    assert_eq!(requests(&upstream) - before, 4);
    for version in ["1.1.0", "2.0.0"] {
        upstream.publish(&Bala::new("acme", "greet", version)).await;
    }
    sleep(Duration::from_millis(1_100)).await;
    let (_, text) = ask(&pod, "packages/resolve-dependencies", &wanted).await;
    assert!(text.contains("\"version\":\"1.1.0\""), "{text}");
}

#[tokio::test]
async fn what_is_here_is_served_while_upstream_is_slow_or_gone() {
    let (_upstream, way, pod, _) = pods(acme(), json!({ "cache": { "metadataTTLSeconds": 0 } })).await;
    assert_eq!(pod.get("packages/acme/greet/1.0.0").await.status(), StatusCode::OK);
    way.delay.store(60_000, Ordering::Relaxed);
    // Connections that are open already are as quick as before.
    let other = Way { url: way.url.clone(), ..way };
    other.feeds(&pod, acme(), json!({ "cache": { "metadataTTLSeconds": 1 } })).await;
    for path in ["packages/acme/greet", "packages/acme/greet/*", "packages/acme/greet/1.0.0"] {
        let asked = Instant::now();
        assert_eq!(pod.get(path).await.status(), StatusCode::OK, "{path}");
        assert!(asked.elapsed() < Duration::from_secs(4), "{path}: {:?}", asked.elapsed());
    }
    other.delay.store(0, Ordering::Relaxed);
    other.closed.store(true, Ordering::Relaxed);
    for _ in 0..4 {
        assert_eq!(pod.get("packages/acme/greet").await.status(), StatusCode::OK);
    }
    assert_eq!(refusal(pod.get("packages/acme/other").await).await.0, 503);
}

#[tokio::test]
async fn what_is_deprecated_upstream_is_deprecated_here() {
    let (upstream, _way, pod, _) = pods(acme(), json!({})).await;
    let path = "packages/deprecate/acme/greet/1.0.0";
    let deprecate = upstream.request(Method::PUT, path).bearer_auth(secret("admin-all"));
    let deprecate = deprecate.json(&json!({ "message": "use 2.0.0" })).send().await.unwrap();
    assert_eq!(deprecate.status(), StatusCode::OK, "{}", deprecate.text().await.unwrap());
    let package: Value = pod.get("packages/acme/greet/1.0.0").await.json().await.unwrap();
    assert_eq!(package["isDeprecated"], json!(true), "{package}");
}

#[tokio::test]
async fn what_upstream_does_not_have_is_asked_once_in_a_while() {
    let (upstream, _way, pod, _) = pods(acme(), json!({ "cache": { "negativeTTLSeconds": 1 } })).await;
    let before = requests(&upstream);
    for _ in 0..3 {
        assert_eq!(refusal(pod.get("packages/acme/greet/2.0.0").await).await.0, 404);
    }
    assert_eq!(requests(&upstream) - before, 1);
    upstream.publish(&Bala::new("acme", "greet", "2.0.0")).await;
    sleep(Duration::from_millis(1_100)).await;
    assert_eq!(pod.get("packages/acme/greet/2.0.0").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn what_is_denied_or_too_young_or_not_selected_does_not_come() {
    for (selection, more, expected) in [
        (
            acme(),
            json!({ "admission": { "deny": [{ "rule": { "organization": "acme" }, "reason": "it mines coins" }] } }),
            "it is denied in this registry: it mines coins",
        ),
        (acme(), json!({ "admission": { "minimumAgeSeconds": 86_400 } }), "it is too young until "),
        (
            json!({ "include": [{ "organization": "acme", "name": "other*" }] }),
            json!({}),
            "package not found",
        ),
        (
            json!({ "include": [{ "organization": "acme", "versions": ">=2.0.0" }] }),
            json!({}),
            "package not found",
        ),
    ] {
        let (_upstream, _way, pod, _) = pods(selection, more).await;
        let (status, text) = refusal(pod.get("packages/acme/greet/1.0.0").await).await;
        assert!(status == 404 && text.contains(expected), "{text}");
        assert_eq!(pod.log.state().packages().count(), 0);
    }
}

/// The graph of what came names what else will be asked for.
#[tokio::test]
async fn what_is_needed_by_what_came_comes_as_well() {
    let needs = Bala::new("acme", "greet", "1.0.0").dependency("base/words:0.3.0");
    for (dependencies, expected) in [("Transitive", 200), ("Direct", 200), ("None", 404)] {
        let upstream = Pod::start().await;
        for bala in [&Bala::new("base", "words", "0.3.0"), &Bala::new("base", "words", "0.4.0"), &needs] {
            upstream.publish(bala).await;
        }
        let (way, pod) = (Way::to(&upstream).await, Pod::start().await);
        let mut selection = acme();
        selection["dependencies"] = json!(dependencies);
        way.feeds(&pod, selection, json!({})).await;
        assert_eq!(pod.get("packages/base/words/0.3.0").await.status(), 404);
        assert_eq!(pod.get("packages/acme/greet/1.0.0").await.status(), 200);
        assert_eq!(pod.get("packages/base/words/0.3.0").await.status().as_u16(), expected, "{dependencies}");
        assert_eq!(pod.get("packages/base/words/0.4.0").await.status(), 404);
    }
}

/// A push and a pull-through of one organization: the log decides.
#[tokio::test]
async fn what_was_pushed_meanwhile_is_not_taken_over() {
    let (_upstream, way, pod, bytes) = pods(acme(), json!({})).await;
    way.delay.store(500, Ordering::Relaxed);
    let ours = Bala::new("acme", "greet", "1.0.0").file("ours.txt", "ours");
    let (answer, ours) = tokio::join!(pod.get("packages/acme/greet/1.0.0"), pod.publish(&ours));
    assert!(matches!(answer.status().as_u16(), 200 | 503));
    assert_ne!(Digest::of(&ours), Digest::of(&bytes));
    let there = pod.get("/files/acme/greet/1.0.0/acme-greet-any-1.0.0.bala").await;
    assert_eq!(there.bytes().await.unwrap(), ours);
}
