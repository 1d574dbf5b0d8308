//! What a build asks for before it pulls: versions and graphs of packages, and the packages of modules.

use std::sync::Arc;

use barre_core::access::AnonymousRead;
use barre_core::state::deprecated::Deprecated;
use barre_testkit::bala::Bala;
use object_store::ObjectStore;
use object_store::memory::InMemory;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::server_harness::{LIMIT, Pod, limits, secret};

pub(crate) const PACKAGES: &str = "packages/resolve-dependencies";
pub(crate) const MODULES: &str = "packages/resolve-modules";

pub(crate) async fn ask(pod: &Pod, path: &str, question: &Value) -> Response {
    pod.request(Method::POST, path).json(question).send().await.unwrap()
}

pub(crate) async fn answer(pod: &Pod, path: &str, question: &Value) -> Value {
    let answer = ask(pod, path, question).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("application/json"));
    answer.json().await.unwrap()
}

/// The versions that are given for these questions, or why there is none.
pub(crate) async fn versions(pod: &Pod, packages: Value) -> Vec<String> {
    let answer = answer(pod, PACKAGES, &json!({ "packages": packages })).await;
    let text = |value: &Value, key: &str| value[key].as_str().unwrap().to_owned();
    let resolved = answer["resolved"].as_array().unwrap().iter().map(|found| text(found, "version"));
    resolved
        .chain(answer["unresolved"].as_array().unwrap().iter().map(|missing| text(missing, "reason")))
        .collect()
}

pub(crate) async fn shop() -> Pod {
    let pod = Pod::start().await;
    for bala in [
        Bala::new("acme", "lib", "1.0.0"),
        Bala::new("acme", "lib", "1.0.1"),
        Bala::new("acme", "lib", "1.1.0").distribution("2201.13.0"),
        Bala::new("acme", "lib", "2.0.0").platform("java21"),
        Bala::new("acme", "greet", "0.1.0")
            .dependency("ballerina/lang.int:0.0.0")
            .dependency("acme/lib:1.0.0")
            .module("greet.formal", true)
            .module("greet.inner", false),
    ] {
        pod.publish(&bala).await;
    }
    pod
}

async fn deprecate(pod: &Pod, name: &str, version: &str) {
    let (org, name) = ("acme".parse().unwrap(), name.parse().unwrap());
    let version = Some(version.parse().unwrap());
    let deprecated = Deprecated { org, name, version, message: "use \"lib\" 2".to_owned() };
    pod.log.commit(pod.log.change("test", deprecated)).await.unwrap();
}

#[tokio::test]
async fn packages_resolve_to_versions_and_their_graphs() {
    let pod = shop().await;
    deprecate(&pod, "lib", "2.0.0").await;
    let question = json!({ "packages": [
        { "org": "acme", "name": "greet", "version": "0.1.0", "mode": "soft" },
        { "org": "acme", "name": "lib", "version": "2.0.0", "mode": "hard" },
        { "org": "acme", "name": "none", "version": "1.0.0", "mode": "medium" },
        { "org": "acme", "name": "lib", "version": "3.0.0", "mode": "soft" },
    ]});
    insta::assert_json_snapshot!("resolved_packages", answer(&pod, PACKAGES, &question).await);
}

#[tokio::test]
async fn modules_resolve_to_the_packages_that_export_them() {
    let pod = shop().await;
    let locked = json!([{ "org": "acme", "name": "lib", "version": "1.0.0" }]);
    let question = json!({ "modules": [
        { "organization": "acme", "moduleName": "greet.formal" },
        { "organization": "acme", "moduleName": "lib", "possiblePackages": locked, "mode": "medium" },
        { "organization": "acme", "moduleName": "greet.inner" },
        { "organization": "acme", "moduleName": "lib", "possiblePackages": null, "mode": null },
        { "organization": "acme", "moduleName": "no name" },
    ]});
    insta::assert_json_snapshot!("resolved_modules", answer(&pod, MODULES, &question).await);
}

