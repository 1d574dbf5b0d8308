//! What `bal deprecate` sends, and what whoever uses the package hears then.

use std::sync::Arc;

use barre_core::access::AnonymousRead;
use barre_testkit::bala::Bala;
use object_store::ObjectStore;
use object_store::memory::InMemory;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::server_harness::{LIMIT, Pod, limits, refusal, secret};

async fn put(pod: &Pod, token: &str, path: &str, body: &str) -> Response {
    let request = pod.request(Method::PUT, &format!("packages/{path}")).bearer_auth(secret(token));
    request.body(body.to_owned()).send().await.unwrap()
}

async fn done(pod: &Pod, path: &str, body: &str) -> Value {
    let answer = put(pod, "publish-acme", path, body).await;
    let (status, seq) = (answer.status(), answer.headers()["barre-seq"].clone());
    assert_eq!(seq.to_str().unwrap(), pod.log.seq().to_string());
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

/// What each version of `acme/greet` says, the newest first.
async fn told(pod: &Pod) -> Vec<String> {
    let versions: Vec<String> = pod.get("packages/acme/greet").await.json().await.unwrap();
    let mut told = Vec::new();
    for version in versions {
        let package: Value = pod.get(&format!("packages/acme/greet/{version}")).await.json().await.unwrap();
        let deprecated = package["isDeprecated"].as_bool().unwrap();
        told.push(if deprecated { package["deprecateMessage"].to_string() } else { "-".to_owned() });
    }
    told
}

async fn shop() -> Pod {
    let pod = Pod::start().await;
    for version in ["1.0.0", "2.0.0"] {
        pod.publish(&Bala::new("acme", "greet", version)).await;
    }
    pod
}

#[tokio::test]
async fn a_version_or_all_that_are_there_are_deprecated_and_good_again() {
    let pod = shop().await;
    let mut answer = done(&pod, "deprecate/acme/greet/1.0.0", "{\"message\": \"use 2\"}").await;
    for told in ["createdDate", "digest", "balaURL"] {
        answer[told] = json!("…");
    }
    insta::assert_json_snapshot!("deprecated_package", answer);
    assert_eq!(told(&pod).await, ["-", "\"use 2\""]);
    let all = done(&pod, "deprecate/acme/greet/*", "{\"message\": \"null\"}").await;
    assert_eq!((&all["version"], &all["isDeprecated"]), (&json!("2.0.0"), &json!(true)));
    assert_eq!(told(&pod).await, ["\"\"", "\"\""]);
    pod.publish(&Bala::new("acme", "greet", "3.0.0")).await;
    assert_eq!(told(&pod).await, ["-", "\"\"", "\"\""]);
    let good = done(&pod, "undeprecate/acme/greet/2.0.0", "{}").await;
    assert_eq!((&good["isDeprecated"], &good["deprecateMessage"]), (&json!(false), &json!("")));
    assert_eq!(told(&pod).await, ["-", "-", "\"\""]);
    done(&pod, "undeprecate/acme/greet/%2A", "{}").await;
    assert_eq!(told(&pod).await, ["-", "-", "-"]);
}

#[tokio::test]
async fn what_is_so_already_is_a_success_and_not_in_the_log_again() {
    let pod = shop().await;
    for (path, body) in [
        ("undeprecate/acme/greet/1.0.0", "{}"),
        ("deprecate/acme/greet/1.0.0", "{\"message\":\"old\"}"),
        ("deprecate/acme/greet/*", "{\"message\":\"old\"}"),
        ("undeprecate/acme/greet/*", "{}"),
    ] {
        done(&pod, path, body).await;
        let seq = pod.log.seq();
        done(&pod, path, body).await;
        assert_eq!(pod.log.seq(), seq, "{path}");
    }
}

/// Java clients read one pair of headers, Go clients the other.
#[tokio::test]
async fn whoever_pulls_a_deprecated_version_hears_why() {
    let pod = shop().await;
    let pairs = [["isdeprecated", "deprecatemessage"], ["is-deprecated", "deprecate-message"]];
    for path in ["packages/acme/greet/2.0.0", "packages/acme/greet/*"] {
        let quiet = pod.pull(None, path).await;
        assert!(pairs.iter().flatten().all(|name| !quiet.headers().contains_key(*name)));
    }
    done(&pod, "deprecate/acme/greet/2.0.0", "{\"message\":\"use \u{201c}3\u{201d}, d\u{e9}j\u{e0}\"}").await;
    for path in ["packages/acme/greet/2.0.0", "packages/acme/greet/*"] {
        // The second time it may be a kept one.
        for _ in 0..2 {
            let answer = pod.pull(None, path).await;
            assert_eq!(answer.status(), StatusCode::FOUND);
            for [flag, text] in pairs {
                assert_eq!(answer.headers()[flag], "true");
                assert_eq!(answer.headers()[text], "use ?3?, d?j?");
            }
        }
    }
}

#[tokio::test]
async fn only_those_who_may_publish_deprecate_and_others_learn_nothing() {
    let pod = shop().await;
    pod.publish(&Bala::new("acme", "hidden", "1.0.0").visibility("private")).await;
    pod.publish(&Bala::new("ballerinax", "thing", "1.0.0")).await;
    for verb in ["deprecate", "undeprecate"] {
        for (token, expected) in [
            ("read-acme", "does not allow to publish"),
            ("publish-beta", "token \"publish-beta\" is for \"beta\""),
            ("wrong", "unknown access token"),
            ("expired", "expired"),
        ] {
            for name in ["greet", "hidden", "absent"] {
                let answer = put(&pod, token, &format!("{verb}/acme/{name}/1.0.0"), "{}").await;
                let (status, text) = refusal(answer).await;
                assert!(status == 401 && text.contains(expected), "{token} {name}: {text}");
            }
        }
        let nobody = pod.request(Method::PUT, &format!("packages/{verb}/acme/greet/1.0.0"));
        let (status, text) = refusal(nobody.send().await.unwrap()).await;
        assert!(status == 401 && text.contains("Settings.toml"), "{text}");
        let reserved = put(&pod, "publish-all", &format!("{verb}/ballerinax/thing/1.0.0"), "{}").await;
        assert_eq!(refusal(reserved).await.0, 401);
        let hidden = put(&pod, "publish-acme", &format!("{verb}/acme/hidden/1.0.0"), "{}").await;
        assert_eq!(hidden.status(), StatusCode::OK);
    }
    assert_eq!(told(&pod).await, ["-", "-"]);
}

#[tokio::test]
async fn what_cannot_be_deprecated_is_refused_with_the_reason() {
    let pod = shop().await;
    for (path, body, status, expected) in [
        ("deprecate/acme/greet/9.0.0", "{}", 404, "package not found for: acme/greet:9.0.0"),
        ("deprecate/acme/none/*", "{}", 404, "package not found for: acme/none:*"),
        ("undeprecate/acme/none/1.0.0", "{}", 404, "package not found for: acme/none:1.0.0"),
        ("deprecate/acme/greet/latest", "{}", 404, "package not found for: acme/greet:latest"),
        ("deprecate/Acme/greet/1.0.0", "{}", 404, "package not found for: Acme/greet:1.0.0"),
        ("deprecate/acme/greet/1.0.0", "[]", 400, "the body is not {\"message\":…}"),
        (
            "deprecate/acme/greet/1.0.0",
            "{\"message\":\"a\\nb\"}",
            400,
            "a deprecation message is one line of text, and this one has the character \\u{a}: leave it out",
        ),
    ] {
        let refused = refusal(put(&pod, "publish-acme", path, body).await).await;
        assert_eq!(refused, (status, expected.to_owned()), "{path}");
    }
    let long = format!("{{\"message\":\"{}\"}}", "x".repeat(300 * 1024));
    let (status, text) = refusal(put(&pod, "publish-acme", "deprecate/acme/greet/1.0.0", &long).await).await;
    assert!(status == 400 && text.contains("at most"), "{text}");
    let get = pod.get("packages/deprecate/acme/greet/1.0.0").await;
    assert_eq!(get.headers()["allow"], "PUT, OPTIONS");
}

/// `bal deprecate` names one platform, whatever the package is for, and looks whether it is there.
#[tokio::test]
async fn a_client_of_another_platform_deprecates() {
    let pod = Pod::start().await;
    let bala = Bala::new("acme", "greet", "1.0.0").platform("java21").distribution("2201.13.0");
    pod.publish(&bala).await;
    for version in ["1.0.0", "*"] {
        let request = |method, path: String| {
            let request = pod.request(method, &path).header("ballerina-platform", "java17");
            request.header("user-agent", "2201.12.0").bearer_auth(secret("publish-acme"))
        };
        let there = request(Method::GET, format!("packages/acme/greet/{version}")).send().await.unwrap();
        assert_eq!(there.status(), StatusCode::OK, "{version}");
        let path = format!("packages/deprecate/acme/greet/{version}");
        let answer = request(Method::PUT, path).body("{\"message\":\"x\"}").send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{version}");
    }
}

/// A pod that does not yet know that somebody said otherwise must not say that it was so before.
#[tokio::test]
async fn the_last_word_holds_whoever_takes_it() {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let pods = [
        Pod::over(Arc::clone(&store), LIMIT, AnonymousRead::Allowed, limits()).await,
        Pod::over(store, LIMIT, AnonymousRead::Allowed, limits()).await,
    ];
    pods[0].publish(&Bala::new("acme", "greet", "1.0.0")).await;
    for round in 0..3 {
        let (deprecate, undo) = (&pods[round % 2], &pods[(round + 1) % 2]);
        for _ in 0..2 {
            done(deprecate, "deprecate/acme/greet/1.0.0", "{\"message\":\"old\"}").await;
            assert_eq!(told(deprecate).await, ["\"old\""]);
            done(undo, "undeprecate/acme/greet/1.0.0", "{}").await;
            assert_eq!(told(undo).await, ["-"]);
        }
    }
}
