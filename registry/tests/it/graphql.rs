//! The queries that the web and editors send to Central.

use barre_testkit::bala::Bala;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::server_harness::{Pod, refusal};

async fn send(pod: &Pod, body: &Value) -> Response {
    pod.request(Method::POST, "/2.0/graphql").json(body).send().await.unwrap()
}

async fn data(pod: &Pod, query: &str) -> Value {
    let answer = send(pod, &json!({ "query": query })).await;
    let (status, answer) = (answer.status(), answer.json::<Value>().await.unwrap());
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer["data"].clone()
}

async fn shop() -> Pod {
    let pod = Pod::start().await;
    for bala in [
        Bala::new("acme", "greet", "1.0.0").module("greet.formal", true).manifest("keywords", vec!["hello"]),
        Bala::new("acme", "greet", "1.1.0"),
        Bala::new("acme", "other", "2.0.0"),
        Bala::new("acme", "hidden", "1.0.0").visibility("private"),
    ] {
        pod.publish(&bala).await;
    }
    pod
}

/// As a web page asks: with variables.
#[tokio::test]
async fn the_packages_of_an_organization() {
    let pod = shop().await;
    let query = "query Get($orgName: String!, $limit: Int!, $offset: Int!) {
        packages(orgName: $orgName, limit: $limit, offset: $offset) {
            packages { organization name version URL summary keywords icon pullCount totalPullCount modules { name } }
            count
        }
    }";
    let variables = json!({ "orgName": "acme", "limit": 100, "offset": 0 });
    let answer = send(&pod, &json!({ "query": query, "variables": variables, "operationName": "Get" })).await;
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("application/json"));
    insta::assert_json_snapshot!("graphql_packages", answer.json::<Value>().await.unwrap());
    let paged =
        data(&pod, "{packages(orgName:\"acme\",limit:1,offset:1){limit offset count packages{name}}}").await;
    let expected = json!({ "limit": 1, "offset": 1, "count": 2, "packages": [{ "name": "other" }] });
    assert_eq!(paged["packages"], expected);
}

#[tokio::test]
async fn one_package_by_its_version_or_its_newest() {
    let pod = shop().await;
    let query = "{
        old: package(orgName: \"acme\", packageName: \"greet\", version: \"1.0.0\") { v: version modules { name } }
        package(orgName: \"acme\", packageName: \"greet\") { __typename version createdDate totalPullCount }
        absent: package(orgName: \"acme\", packageName: \"greet\", version: \"9.0.0\") { version }
        hidden: package(orgName: \"acme\", packageName: \"hidden\") { version }
    }";
    let mut data = data(&pod, query).await;
    assert!(data["package"]["createdDate"].take().as_i64().unwrap() > 1_700_000_000_000);
    let expected = json!({
        "old": { "v": "1.0.0", "modules": [{ "name": "greet" }, { "name": "greet.formal" }] },
        "package": { "__typename": "Package", "version": "1.1.0", "createdDate": null, "totalPullCount": 0 },
        "absent": null,
        "hidden": null,
    });
    assert_eq!(data, expected);
}

/// As the language server asks.
#[tokio::test]
async fn api_docs_are_there_and_empty() {
    let pod = shop().await;
    let query = "{ apiDocs(inputFilter: {moduleInfo: {orgName: \"acme\", moduleName: \"greet\", version: \"1.0.0\"}}) {
        docsData { modules { clients listeners functions } } } }";
    assert_eq!(data(&pod, query).await, json!({ "apiDocs": { "docsData": { "modules": [] } } }));
}

#[tokio::test]
async fn every_plain_field_of_a_package_can_be_asked_for() {
    let pod = shop().await;
    let package: Value = pod.get("packages/acme/greet/1.1.0").await.json().await.unwrap();
    let fields: Vec<_> =
        package.as_object().unwrap().keys().filter(|key| *key != "modules").map(String::as_str).collect();
    let query =
        format!("{{ package(orgName: \"acme\", packageName: \"greet\") {{ {} }} }}", fields.join(" "));
    let data = data(&pod, &query).await;
    for field in fields.iter().filter(|field| **field != "readme") {
        assert_eq!(data["package"][field], package[field], "{field}");
    }
}

#[tokio::test]
async fn what_is_not_answered_is_refused_with_a_sentence() {
    let pod = shop().await;
    let five = (0..5).map(|n| format!("p{n}: packages {{ count }}")).collect::<Vec<_>>().join(" ");
    for (query, expected) in [
        ("{ users { name } }", "\"users\" is not answered here: only packages, package and apiDocs are"),
        ("{ packages { packages { nme } } }", "the type Package has no field \"nme\" here"),
        ("{ packages { packages } }", "of the type Package some fields must be asked for"),
        ("{ packages { count { x } } }", "the field \"count\" of the type Packages has no fields"),
        ("{ packages(limit: -1) { count } }", "limit is not a number"),
        ("{ package(orgName: \"acme\") { name } }", "a package has an orgName and a packageName"),
        ("mutation { packages { count } }", "only queries are answered"),
        ("{ packages", "the query is not GraphQL, or too deep"),
        (&format!("{{ {five} }}"), "the query asks too much: at most 4 questions"),
    ] {
        let refused = refusal(send(&pod, &json!({ "query": query })).await).await;
        assert_eq!(refused, (400, expected.to_owned()), "{query}");
    }
    for body in [json!({}), json!({ "query": 1 }), json!([]), json!({ "query": "{a}", "variables": 1 })] {
        let (status, text) = refusal(send(&pod, &body).await).await;
        assert!(status == 400 && text.contains("the body is not"), "{body}: {text}");
    }
    let nothing = json!({ "query": "{ packages(orgName: \"A b\") { count } }", "variables": null });
    let answer: Value = send(&pod, &nothing).await.json().await.unwrap();
    assert_eq!(answer, json!({ "data": { "packages": { "count": 0 } } }));
}