/// One client takes the list of modules for there, another the authors: whatever is asked for, and however little there is.
#[tokio::test]
async fn nothing_is_ever_left_out_or_null() {
    fn no_null(value: &Value) {
        match value {
            Value::Null => panic!("something is null"),
            Value::Array(values) => values.iter().for_each(no_null),
            Value::Object(fields) => fields.values().for_each(no_null),
            _ => {}
        }
    }
    fn fields(value: &Value) -> Vec<&str> {
        value.as_object().unwrap().keys().map(String::as_str).collect()
    }
    let pod = shop().await;
    deprecate(&pod, "lib", "1.0.0").await;
    for version in [Value::Null, json!(""), json!("*"), json!("1.0.0"), json!("9.9.9"), json!("x")] {
        for name in ["lib", "greet", "none", "no name"] {
            let asked = json!({ "org": "acme", "name": name, "version": version });
            let packages = answer(&pod, PACKAGES, &json!({ "packages": [asked] })).await;
            no_null(&packages);
            assert_eq!(fields(&packages), ["resolved", "unresolved"]);
            for found in packages["resolved"].as_array().unwrap() {
                let all = ["dependencyGraph", "deprecateMessage", "isDeprecated", "name", "org", "version"];
                assert_eq!(fields(found), all);
                for node in found["dependencyGraph"].as_array().unwrap() {
                    assert_eq!(fields(node), ["dependencies", "name", "org", "version"]);
                    for edge in node["dependencies"].as_array().unwrap() {
                        assert_eq!(fields(edge), ["dependencies", "name", "org", "version"]);
                    }
                }
            }
            for missing in packages["unresolved"].as_array().unwrap() {
                assert_eq!(fields(missing), ["name", "org", "reason", "version"]);
            }
            let asked = json!({ "organization": "acme", "moduleName": name });
            let modules = answer(&pod, MODULES, &json!({ "modules": [asked] })).await;
            no_null(&modules);
            assert_eq!(fields(&modules), ["resolvedModules", "unresolvedModules"]);
            for module in modules.as_object().unwrap().values().flat_map(|list| list.as_array().unwrap()) {
                assert_eq!(
                    fields(module),
                    ["moduleName", "organization", "packageName", "reason", "version"]
                );
            }
        }
    }
    for (path, list) in [(PACKAGES, "packages"), (MODULES, "modules")] {
        for empty in [json!([]), Value::Null] {
            let answer = answer(&pod, path, &json!({ list: empty })).await;
            assert!(answer.as_object().unwrap().values().all(|list| list == &json!([])), "{answer}");
        }
    }
}

