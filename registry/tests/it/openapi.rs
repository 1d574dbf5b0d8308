//! The description of what is below `/v1`.

use barre_registry::api::ROUTES;
use serde_json::{Map, Value};

use crate::server_harness::Pod;

fn entries(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap()
}

/// All references in a document.
fn references(value: &Value) -> Vec<&str> {
    match value {
        Value::Object(fields) => {
            let here = fields.get("$ref").and_then(Value::as_str);
            here.into_iter().chain(fields.values().flat_map(references)).collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn every_route_below_v1_is_described_and_nothing_else() {
    let document: Value = Pod::start().await.get("/v1/openapi.json").await.json().await.unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let mut described = Vec::new();
    for (path, operations) in entries(&document["paths"]) {
        for (method, operation) in entries(operations) {
            described.push((method.to_ascii_uppercase(), path.clone()));
            assert!(operation["operationId"].is_string() && operation["summary"].is_string(), "{path}");
            assert!(!entries(&operation["responses"]).is_empty(), "{path}");
            let parameters = operation["parameters"].as_array();
            let named = parameters.into_iter().flatten().filter(|parameter| parameter["in"] == "path");
            let named: Vec<String> =
                named.map(|parameter| format!("{{{}}}", parameter["name"].as_str().unwrap())).collect();
            let variable: Vec<&str> = path.split('/').filter(|part| part.starts_with('{')).collect();
            assert_eq!(named, variable, "{path}");
        }
    }
    for reference in references(&document) {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
    let below = ROUTES.iter().filter(|route| route.template.starts_with("/v1/"));
    let mut routes: Vec<_> =
        below.map(|route| (route.method.to_owned(), route.template.to_owned())).collect();
    routes.sort();
    described.sort();
    assert_eq!(described, routes);
}

#[tokio::test]
async fn the_description_is_a_contract() {
    let mut document: Value = Pod::start().await.get("/v1/openapi.json").await.json().await.unwrap();
    document["info"]["version"] = "…".into();
    insta::assert_json_snapshot!("openapi", document);
}
