//! Lists of what API docs declare: what is in them, and in which order.

use barre_core::state::deprecated::Deprecated;
use barre_testkit::bala::Bala;
use reqwest::Method;
use serde_json::{Value, json};

use crate::api_docs::{docs, list, names, shop, upload};
use crate::server_harness::Pod;

#[tokio::test]
async fn lists_are_searched_filtered_and_paged() {
    let pod = Pod::start().await;
    for (org, name, functions) in [
        ("acme", "greet", &["say", "sayLoud", "whisper"][..]),
        ("acme", "http.tools", &["get"]),
        ("beta", "greet", &["Say"]),
    ] {
        pod.publish(&Bala::new(org, name, "1.0.0")).await;
        upload(&pod, org, name, "1.0.0", docs(org, name, "1.0.0", functions)).await;
    }
    for (query, expected, count) in [
        ("q=say", vec!["say", "Say", "sayLoud"], 3),
        ("q=say&org=acme", vec!["say", "sayLoud"], 2),
        ("q=say&org=beta,%20acme&limit=1", vec!["say"], 3),
        ("q=say&limit=1&offset=1", vec!["Say"], 3),
        ("q=say&offset=3", vec![], 3),
        ("q=GREET+whisper", vec!["whisper"], 1),
        ("q=does+it&package=http.tools", vec!["get"], 1),
        ("q=tools+client", vec!["Client"], 1),
        ("q=say&package=none", vec![], 0),
        ("q=say&org=none", vec![], 0),
        // What cannot be is found nowhere, and refused neither.
        ("q=say&org=A%20b", vec![], 0),
        ("q=say&sort=size&limit=x", vec!["say", "Say", "sayLoud"], 3),
        (&format!("q={}", "x".repeat(2000)), vec![], 0),
    ] {
        let found = list(&pod, &format!("search-symbols?{query}")).await;
        assert_eq!(
            (names(&found, "symbols", "symbolName"), &found["count"]),
            (expected.iter().map(ToString::to_string).collect(), &json!(count)),
            "{query}"
        );
    }
    let all = list(&pod, "connectors").await;
    assert_eq!(names(&all, "connectors", "moduleName"), ["greet", "http.tools", "greet"]);
}

#[tokio::test]
async fn of_a_package_the_newest_version_with_docs_is_told() {
    let pod = shop().await;
    let listed = async |agent: &str| {
        let request = pod
            .request(Method::GET, "connectors")
            .header("user-agent", agent)
            .header("ballerina-platform", "any");
        let found: Value = request.send().await.unwrap().json().await.unwrap();
        let versions = found["connectors"].as_array().unwrap().iter();
        versions.map(|one| one["package"]["version"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for bala in [
        Bala::new("acme", "greet", "1.1.0").platform("java21"),
        Bala::new("acme", "greet", "1.2.0").distribution("2201.14.0"),
        Bala::new("acme", "greet", "2.0.0-rc.1"),
    ] {
        pod.publish(&bala).await;
        assert_eq!(listed("2201.13.0").await, ["1.0.0"]);
    }
    for version in ["1.1.0", "1.2.0", "2.0.0-rc.1"] {
        upload(&pod, "acme", "greet", version, docs("acme", "greet", version, &[])).await;
    }
    // Editors name a platform, and mean none.
    assert_eq!(
        (listed("2201.13.0").await, listed("2201.14.0").await),
        (vec!["1.1.0".to_owned()], vec!["1.2.0".to_owned()])
    );
    let (org, name) = ("acme".parse().unwrap(), "greet".parse().unwrap());
    let deprecated =
        Deprecated { org, name, version: Some("1.1.0".parse().unwrap()), message: "no".to_owned() };
    pod.log.commit(pod.log.change("test", deprecated)).await.unwrap();
    assert_eq!(listed("2201.13.0").await, ["1.0.0"]);
    // By their names others are there all the same.
    let one: Value = pod.get("connectors/acme/greet/1.1.0/greet/Client").await.json().await.unwrap();
    assert_eq!(one["package"]["isDeprecated"], true);
}
