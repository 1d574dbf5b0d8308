//! Answers that are kept and given again: never another one than a handler would make.

use std::net::SocketAddr;
use std::sync::Arc;

use barre_core::access::AnonymousRead;
use barre_testkit::bala::Bala;
use object_store::memory::InMemory;
use reqwest::header::{DATE, HeaderMap, HeaderValue};
use reqwest::{Client, StatusCode};

use crate::server_harness::{Pod, limits, secret};

const METADATA: &str = "/2.0/registry/packages/acme/greet/1.0.0";
const FILE: &str = "/files/acme/greet/1.0.0/acme-greet-any-1.0.0.bala";
const BYTES: (&str, &str) = ("accept", "application/octet-stream");

/// What clients send along, each of which may make another answer.
const HEADERS: [&[(&str, &str)]; 20] = [
    &[],
    &[BYTES],
    &[("accept", "application/json"), BYTES],
    &[("ballerina-platform", "java21")],
    &[("ballerina-platform", "java17,java21"), BYTES],
    &[("ballerina-platform", "java11"), BYTES],
    &[("user-agent", "2201.8.0"), BYTES],
    &[("x-forwarded-host", "bal.example.com"), BYTES],
    &[("x-forwarded-proto", "https"), BYTES],
    &[("host", "other.example.com"), BYTES],
    &[("range", "bytes=1-3")],
    &[("range", "bytes=1-3"), ("if-range", "\"other\"")],
    &[("if-none-match", "*")],
    &[("if-match", "*")],
    &[("if-match", "\"other\"")],
    &[("accept-encoding", "gzip")],
    &[("accept-encoding", "gzip;q=0"), BYTES],
    &[("barre-min-seq", "1")],
    &[("barre-min-seq", "no number")],
    &[("authorization", "Bearer wrong")],
];

type Answer = (StatusCode, HeaderMap, Vec<u8>);

async fn ask(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Answer {
    let client = Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
    // Links in answers name the host that was asked for: the same one on all ports.
    let request = client.get(format!("http://{address}{path}")).header("host", "registry.example.com");
    let own: HeaderMap = headers
        .iter()
        .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_str(value).unwrap()))
        .collect();
    let answer = request.headers(own).send().await.unwrap();
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    headers.remove(DATE);
    (status, headers, answer.bytes().await.unwrap().to_vec())
}

#[tokio::test]
async fn a_hot_answer_is_the_one_that_a_handler_makes() {
    let pod = Pod::start().await;
    for platform in ["any", "java17", "java21"] {
        pod.publish(&Bala::new("acme", "greet", "1.0.0").platform(platform)).await;
    }
    pod.publish(&Bala::new("acme", "sealed", "1.0.0").visibility("private")).await;
    let never_kept = pod.port(0).await;
    let mut asked = Vec::new();
    for path in [
        METADATA,
        FILE,
        "/2.0/registry/packages/acme/greet/*",
        "/2.0/registry/packages/acme/greet",
        "/2.0/registry/packages/acme/sealed/1.0.0",
        "/2.0/registry//packages/acme/greet/1.0.0?q=1",
    ] {
        for headers in HEADERS {
            asked.push((path, headers));
        }
    }
    // The first time most are made, the second time most are kept ones.
    for time in [1, 2] {
        for (path, headers) in &asked {
            let expected = ask(never_kept, path, headers).await;
            let before = pod.services.metrics.hot_answers();
            let (status, head, body) = ask(pod.address, path, headers).await;
            let kept = pod.services.metrics.hot_answers() > before;
            let what = format!("time {time}, kept: {kept}, {path} {headers:?}");
            assert_eq!((status, head), (expected.0, expected.1), "{what}");
            assert!(body == expected.2, "{what}: another body");
        }
    }
    assert!(pod.services.metrics.hot_answers() > 20, "{}", pod.services.metrics.hot_answers());
}

