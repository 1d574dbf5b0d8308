//! What `bal tool pull`, `bal tool search` and projects that name tools ask for.

use barre_testkit::bala::Bala;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::resolution::{answer, ask};
use crate::server_harness::{Pod, refusal, secret};

const RESOLVE: &str = "tools/resolve-dependencies";

async fn shop() -> Pod {
    let pod = Pod::start().await;
    for bala in [
        // Before it contained the tool.
        Bala::new("acme", "tool.scan", "0.9.0"),
        Bala::new("acme", "tool.scan", "1.0.0").tool("scan").description("Finds mistakes."),
        Bala::new("acme", "tool.scan", "1.1.0").tool("scan").platform("java21"),
        Bala::new("acme", "tool.scan", "1.2.0").tool("scan").distribution("2201.13.0"),
        Bala::new("acme", "tool.scan", "2.0.0"),
        Bala::new("acme", "tool.graph", "1.0.0").tool("graph").manifest("keywords", vec!["Pictures"]),
        Bala::new("acme", "tool.secret", "1.0.0").tool("secret").visibility("private"),
        Bala::new("acme", "plain", "1.0.0"),
    ] {
        pod.publish(&bala).await;
    }
    pod
}

#[tokio::test]
async fn a_tool_is_found_by_its_id() {
    let pod = shop().await;
    let url = format!("http://{}/files/acme/tool.scan/1.2.0/acme-tool.scan-any-1.2.0.bala", pod.address);
    let expected = json!({
        "organization": "acme", "name": "tool.scan", "version": "1.2.0", "balaURL": url, "platform": "any",
    });
    for path in ["tools/scan", "tools/scan/1.2.0", "tools/scan/*", "tools/Scan", "/2.0/registry//tools/scan/"]
    {
        // As one client sends it.
        let request = pod.request(Method::GET, path).header("content-type", "application/json");
        let found: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(found, expected, "{path}");
    }
    let (_, file) = url.split_once("/files").unwrap();
    assert_eq!(pod.get(&format!("/files{file}")).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_tool_that_the_client_cannot_use_is_not_given_to_it() {
    let pod = shop().await;
    let ask = async |path: &str, platforms: &str, agent: &str| {
        let request = pod.request(Method::GET, path).header("ballerina-platform", platforms);
        request.header("user-agent", agent).send().await.unwrap()
    };
    for (path, platforms, agent, expected) in [
        ("tools/scan", "java21,java17", "2201.13.0", "1.2.0"),
        ("tools/scan", "java21,java17", "2201.12.0", "1.1.0"),
        ("tools/scan", "java17", "2201.12.0", "1.0.0"),
        // Who names a version gets it, as when it is pulled.
        ("tools/scan/1.2.0", "java17", "2201.12.0", "1.2.0"),
    ] {
        let found: Value = ask(path, platforms, agent).await.json().await.unwrap();
        assert_eq!(found["version"], json!(expected), "{path} {platforms} {agent}");
    }
    for (path, expected) in [
        ("tools/scan/1.1.0", "tool not found: scan:1.1.0: it is there for java21, and not for java17"),
        ("tools/scan/9.0.0", "tool not found: scan:9.0.0"),
        // The package has these versions, without the tool.
        ("tools/scan/0.9.0", "tool not found: scan:0.9.0"),
        ("tools/scan/2.0.0", "tool not found: scan:2.0.0"),
        ("tools/scan/x", "tool not found: scan:x"),
        ("tools/none", "tool not found: none:*"),
        ("tools/tool.scan", "tool not found: tool.scan:*"),
        ("tools/secret", "tool not found: secret:*"),
    ] {
        let refused = refusal(ask(path, "java17", "2201.12.0").await).await;
        assert_eq!(refused, (404, expected.to_owned()), "{path}");
    }
    assert_eq!(pod.get_as("read-acme", "tools/secret").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn tools_resolve_to_the_packages_that_contain_them() {
    let pod = shop().await;
    let question = json!({ "tools": [
        { "id": "scan", "version": "1.0.0", "mode": "soft" },
        { "id": "scan", "version": "1.0.0", "mode": "medium" },
        { "id": "scan", "version": "1.1.0", "mode": "hard" },
        { "id": "graph" },
        { "id": "graph", "version": "2.0.0", "mode": "soft" },
        { "id": "scan", "version": "2.0.0", "mode": "hard" },
        { "id": "secret", "version": "1.0.0", "mode": "hard" },
        { "id": "none", "version": null, "mode": null },
        { "id": "none", "version": "x" },
    ]});
    insta::assert_json_snapshot!("resolved_tools", answer(&pod, RESOLVE, &question).await);
    let empty = answer(&pod, RESOLVE, &json!({ "tools": null })).await;
    assert_eq!(empty, json!({ "resolved": [], "unresolved": [] }));
    for (question, expected) in [
        (json!({}), "the body is not {\"tools\""),
        (json!({ "tools": [{ "id": "scan", "mode": "loose" }] }), "no such mode"),
        (json!({ "tools": vec![json!({ "id": "scan" }); 1001] }), "1000"),
    ] {
        let (status, text) = refusal(ask(&pod, RESOLVE, &question).await).await;
        assert!(status == 400 && text.contains(expected), "{text}");
    }
}

#[tokio::test]
async fn a_private_tool_resolves_for_those_who_may_see_it() {
    let pod = shop().await;
    let question = json!({ "tools": [{ "id": "secret" }] });
    for (token, sees) in [(None, false), (Some("read-beta"), false), (Some("read-acme"), true)] {
        let request = pod.request(Method::POST, RESOLVE).json(&question);
        let request = token.iter().fold(request, |request, token| request.bearer_auth(secret(token)));
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["resolved"].as_array().unwrap().len(), usize::from(sees), "{token:?}: {answer}");
        // Which package it is in is not told either.
        assert_eq!(answer.to_string().contains("tool.secret"), sees, "{answer}");
    }
}

#[tokio::test]
async fn tools_are_searched_by_what_they_say_of_themselves() {
    let pod = shop().await;
    let search = async |query: &str| {
        let answer: Value = pod.get(&format!("tools{query}")).await.json().await.unwrap();
        assert!(!answer.to_string().contains("null"), "{answer}");
        let tools = answer["tools"].as_array().unwrap().iter();
        let ids: Vec<_> = tools.map(|tool| tool["balToolId"].as_str().unwrap().to_owned()).collect();
        (ids, answer["count"].as_u64().unwrap())
    };
    for (query, expected, count) in [
        ("", vec!["graph", "scan"], 2),
        ("?q=", vec!["graph", "scan"], 2),
        ("?q=SCA", vec!["scan"], 1),
        ("/?q=pictures", vec!["graph"], 1),
        ("?q=acme%20graph", vec!["graph"], 1),
        ("?q=graph+scan", vec![], 0),
        ("?q=secret", vec![], 0),
        ("?q=plain", vec![], 0),
        ("?limit=1", vec!["graph"], 2),
        ("?limit=1&offset=1", vec!["scan"], 2),
        ("?sort=name,DESC", vec!["scan", "graph"], 2),
    ] {
        let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(search(query).await, (expected, count), "{query}");
    }
    let list: Value = pod.get("tools?q=scan").await.json().await.unwrap();
    let fields = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(fields(&list), ["count", "limit", "offset", "tools"]);
    assert_eq!(list["tools"][0]["version"], json!("1.2.0"));
    let package: Value = pod.get("packages/acme/tool.scan/1.2.0").await.json().await.unwrap();
    assert_eq!(fields(&list["tools"][0]), fields(&package));
    let long = pod.get(&format!("tools?q={}", "x".repeat(2000))).await;
    assert_eq!(refusal(long).await.0, 400);
}
