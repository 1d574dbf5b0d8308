//! Questions of builds that are refused, and what is counted of those that are not.

use std::io::Write as _;

use barre_core::access::AnonymousRead;
use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::{Body, Method, StatusCode};
use serde_json::json;

use crate::resolution::{MODULES, PACKAGES, answer, ask, shop, versions};
use crate::server_harness::{Pod, limits, refusal};

#[tokio::test]
async fn who_may_not_read_hears_so_before_the_question_is_read() {
    let pod = Pod::with(AnonymousRead::Denied, limits()).await;
    for path in [PACKAGES, MODULES] {
        let refused = pod.request(Method::POST, path).body("no question").send().await.unwrap();
        let (status, text) = refusal(refused).await;
        assert_eq!(status, 401, "{text}");
        let wrong =
            pod.request(Method::POST, path).bearer_auth("wrong").body("no question").send().await.unwrap();
        assert_eq!(refusal(wrong).await.0, 401);
    }
}

#[tokio::test]
async fn what_is_no_question_is_refused_in_json() {
    let pod = shop().await;
    for (path, body, text) in [
        (PACKAGES, "", "the body is not {\"packages\""),
        (PACKAGES, "{}", "the body is not {\"packages\""),
        (PACKAGES, "[1]", "see line 1, column"),
        (PACKAGES, "{\"packages\":[{\"org\":\"acme\"}]}", "see line 1, column"),
        (PACKAGES, "{\"packages\":[{\"org\":\"acme\",\"name\":null}]}", "see line 1, column"),
        (PACKAGES, "{\"packages\":\"x\"}", "see line 1, column"),
        (
            PACKAGES,
            "{\"packages\":[{\"org\":\"acme\",\"name\":\"lib\",\"mode\":\"free\"}]}",
            "use soft, medium, hard or locked",
        ),
        (MODULES, "{\"modules\":[{\"moduleName\":\"a\"}]}", "the body is not {\"modules\""),
        (MODULES, "{\"modules\":[{\"organization\":\"a\",\"moduleName\":\"b\",\"mode\":\"x\"}]}", "use soft"),
        (MODULES, "\u{1}", "the body is not"),
    ] {
        let refused = pod.request(Method::POST, path).body(body).send().await.unwrap();
        let (status, message) = refusal(refused).await;
        assert!(status == 400 && message.contains(text), "{body}: {status} {message}");
    }
    for path in [PACKAGES, MODULES] {
        let get = pod.get(path).await;
        assert_eq!(get.headers()["allow"], "POST, OPTIONS");
        assert_eq!(refusal(get).await.0, 405);
    }
    let deep = |before: &str, behind: &str| {
        format!("{{\"packages\":[{before}{}{}{behind}]}}", "[".repeat(50_000), "]".repeat(50_000))
    };
    for (body, status) in [(deep("", ""), 400), (deep(r#"{"org":"acme","name":"lib","x":"#, "}"), 200)] {
        assert_eq!(pod.request(Method::POST, PACKAGES).body(body).send().await.unwrap().status(), status);
    }
}

/// What is packed stays packed: a small body never becomes a large one.
#[tokio::test]
async fn a_packed_question_is_none() {
    let pod = shop().await;
    let question = br#"{"packages":[]}"#;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(question).unwrap();
    let packed = gzip.finish().unwrap();
    for (body, status) in [(question.to_vec(), 200), (packed, 400)] {
        let request = pod.request(Method::POST, PACKAGES).header("content-encoding", "gzip").body(body);
        assert_eq!(request.send().await.unwrap().status(), status);
    }
}

#[tokio::test]
async fn what_asks_for_too_much_is_refused() {
    let pod = shop().await;
    let lib = json!({ "org": "acme", "name": "lib", "mode": "soft" });
    let greet = json!({ "organization": "acme", "moduleName": "greet" });
    for (path, list, element) in [(PACKAGES, "packages", lib), (MODULES, "modules", greet)] {
        assert_eq!(ask(&pod, path, &json!({ list: vec![&element; 1_000] })).await.status(), StatusCode::OK);
        let refused = ask(&pod, path, &json!({ list: vec![&element; 1_001] })).await;
        let (status, text) = refusal(refused).await;
        assert_eq!((status, text.contains("more than 1000")), (400, true), "{text}");
    }
    let long = "x".repeat(300_000);
    for path in [PACKAGES, MODULES] {
        // With and without a length in the head.
        let known = pod.request(Method::POST, path).body(long.clone());
        let chunks = futures::stream::iter(
            long.as_bytes()
                .chunks(10_000)
                .map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec()))
                .collect::<Vec<_>>(),
        );
        let chunked = pod.request(Method::POST, path).body(Body::wrap_stream(chunks));
        for request in [known, chunked] {
            let (status, text) = refusal(request.send().await.unwrap()).await;
            assert_eq!((status, text.contains("at most 262144 bytes")), (400, true), "{text}");
        }
    }
}

#[tokio::test]
async fn a_question_without_room_is_refused_for_now() {
    let pod = shop().await;
    let question = json!({ "packages": [{ "org": "acme", "name": "lib" }] });
    let held = pod.services.memory.answer(None, 1 << 40).unwrap();
    let refused = ask(&pod, PACKAGES, &question).await;
    assert_eq!(refused.headers()["retry-after"], "2");
    assert_eq!(refusal(refused).await.0, 503);
    drop(held);
    assert_eq!(ask(&pod, PACKAGES, &question).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn what_builds_do_not_find_is_counted() {
    let pod = shop().await;
    versions(&pod, json!([{ "org": "acme", "name": "lib" }, { "org": "acme", "name": "none" }])).await;
    answer(&pod, MODULES, &json!({ "modules": [{ "organization": "acme", "moduleName": "none" }] })).await;
    let text = pod.metrics();
    for line in [
        "barre_resolutions_total{of=\"package\",outcome=\"resolved\"} 1",
        "barre_resolutions_total{of=\"package\",outcome=\"unresolved\"} 1",
        "barre_resolutions_total{of=\"module\",outcome=\"resolved\"} 0",
        "barre_resolutions_total{of=\"module\",outcome=\"unresolved\"} 1",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
}