/// Java leaves out what is empty, Go sends it; one encodes versions, one says `orgName`, one sends no Content-Type.
#[tokio::test]
async fn every_client_is_understood() {
    let pod = shop().await;
    for (asked, given) in [
        (json!({ "org": "acme", "name": "lib", "mode": "soft" }), "2.0.0"),
        (json!({ "org": "acme", "name": "lib", "version": "", "mode": "hard" }), "2.0.0"),
        (json!({ "org": "acme", "name": "lib", "version": null, "mode": "locked" }), "2.0.0"),
        (json!({ "org": "acme", "name": "lib", "version": "*" }), "2.0.0"),
        (json!({ "orgName": "acme", "name": "lib", "version": "1.0.0", "mode": "medium" }), "1.0.1"),
        (json!({ "org": "acme", "name": "lib", "version": "1.0.0" }), "1.0.1"),
        (
            json!({ "org": "acme", "name": "lib", "version": "1%2E0.0", "mode": "LOCKED", "more": {} }),
            "1.0.0",
        ),
        (
            json!({ "org": "acme", "name": "lib", "version": "1.0.0%2Bx", "mode": "hard" }),
            "invalid version \"1.0.0+x\": build metadata (\"+…\") cannot be published",
        ),
        (
            json!({ "org": "ballerina", "name": "lang.int", "version": "0.0.0", "mode": "hard" }),
            "ballerina/lang.int is a part of every distribution, and in no registry",
        ),
    ] {
        assert_eq!(versions(&pod, json!([asked])).await, [given], "{asked}");
    }
    let body = r#"{"packages":[{"org":"acme","name":"lib"}]}"#;
    let bare = pod.request(Method::POST, PACKAGES).body(body).send().await.unwrap();
    assert_eq!(bare.status(), StatusCode::OK);
    let bare = pod.request(Method::POST, &format!("/2.0/registry//{PACKAGES}/?level=-1")).body(body);
    assert_eq!(bare.send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn what_the_client_cannot_use_is_not_given_to_it() {
    let pod = shop().await;
    let ask = async |platforms: &str, agent: &str, version: &str, mode: &str| {
        let package = json!({ "org": "acme", "name": "lib", "version": version, "mode": mode });
        let request = pod.request(Method::POST, PACKAGES).json(&json!({ "packages": [package] }));
        let request = request.header("ballerina-platform", platforms).header("user-agent", agent);
        let answer = request.send().await.unwrap();
        let vary = answer.headers()["vary"].to_str().unwrap().to_owned();
        assert!(vary.contains("Ballerina-Platform") && vary.contains("User-Agent"), "{vary}");
        let answer: Value = answer.json().await.unwrap();
        let found = &answer["resolved"][0]["version"];
        found.as_str().or_else(|| answer["unresolved"][0]["reason"].as_str()).unwrap().to_owned()
    };
    for (platforms, agent, version, mode, given) in [
        ("java21,java17", "2201.12.0", "", "soft", "2.0.0"),
        ("java17", "2201.12.0", "", "soft", "1.0.1"),
        ("java17", "2201.13.4", "", "soft", "1.1.0"),
        ("java17", "2201.12.0", "1.0.0", "soft", "1.0.1"),
        ("java17", "2201.13.4", "1.0.0", "soft", "1.1.0"),
        // A locked build goes on with what it has, as it pulls it.
        ("java17", "2201.12.0", "1.1.0", "hard", "1.1.0"),
        (
            "java17",
            "2201.12.0",
            "1.1.0",
            "soft",
            "acme/lib has no version 1.x that is 1.1.0 or newer for the distribution that asks",
        ),
        (
            "java17",
            "2201.12.0",
            "2.0.0",
            "hard",
            "acme/lib has no version 2.0.0 for the platforms that are asked for",
        ),
    ] {
        assert_eq!(ask(platforms, agent, version, mode).await, given, "{platforms} {agent} {version} {mode}");
    }
}

#[tokio::test]
async fn a_deprecated_version_is_told() {
    let pod = shop().await;
    deprecate(&pod, "lib", "1.0.1").await;
    let lib =
        |version: &str, mode: &str| json!({ "org": "acme", "name": "lib", "version": version, "mode": mode });
    let given =
        versions(&pod, json!([lib("1.0.0", "medium"), lib("1.0.1", "hard"), lib("1.0.1", "medium")])).await;
    assert_eq!(given, ["1.0.0", "1.0.1", "1.0.1"]);
    let answer = answer(&pod, PACKAGES, &json!({ "packages": [lib("1.0.1", "hard")] })).await;
    let found = &answer["resolved"][0];
    assert_eq!((&found["isDeprecated"], &found["deprecateMessage"]), (&json!(true), &json!("use \"lib\" 2")));
}

#[tokio::test]
async fn what_is_private_resolves_for_those_who_may_see_it() {
    let pod = Pod::start().await;
    pod.publish(&Bala::new("acme", "secret", "1.0.0").visibility("private")).await;
    pod.publish(&Bala::new("acme", "open", "1.0.0").dependency("acme/secret:1.0.0")).await;
    let packages = json!({ "packages": [{ "org": "acme", "name": "secret", "mode": "soft" }] });
    let modules = json!({ "modules": [{ "organization": "acme", "moduleName": "secret" }] });
    for (token, sees) in [(None, false), (Some("read-beta"), false), (Some("read-acme"), true)] {
        for (path, question) in [(PACKAGES, &packages), (MODULES, &modules)] {
            let request = pod.request(Method::POST, path).json(question);
            let request = token.iter().fold(request, |request, token| request.bearer_auth(secret(token)));
            let text = request.send().await.unwrap().text().await.unwrap();
            assert_eq!(text.contains("1.0.0"), sees, "{path} {token:?} {text}");
        }
    }
    // The lock of what may be seen is in its bala, for everybody who may see that.
    let open = answer(&pod, PACKAGES, &json!({ "packages": [{ "org": "acme", "name": "open" }] })).await;
    assert_eq!(open["resolved"][0]["dependencyGraph"].as_array().unwrap().len(), 2);
}

/// Before a pod says that something is not there it looks whether another one has it by now.
#[tokio::test]
async fn what_another_pod_has_just_acknowledged_resolves() {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let pods = [
        Pod::over(Arc::clone(&store), LIMIT, AnonymousRead::Allowed, limits()).await,
        Pod::over(store, LIMIT, AnonymousRead::Allowed, limits()).await,
    ];
    for patch in 0..3 {
        let version = format!("1.{patch}.0");
        pods[0].publish(&Bala::new("acme", "greet", &version).module(&format!("greet.m{patch}"), true)).await;
        let asked = json!([{ "org": "acme", "name": "greet", "version": version, "mode": "soft" }]);
        assert_eq!(versions(&pods[1], asked).await, [version.as_str()]);
        let asked = json!([{ "organization": "acme", "moduleName": format!("greet.m{patch}") }]);
        let found = answer(&pods[1], MODULES, &json!({ "modules": asked })).await;
        assert_eq!(found["resolvedModules"][0]["version"], json!(version));
    }
}
