//! Lists of packages, as the web and editors ask for them.

use barre_core::access::AnonymousRead;
use barre_testkit::bala::Bala;
use reqwest::Method;
use serde_json::{Value, json};

use crate::server_harness::{Pod, limits, refusal};

async fn list(pod: &Pod, query: &str) -> Value {
    let answer = pod.get(&format!("packages?{query}")).await;
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("application/json"));
    answer.json().await.unwrap()
}

/// What is listed, as `name version`, and how much there is.
fn listed(list: &Value) -> (Vec<String>, u64) {
    let packages = list["packages"].as_array().unwrap();
    let text = |package: &Value, field: &str| package[field].as_str().unwrap().to_owned();
    let packages = packages.iter().map(|package| text(package, "name") + " " + &text(package, "version"));
    (packages.collect(), list["count"].as_u64().unwrap())
}

async fn shop() -> Pod {
    let pod = Pod::start().await;
    for bala in [
        Bala::new("acme", "greet", "1.0.0"),
        Bala::new("acme", "Zebra", "1.0.0"),
        Bala::new("acme", "greet", "1.10.0"),
        Bala::new("acme", "greet", "2.0.0-rc.1"),
        Bala::new("acme", "hidden", "1.0.0").visibility("private"),
        Bala::new("acme", "answer", "0.1.0").platform("java21").distribution("2201.13.0"),
        Bala::new("acme_more", "other", "1.0.0"),
        Bala::new("beta", "other", "1.0.0"),
    ] {
        pod.publish(&bala).await;
    }
    pod
}

#[tokio::test]
async fn packages_are_listed_by_organization_each_with_its_newest_version() {
    let pod = shop().await;
    for (query, expected, count) in [
        ("org=acme", vec!["Zebra 1.0.0", "answer 0.1.0", "greet 1.10.0"], 3),
        ("org=acme&limit=2", vec!["Zebra 1.0.0", "answer 0.1.0"], 3),
        ("org=acme&limit=2&offset=2&readme=false", vec!["greet 1.10.0"], 3),
        ("org=acme&offset=3", vec![], 3),
        ("org=acme&limit=0", vec![], 3),
        ("org=acme&sort=name,DESC", vec!["greet 1.10.0", "answer 0.1.0", "Zebra 1.0.0"], 3),
        ("org=acme&sort=createdDate,ASC", vec!["Zebra 1.0.0", "greet 1.10.0", "answer 0.1.0"], 3),
        ("org=acme&sort=createdDate,DESC&limit=1", vec!["answer 0.1.0"], 3),
        ("org=acme&sort=pullCount,DESC", vec!["Zebra 1.0.0", "answer 0.1.0", "greet 1.10.0"], 3),
        ("org=acm", vec![], 0),
        ("org=Acme", vec![], 0),
        ("org=", vec!["Zebra 1.0.0", "answer 0.1.0", "greet 1.10.0", "other 1.0.0", "other 1.0.0"], 5),
        ("q=&limit=1", vec!["Zebra 1.0.0"], 5),
    ] {
        let list = list(&pod, query).await;
        let expected = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(listed(&list), (expected, count), "{query}");
    }
    let echoed = list(&pod, "org=acme&limit=1000000000&offset=1").await;
    assert_eq!((&echoed["limit"], &echoed["offset"]), (&json!(1000), &json!(1)));
    for slashes in ["/2.0/registry//packages/?org=acme", "/2.0/registry/packages/?org=acme"] {
        let answer: Value = pod.get(slashes).await.json().await.unwrap();
        assert_eq!(listed(&answer).1, 3);
    }
}

#[tokio::test]
async fn lists_show_what_the_client_can_use_and_may_see() {
    let pod = shop().await;
    let ask = async |platforms: &str, agent: &str| {
        let request = pod.request(Method::GET, "packages?org=acme").header("ballerina-platform", platforms);
        let answer: Value = request.header("user-agent", agent).send().await.unwrap().json().await.unwrap();
        listed(&answer)
    };
    for (platforms, agent, expected) in
        [("java21", "2201.13.0", 3), ("java21", "2201.12.0", 2), ("any", "2201.13.0", 2)]
    {
        let (names, count) = ask(platforms, agent).await;
        assert_eq!((names.len() as u64, count), (expected, expected), "{platforms} {agent}");
    }
    let ours: Value = pod.get_as("read-acme", "packages?org=acme").await.json().await.unwrap();
    assert_eq!(listed(&ours).1, 4);
    // A page of what may be seen, not what may be seen of a page.
    let last: Value = pod.get("packages?org=acme&limit=1&offset=2").await.json().await.unwrap();
    assert_eq!(listed(&last), (vec!["greet 1.10.0".to_owned()], 3));
    let closed = Pod::with(AnonymousRead::Denied, limits()).await;
    assert_eq!(refusal(closed.get("packages?org=acme").await).await.0, 401);
}

/// `bal search` takes the authors without looking, and cuts a readme where there is no summary.
#[tokio::test]
async fn a_listed_package_has_every_field_and_none_is_null() {
    let pod = Pod::start().await;
    pod.publish(&Bala::new("acme", "greet", "1.0.0").manifest("keywords", vec!["hello"])).await;
    let mut answer = list(&pod, "org=acme").await;
    let package: Value = pod.get("packages/acme/greet/1.0.0").await.json().await.unwrap();
    let fields = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(fields(&answer["packages"][0]), fields(&package));
    assert!(!answer.to_string().contains("null"), "{answer}");
    for told in ["createdDate", "digest", "balaURL"] {
        answer["packages"][0][told] = json!("…");
    }
    insta::assert_json_snapshot!("listed_packages", answer);
}

#[tokio::test]
async fn a_list_that_cannot_be_is_refused() {
    let pod = shop().await;
    for (query, expected) in [
        ("org=acme&sort=size", "invalid/unsupported sort field"),
        ("org=acme&limit=-1", "limit is not a number"),
        ("org=acme&offset=x", "offset is not a number"),
    ] {
        let (status, text) = refusal(pod.get(&format!("packages?{query}")).await).await;
        assert!(status == 400 && text.starts_with(expected), "{query}: {text}");
    }
    for query in ["org=%ff%00", "org=%", "&&&=&", "org=acme&org=beta", "limit=%31"] {
        let answer = pod.get(&format!("packages?{query}")).await;
        assert_eq!(answer.status().as_u16(), 200, "{query}");
    }
}
