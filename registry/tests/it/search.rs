//! What `bal search`, editors and the web find.

use barre_core::access::AnonymousRead;
use barre_core::state::deprecated::Deprecated;
use barre_testkit::bala::Bala;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::server_harness::{Pod, limits, refusal};

async fn shop() -> Pod {
    let pod = Pod::start().await;
    for bala in [
        Bala::new("acme", "kafka.client", "1.0.0")
            .description("Sends events")
            .manifest("keywords", json!(["Area/Messaging"])),
        Bala::new("acme", "kafka.client", "1.1.0")
            .distribution("2201.13.0")
            .manifest("authors", json!(["Ann"])),
        Bala::new("acme", "mail", "0.1.0").platform("java21").description("Sends letters, not events"),
        Bala::new("beta", "secret", "1.0.0").description("Hides events").visibility("private"),
    ] {
        pod.publish(&bala).await;
    }
    pod
}

async fn answer(pod: &Pod, path: &str) -> Value {
    let answer = pod.get(path).await;
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("application/json"));
    answer.json().await.unwrap()
}

/// How many are found, and which packages are shown.
fn found(answer: &Value) -> (u64, Vec<String>) {
    let text = |package: &Value, key: &str| package[key].as_str().unwrap().to_owned();
    let packages = answer["packages"].as_array().unwrap().iter();
    let packages = packages.map(|package| {
        format!("{}/{}:{}", text(package, "organization"), text(package, "name"), text(package, "version"))
    });
    (answer["count"].as_u64().unwrap(), packages.collect())
}

async fn packages(pod: &Pod, path: &str) -> Vec<String> {
    found(&answer(pod, path).await).1
}

/// Without what differs from run to run.
async fn shape(pod: &Pod, path: &str) -> Value {
    let mut answer = answer(pod, path).await;
    for package in answer["packages"].as_array_mut().unwrap() {
        for key in ["createdDate", "digest", "balaURL", "id"] {
            let kind = if package[key].is_u64() {
                "a number"
            } else {
                package[key].as_str().map_or("?", |_| "a text")
            };
            package[key] = kind.into();
        }
    }
    answer
}

#[tokio::test]
async fn answers_have_the_shape_that_clients_read() {
    let pod = shop().await;
    insta::assert_json_snapshot!("found_packages", shape(&pod, "packages/?q=kafka").await);
    let of_editors = "/2.0/registry//search-packages?q=org:acme%20AND%20kafka&offset=0&limit=10&readme=false&sort=relevance,DESC";
    insta::assert_json_snapshot!("found_by_editors", shape(&pod, of_editors).await);
    insta::assert_json_snapshot!("found_nothing", shape(&pod, "packages/?q=nothing").await);
}

/// `bal` ends with a crash without authors, or without a summary.
#[tokio::test]
async fn nothing_that_clients_read_is_null() {
    let pod = Pod::start().await;
    pod.publish(&Bala::new("acme", "bare", "1.0.0")).await;
    pod.publish(&Bala::new("acme", "barer", "1.0.0").readme("![](icon.png)")).await;
    let answer = answer(&pod, "packages/?q=bare").await;
    assert_eq!(answer["count"], 2);
    assert_eq!(answer["packages"][1]["summary"], "");
    for package in answer["packages"].as_array().unwrap() {
        assert!(package["summary"].is_string() && package["authors"].is_array(), "{package}");
        let nulls = package.as_object().unwrap().iter().filter(|(_, value)| value.is_null()).count();
        assert_eq!(nulls, 0, "{package}");
    }
}

#[tokio::test]
async fn a_release_is_found_at_once() {
    let pod = Pod::start().await;
    for number in 0..20 {
        pod.publish(&Bala::new("acme", &format!("news{number}x"), "1.0.0")).await;
        assert_eq!(found(&answer(&pod, &format!("packages?q=news{number}x")).await).0, 1, "{number}");
    }
    assert_eq!(found(&answer(&pod, "packages").await).0, 20);
}

