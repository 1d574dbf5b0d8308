//! What is refused when a pod has no room for it, and what is not.

use std::io::Read as _;

use barre_core::access::AnonymousRead;
use barre_registry::service::memory::Room;
use barre_testkit::bala::Bala;
use flate2::read::GzDecoder;
use reqwest::header::HeaderMap;
use reqwest::{Method, Response, StatusCode};

use crate::server_harness::{Pod, limits, refusal, secret};

const METADATA: &str = "packages/acme/greet/1.0.0";
const LIST: &str = "packages/acme/greet";
/// More than there is.
const EVERYTHING: usize = 1 << 40;

/// All that one client may have on its way to it, or all that there is.
fn taken(pod: &Pod, own: bool) -> Room {
    let peer = own.then(|| pod.address.ip());
    pod.services.memory.answer(peer, EVERYTHING).unwrap()
}

#[tokio::test]
async fn an_answer_without_room_is_refused_for_now() {
    for anonymous in [AnonymousRead::Allowed, AnonymousRead::Denied] {
        let pod = Pod::with(anonymous, limits()).await;
        pod.publish(&Bala::new("acme", "greet", "1.0.0")).await;
        for path in [METADATA, LIST] {
            let held = taken(&pod, false);
            let refused = pod.get_as("read-acme", path).await;
            assert_eq!(refused.headers()["retry-after"], "2");
            let (status, text) = refusal(refused).await;
            assert_eq!((status, text.contains("busy")), (503, true), "{text}");
            drop(held);
            assert_eq!(pod.get_as("read-acme", path).await.status(), StatusCode::OK);
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_kept_needs_no_more_room() {
    let pod = Pod::start().await;
    pod.publish(&Bala::new("acme", "greet", "1.0.0")).await;
    assert_eq!(pod.get(METADATA).await.status(), StatusCode::OK);
    let size = pod.get(METADATA).await.bytes().await.unwrap().len();
    // All but what the kept one takes.
    let mut held = Vec::new();
    for part in (0..30).rev().map(|bits| 1_usize << bits) {
        held.extend(std::iter::from_fn(|| pod.services.memory.answer(None, part).ok()));
    }
    assert_eq!(pod.get(METADATA).await.bytes().await.unwrap().len(), size);
    assert_eq!(pod.get(LIST).await.status(), StatusCode::SERVICE_UNAVAILABLE);
}

async fn ask(pod: &Pod, path: &str, headers: &[(&str, &str)]) -> Response {
    let own: HeaderMap =
        headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
    pod.request(Method::GET, path).headers(own).send().await.unwrap()
}

#[tokio::test]
async fn metadata_and_lists_are_compressed_for_whoever_takes_that() {
    let pod = Pod::start().await;
    pod.publish(&Bala::new("acme", "greet", "1.0.0").readme(&"# greet\n\nWord by word.\n".repeat(100))).await;
    let plain = ask(&pod, METADATA, &[]).await;
    assert!(!plain.headers().contains_key("content-encoding"));
    assert!(plain.headers()["vary"].to_str().unwrap().contains("Accept-Encoding"));
    let etag = plain.headers()["etag"].clone();
    let plain = plain.bytes().await.unwrap();
    for _ in ["made", "kept"] {
        let packed = ask(&pod, METADATA, &[("accept-encoding", "gzip")]).await;
        assert_eq!(packed.headers()["content-encoding"], "gzip");
        assert_eq!(packed.headers()["etag"], etag);
        let packed = packed.bytes().await.unwrap();
        assert!(packed.len() < plain.len() / 2);
        let mut text = Vec::new();
        GzDecoder::new(&*packed).read_to_end(&mut text).unwrap();
        assert_eq!(text, plain);
    }
    assert_eq!(pod.services.metrics.hot_answers(), 1);
    let refused = ask(&pod, METADATA, &[("accept-encoding", "gzip;q=0")]).await;
    assert!(!refused.headers().contains_key("content-encoding"));
    // So short that it is not worth it.
    assert!(
        !ask(&pod, LIST, &[("accept-encoding", "gzip")]).await.headers().contains_key("content-encoding")
    );
}

/// Also of what is too short to be compressed now: the next answer may be longer.
#[tokio::test]
async fn what_may_be_compressed_says_that_it_varies_with_that() {
    let pod = Pod::start().await;
    pod.publish(&Bala::new("acme", "greet", "1.0.0")).await;
    for path in [METADATA, LIST] {
        let vary = ask(&pod, path, &[]).await.headers()["vary"].to_str().unwrap().to_owned();
        assert!(vary.contains("Accept-Encoding"), "{path}: {vary}");
    }
}

#[tokio::test]
async fn whoever_has_an_answer_is_not_sent_it_again() {
    let pod = Pod::start().await;
    pod.publish(&Bala::new("acme", "greet", "1.0.0")).await;
    for path in [METADATA, "packages/acme/greet/*", LIST] {
        let etag = pod.get(path).await.headers()["etag"].to_str().unwrap().to_owned();
        let again = ask(&pod, path, &[("if-none-match", &etag)]).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{path}");
        assert_eq!(again.headers()["etag"], etag.as_str());
        assert_eq!(again.headers()["cache-control"], "no-cache");
        assert!(again.headers().contains_key("vary") && again.bytes().await.unwrap().is_empty());
        // By another name it has other links; a weak tag is never one that must match.
        let other = ask(&pod, METADATA, &[("if-none-match", &etag), ("host", "other.example.com")]).await;
        assert_eq!(other.status(), StatusCode::OK);
        assert_eq!(refusal(ask(&pod, path, &[("if-match", &etag)]).await).await.0, 412);
    }
    let etag = pod.get(LIST).await.headers()["etag"].to_str().unwrap().to_owned();
    pod.publish(&Bala::new("acme", "greet", "1.1.0")).await;
    assert_eq!(ask(&pod, LIST, &[("if-none-match", &etag)]).await.status(), StatusCode::OK);
    let token = format!("Bearer {}", secret("wrong"));
    let wrong = ask(&pod, LIST, &[("if-none-match", "*"), ("authorization", &token)]).await;
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
}
