//! What editors ask for where no API docs were uploaded, and what clients ask Central for that no registry has.

use barre_core::access::AnonymousRead;
use barre_testkit::bala::Bala;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::server_harness::{Pod, limits, refusal};

/// Java's language server crashes on every answer but 200, and sends no token.
#[tokio::test]
async fn lists_of_what_nobody_declares_are_empty_whoever_asks() {
    for anonymous in [AnonymousRead::Allowed, AnonymousRead::Denied] {
        let pod = Pod::with(anonymous, limits()).await;
        pod.publish(&Bala::new("acme", "greet", "1.0.0")).await;
        for (path, of) in [
            ("connectors", "connectors"),
            ("triggers", "triggers"),
            ("search-symbols", "symbols"),
            ("/2.0/registry//connectors", "connectors"),
        ] {
            for (query, limit, offset) in [
                ("", 50, 0),
                ("?q=http+client&limit=5&offset=7", 5, 7),
                ("?limit=-1&offset=x", 50, 0),
                ("?limit=1000000", 1000, 0),
            ] {
                for answer in [
                    pod.get(&format!("{path}{query}")).await,
                    pod.get_as("wrong", &format!("{path}{query}")).await,
                ] {
                    assert_eq!(answer.status(), StatusCode::OK);
                    assert_eq!(answer.headers()["content-type"], "application/json");
                    // How often something is pushed here is not for strangers.
                    assert!(!answer.headers().contains_key("barre-seq"));
                    let list: Value = answer.json().await.unwrap();
                    let expected = json!({ of: [], "count": 0, "limit": limit, "offset": offset });
                    assert_eq!(list, expected, "{path}{query}");
                }
            }
        }
    }
}

#[tokio::test]
async fn one_of_them_is_not_found() {
    let pod = Pod::start().await;
    for (path, expected) in [
        ("connectors/7", "connector not found: 7"),
        ("connectors/acme/greet/1.0.0/greet/Client", "connector not found: acme/greet:1.0.0 greet:Client"),
        ("/2.0/registry//connectors/acme/x/1.0.0/x/Y", "connector not found: acme/x:1.0.0 x:Y"),
        ("triggers/7", "trigger not found: 7"),
    ] {
        assert_eq!(refusal(pod.get(path).await).await, (404, expected.to_owned()), "{path}");
    }
}

#[tokio::test]
async fn what_no_registry_has_is_refused_with_the_place_where_it_is() {
    let pod = Pod::start().await;
    for (path, expected) in [
        (
            "/2.0/update-tool/distributions/latest?version=2201.12.0&type=patch",
            "no distributions of Ballerina",
        ),
        ("/2.0/update-tool/versions/latest", "no distributions of Ballerina"),
        ("/maven2/org/example/lib/1.0/lib-1.0.jar", "no jars of Maven Central"),
        ("/2.0/docs/acme/greet/1.0.0", "no API documentation"),
        ("/2.0/docs/stdlib/latest", "no API documentation"),
        ("/2.0/users/1/organizations", "no accounts"),
        ("/2.0/organizations/acme/users", "no accounts"),
    ] {
        let (status, text) = refusal(pod.get(path).await).await;
        assert!(status == 404 && text.contains(expected), "{path}: {text}");
        assert!(text.starts_with(char::is_lowercase) && !text.ends_with('.'), "{text}");
    }
}

/// `bal new -t acme/skeleton` pulls a package that says that it is a template.
#[tokio::test]
async fn a_template_says_that_it_is_one() {
    let pod = Pod::start().await;
    pod.publish(&Bala::new("acme", "skeleton", "1.0.0").manifest("template", true)).await;
    let package: Value = pod.get("packages/acme/skeleton/1.0.0").await.json().await.unwrap();
    let list: Value = pod.get("packages?org=acme").await.json().await.unwrap();
    assert_eq!((&package["template"], &list["packages"][0]["template"]), (&json!(true), &json!(true)));
}