#[tokio::test]
async fn the_version_is_the_newest_that_the_client_can_use() {
    let pod = shop().await;
    let ask = async |agent: &str, platform: &str| {
        let request = pod.request(Method::GET, "packages?q=org:acme").header("user-agent", agent);
        let answer = request.header("ballerina-platform", platform).send().await.unwrap();
        found(&answer.json().await.unwrap())
    };
    let old = ["acme/kafka.client:1.0.0".to_owned(), "acme/mail:0.1.0".to_owned()];
    assert_eq!(ask("2201.12.5", "java21").await, (2, old.to_vec()));
    assert_eq!(ask("2201.13.0", "any").await, (1, vec!["acme/kafka.client:1.1.0".to_owned()]));
    assert_eq!(ask("2201.11.0", "java21").await, (0, Vec::new()));
}

#[tokio::test]
async fn deprecated_versions_are_not_found() {
    let pod = shop().await;
    let deprecate = async |version: &str| {
        let (org, name) = ("acme".parse().unwrap(), "kafka.client".parse().unwrap());
        let version = Some(version.parse().unwrap());
        let deprecated = Deprecated { org, name, version, message: "old".to_owned() };
        pod.log.commit(pod.log.change("test", deprecated)).await.unwrap();
    };
    deprecate("1.1.0").await;
    assert_eq!(packages(&pod, "packages?q=kafka").await, ["acme/kafka.client:1.0.0"]);
    deprecate("1.0.0").await;
    assert_eq!(found(&answer(&pod, "packages?q=kafka").await).0, 0);
}

#[tokio::test]
async fn pages_have_limits() {
    let pod = shop().await;
    let all = ["acme/kafka.client:1.1.0", "acme/mail:0.1.0"];
    assert_eq!(packages(&pod, "packages?sort=name,ASC").await, all);
    assert_eq!(packages(&pod, "packages?q=&limit=1&offset=1&sort=name,ASC").await, all[1..]);
    assert_eq!(packages(&pod, "packages?sort=name,DESC&limit=1").await, all[1..]);
    assert_eq!(packages(&pod, "packages?org=acme&q=mail").await, all[1..]);
    assert_eq!(packages(&pod, "packages?org=beta").await, Vec::<String>::new());
    assert_eq!(packages(&pod, "packages?offset=18446744073709551615").await, Vec::<String>::new());
    let clamped = answer(&pod, "packages?limit=1000000000&limit=").await;
    assert_eq!((&clamped["limit"], &clamped["count"]), (&json!(1000), &json!(2)));
    assert_eq!(answer(&pod, "packages?q=").await["limit"], 50);
    for (asked, expected) in [
        ("limit=-1", "limit is not a number"),
        ("offset=x", "offset is not a number"),
        ("sort=size,ASC", "invalid/unsupported sort field"),
        ("sort=name,UP", "invalid/unsupported sort field"),
        (&format!("q={}", "a".repeat(600)), "the query is too long"),
        ("q=1+2+3+4+5+6+7+8+9+10+11+12+13", "too many words"),
    ] {
        for path in ["packages", "search-packages"] {
            let (status, text) = refusal(pod.get(&format!("{path}?{asked}")).await).await;
            assert_eq!(status, 400, "{asked}");
            assert!(text.contains(expected), "{asked}: {text}");
        }
    }
}

#[tokio::test]
async fn what_is_private_is_found_by_its_organization() {
    let pod = shop().await;
    let as_token = async |token: &str| {
        let answer = pod.get_as(token, "packages?q=events&sort=name").await;
        found(&answer.json().await.unwrap())
    };
    let (public, secret) = ("acme/mail:0.1.0".to_owned(), "beta/secret:1.0.0".to_owned());
    assert_eq!(found(&answer(&pod, "packages?q=events").await), (1, vec![public.clone()]));
    assert_eq!(as_token("read-acme").await, (1, vec![public.clone()]));
    assert_eq!(as_token("read-beta").await, (2, vec![public, secret]));
    let closed = Pod::with(AnonymousRead::Denied, limits()).await;
    assert_eq!(refusal(closed.get("packages?q=x").await).await.0, 401);
}
