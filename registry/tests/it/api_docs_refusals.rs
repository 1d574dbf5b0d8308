//! API docs that are not taken, and those that are not shown.

use barre_core::access::AnonymousRead;
use barre_core::api_docs::MAX_DOCS_BYTES;
use barre_testkit::bala::Bala;
use reqwest::StatusCode;
use serde_json::json;

use crate::api_docs::{docs, list_as, put, shop, upload};
use crate::server_harness::{Pod, limits, refusal};

#[tokio::test]
async fn whoever_may_publish_to_the_organization_uploads() {
    let pod = shop().await;
    let package = "acme/greet/1.0.0";
    for (token, text) in [
        (None, "publishing needs an access token"),
        (Some("wrong"), ""),
        (Some("expired"), ""),
        (Some("read-acme"), "does not allow to publish"),
        (Some("publish-beta"), "needs a token for that organization"),
    ] {
        let (status, refused) =
            refusal(put(&pod, token, package, docs("acme", "greet", "1.0.0", &[])).await).await;
        assert!(status == 401 && refused.contains(text), "{token:?}: {refused}");
    }
    let answer = put(&pod, Some("publish-acme"), package, docs("acme", "greet", "1.0.0", &[])).await;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn what_is_no_docs_of_that_version_is_refused_in_plain_words() {
    let pod = shop().await;
    let (seq, package) = (pod.log.state().seq(), "acme/greet/1.0.0");
    let large = usize::try_from(MAX_DOCS_BYTES).unwrap() + 1;
    for (body, text) in [
        (String::new(), "this is not an api-docs.json as `bal doc` writes it"),
        ("{\"docsData\":{\"modules\":[]}}".to_owned(), "run `bal doc` in the folder of the package"),
        (
            docs("acme", "greet", "1.0.1", &[]),
            "these are API docs of acme/greet:1.0.1, and not of acme/greet:1.0.0",
        ),
        (docs("acme", "other", "1.0.0", &[]), "these are API docs of acme/other:1.0.0"),
        ("x".repeat(large), "the api-docs.json is larger than this registry takes: at most 8388608 bytes"),
    ] {
        let (status, refused) = refusal(put(&pod, Some("publish-acme"), package, body).await).await;
        assert!(status == 400 && refused.contains(text), "{refused}");
        assert!(refused.starts_with(char::is_lowercase) && !refused.ends_with('.'), "{refused}");
    }
    for absent in ["acme/greet/1.0.1", "acme/none/1.0.0", "acme/greet/x", "ac-me/greet/1.0.0"] {
        let (status, refused) =
            refusal(put(&pod, Some("publish-all"), absent, docs("acme", "greet", "1.0.0", &[])).await).await;
        assert!(status == 404 && refused.starts_with("package not found for: "), "{absent}: {refused}");
    }
    assert_eq!(pod.log.state().seq(), seq, "something was attached");
}

/// Of a private package nothing is told to whoever may not see it; and whoever is not let in gets an empty list.
#[tokio::test]
async fn what_one_may_not_see_is_in_no_list() {
    for anonymous in [AnonymousRead::Allowed, AnonymousRead::Denied] {
        let pod = Pod::with(anonymous, limits()).await;
        for (name, visibility) in [("greet", "public"), ("hidden", "private")] {
            pod.publish(&Bala::new("acme", name, "1.0.0").visibility(visibility)).await;
            upload(&pod, "acme", name, "1.0.0", docs("acme", name, "1.0.0", &[])).await;
        }
        let open = u64::from(anonymous == AnonymousRead::Allowed);
        for path in ["connectors", "triggers"] {
            for (token, count) in [
                (None, open),
                (Some("wrong"), 0),
                (Some("expired"), 0),
                (Some("read-beta"), 1),
                (Some("read-acme"), 2),
                (Some("admin-all"), 2),
            ] {
                let (found, vary) = list_as(&pod, token, path).await;
                assert_eq!(found["count"], json!(count), "{path} {token:?} {anonymous:?}");
                assert_eq!(found.to_string().contains("hidden"), count == 2, "{path} {token:?}");
                assert!(vary.contains("Authorization"), "{path} {token:?}: {vary}");
            }
        }
    }
}
