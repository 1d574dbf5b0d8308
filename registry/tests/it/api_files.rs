//! Pulls: where the client is sent to, and the bytes that it finds there.

use barre_core::access::AnonymousRead;
use barre_core::digest::Digest;
use barre_testkit::bala::Bala;
use base64::Engine as _;
use reqwest::{Method, StatusCode};

use crate::server_harness::{Pod, limits};

const FILE: &str = "/files/acme/greet/1.0.0/acme-greet-any-1.0.0.bala";

#[tokio::test]
async fn a_pull_is_sent_to_the_bytes_and_gets_them() {
    let pod = Pod::start().await;
    let bytes = pod.publish(&Bala::new("acme", "greet", "1.0.0")).await;
    let digest = Digest::of(&bytes);
    let url = format!("http://{}{FILE}", pod.address);
    for version in ["1.0.0", "*"] {
        let sent = pod.pull(None, &format!("packages/acme/greet/{version}")).await;
        assert_eq!(sent.status(), StatusCode::FOUND);
        assert_eq!(sent.headers()["location"], url);
        assert_eq!(sent.headers()["content-disposition"], "attachment; filename=acme-greet-any-1.0.0.bala");
        assert_eq!(sent.headers()["digest"], format!("sha-256={}", digest.hex()));
        assert!(!sent.headers().contains_key("isdeprecated"));
    }
    let answer = pod.get(FILE).await;
    let headers = answer.headers().clone();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(headers["content-length"], bytes.len().to_string());
    assert_eq!(headers["etag"], format!("\"{digest}\""));
    assert_eq!(headers["digest"], format!("sha-256={}", digest.hex()));
    let base64 = base64::engine::general_purpose::STANDARD.encode(digest.as_bytes());
    assert_eq!(headers["repr-digest"], format!("sha-256=:{base64}:"));
    assert_eq!(headers["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(answer.bytes().await.unwrap(), bytes);
}

/// Clients cut the platform out of the file name, and would find none in `acme-acme-any-1.0.0.bala`.
#[tokio::test]
async fn a_package_whose_name_misleads_clients_is_pulled_under_a_shorter_one() {
    let pod = Pod::start().await;
    for (name, platform, file) in [
        ("acme", "any", "acme-any"),
        ("y", "any", "y-any"),
        ("y", "java21", "acme-y-java21-1.0.0.bala"),
        ("greet", "go1.26", "acme-greet-go1.26-1.0.0.bala"),
    ] {
        let bala = Bala::new("acme", name, "1.0.0").platform(platform);
        let bytes = pod.publish(&bala).await;
        let request = pod.request(Method::GET, &format!("packages/acme/{name}/1.0.0"));
        let request = request.header("ballerina-platform", platform);
        let sent = request.header("accept", "application/octet-stream").send().await.unwrap();
        assert_eq!(sent.headers()["content-disposition"], format!("attachment; filename={file}"));
        let location = sent.headers()["location"].to_str().unwrap().to_owned();
        assert!(location.ends_with(&format!("/1.0.0/{}", bala.file_name())), "{location}");
        assert_eq!(reqwest::get(location).await.unwrap().bytes().await.unwrap(), bytes);
    }
}

#[tokio::test]
async fn a_large_bala_is_streamed_with_its_exact_length() {
    let pod = Pod::taking(16 * 1024 * 1024, AnonymousRead::Allowed, limits()).await;
    let bytes = pod.publish(&Bala::new("acme", "greet", "1.0.0").padding(9 * 1024 * 1024)).await;
    let answer = pod.request(Method::GET, FILE).header("range", "bytes=0-0").send().await.unwrap();
    // A range of what is not verified yet would be a guess.
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-length"], bytes.len().to_string());
    assert!(answer.bytes().await.unwrap() == bytes);
}

#[tokio::test]
async fn the_platform_that_the_client_lists_first_is_pulled() {
    let pod = Pod::start().await;
    for platform in ["any", "java17", "java21"] {
        pod.publish(&Bala::new("acme", "greet", "1.0.0").platform(platform)).await;
    }
    for (asked, expected) in [("java21,java17", "java21"), ("java17", "java17"), ("java11", "any")] {
        let request =
            pod.request(Method::GET, "packages/acme/greet/1.0.0").header("ballerina-platform", asked);
        let sent = request.header("accept", "application/octet-stream").send().await.unwrap();
        let location = sent.headers()["location"].to_str().unwrap().to_owned();
        assert!(location.ends_with(&format!("/1.0.0/acme-greet-{expected}-1.0.0.bala")), "{location}");
    }
}

#[tokio::test]
async fn what_a_client_has_is_not_sent_again() {
    let pod = Pod::start().await;
    pod.publish(&Bala::new("acme", "greet", "1.0.0")).await;
    let etag = pod.get(FILE).await.headers()["etag"].clone();
    let again = pod.request(Method::GET, FILE).header("if-none-match", etag).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert!(again.bytes().await.unwrap().is_empty());
    let other = pod.request(Method::GET, FILE).header("if-none-match", "\"other\"").send().await.unwrap();
    assert_eq!(other.status(), StatusCode::OK);
}

#[tokio::test]
async fn ranges_of_a_verified_copy() {
    let pod = Pod::start().await;
    let bytes = pod.publish(&Bala::new("acme", "greet", "1.0.0")).await;
    let size = bytes.len();
    let ask =
        async |range: String| pod.request(Method::GET, FILE).header("range", range).send().await.unwrap();
    let part = ask("bytes=2-5".to_owned()).await;
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.headers()["content-range"], format!("bytes 2-5/{size}"));
    assert_eq!(part.headers()["content-length"], "4");
    assert_eq!(part.bytes().await.unwrap(), bytes[2..6]);
    let end = ask("bytes=-3".to_owned()).await;
    assert_eq!(end.bytes().await.unwrap(), bytes[size - 3..]);
    let beyond = ask(format!("bytes={size}-")).await;
    assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(beyond.headers()["content-range"], format!("bytes */{size}"));
    assert_eq!(beyond.headers()["cache-control"], "no-store");
    assert!(!beyond.headers().contains_key("etag"), "an error is not the package");
    let many = ask("bytes=0-0,2-2".to_owned()).await;
    assert_eq!(many.status(), StatusCode::OK);
    assert_eq!(many.bytes().await.unwrap(), bytes);
}