#[tokio::test]
async fn an_answer_is_kept_until_the_log_goes_on() {
    let pod = Pod::start().await;
    pod.publish(&Bala::new("acme", "greet", "1.0.0")).await;
    let location = async |platforms: &str| {
        let asked = [("ballerina-platform", platforms), BYTES];
        let (status, headers, _) = ask(pod.address, METADATA, &asked).await;
        assert_eq!(status, StatusCode::FOUND);
        headers["location"].to_str().unwrap().to_owned()
    };
    for kept in [0, 1, 2] {
        assert!(location("any").await.ends_with("acme-greet-any-1.0.0.bala"));
        assert_eq!(pod.services.metrics.hot_answers(), kept);
    }
    // A better one may come.
    for _ in [1, 2] {
        assert!(location("java21,any").await.ends_with("acme-greet-any-1.0.0.bala"));
        assert_eq!(pod.services.metrics.hot_answers(), 2);
    }
    pod.publish(&Bala::new("acme", "greet", "1.0.0").platform("java21")).await;
    for kept in [2, 3] {
        assert!(location("java21,any").await.ends_with("acme-greet-java21-1.0.0.bala"));
        assert_eq!(pod.services.metrics.hot_answers(), kept);
    }
}

/// Also by a pod that had only another one until now.
#[tokio::test]
async fn a_platform_that_was_acknowledged_is_served_at_once() {
    let store = Arc::new(InMemory::new());
    let start = async || {
        let store = Arc::clone(&store);
        Pod::over(store, 1024 * 1024, AnonymousRead::Allowed, limits()).await
    };
    let (pod, other) = (start().await, start().await);
    pod.publish(&Bala::new("acme", "greet", "1.0.0")).await;
    let asked = [("ballerina-platform", "java21,java17"), BYTES];
    let (_, headers, _) = ask(other.address, METADATA, &asked).await;
    assert!(headers["location"].to_str().unwrap().ends_with("acme-greet-any-1.0.0.bala"));
    for platform in ["java17", "java21"] {
        pod.publish(&Bala::new("acme", "greet", "1.0.0").platform(platform)).await;
        let (_, headers, _) = ask(other.address, METADATA, &asked).await;
        let location = headers["location"].to_str().unwrap();
        assert!(location.ends_with(&format!("acme-greet-{platform}-1.0.0.bala")), "{location}");
    }
}

#[tokio::test]
async fn what_a_token_was_told_is_not_told_others() {
    let pod = Pod::start().await;
    pod.publish(&Bala::new("acme", "greet", "1.0.0").visibility("private")).await;
    let token = format!("Bearer {}", secret("read-acme"));
    for _ in [1, 2] {
        for path in [METADATA, FILE] {
            assert_eq!(ask(pod.address, path, &[("authorization", &token)]).await.0, StatusCode::OK);
            assert_eq!(ask(pod.address, path, &[]).await.0, StatusCode::NOT_FOUND);
        }
    }
    assert_eq!(pod.services.metrics.hot_answers(), 0);
}

/// Only who connects to an address may be sent to it again, with whatever secret.
#[tokio::test]
async fn an_address_is_ours_for_those_who_came_to_it() {
    let pod = Pod::start().await;
    pod.publish(&Bala::new("acme", "greet", "1.0.0")).await;
    let port = pod.named_port("https://bal.example.com").await;
    let host = format!("127.0.0.2:{port}");
    for (came_to, expected) in [
        ("127.0.0.1", "https://bal.example.com"),
        ("127.0.0.2", &format!("http://{host}")),
        ("127.0.0.1", "https://bal.example.com"),
    ] {
        let client =
            Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
        let request = client.get(format!("http://{came_to}:{port}{METADATA}")).header("host", &host);
        let sent = request.header(BYTES.0, BYTES.1).send().await.unwrap();
        assert_eq!(sent.headers()["location"], format!("{expected}{FILE}"), "{came_to}");
    }
}
