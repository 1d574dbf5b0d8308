//! What nobody gets over OCI, or not everybody, and in which words.

use barre_core::digest::Digest;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::oci::{header, json, shop};
use crate::server_harness::secret;

/// The status, code and text of a refusal.
pub(crate) async fn refused(answer: Response) -> (u16, String) {
    let status = answer.status().as_u16();
    assert_eq!(header(&answer, "content-type"), "application/json");
    let answer: Value = answer.json().await.unwrap();
    let [error] = &answer["errors"].as_array().unwrap()[..] else { panic!("{answer}") };
    (status, format!("{}: {}", error["code"].as_str().unwrap(), error["message"].as_str().unwrap()))
}

/// Of what is in a package that is seen, too.
#[tokio::test]
async fn what_is_private_shows_nowhere() {
    let pod = shop().await;
    let shown = pod.get_as("read-acme", "/v2/acme/greet/manifests/2.0.0").await;
    let manifest_digest = header(&shown, "docker-content-digest").to_owned();
    let shown: Value = shown.json().await.unwrap();
    let layer = shown["layers"][0]["digest"].as_str().unwrap().to_owned();
    let referrers: Value = pod
        .get_as("read-acme", &format!("/v2/acme/greet/referrers/{manifest_digest}"))
        .await
        .json()
        .await
        .unwrap();
    let referrer = referrers["manifests"][0]["digest"].as_str().unwrap().to_owned();
    let graph: Value =
        pod.get_as("read-acme", &format!("/v2/acme/greet/manifests/{referrer}")).await.json().await.unwrap();
    let graph = graph["layers"][0]["digest"].as_str().unwrap().to_owned();
    let list: Value = pod.get_as("read-acme", "/v2/acme/greet/manifests/latest").await.json().await.unwrap();
    let list = list["layers"][0]["digest"].as_str().unwrap().to_owned();
    let paths = [
        "manifests/2.0.0".to_owned(),
        format!("manifests/{manifest_digest}"),
        format!("manifests/{referrer}"),
        format!("blobs/{layer}"),
        format!("blobs/{graph}"),
        format!("blobs/{list}"),
    ];
    for path in paths.map(|path| format!("/v2/acme/greet/{path}")) {
        assert_eq!(pod.get(&path).await.status(), 401, "{path}");
        assert_eq!(pod.get_as("read-beta", &path).await.status(), 404, "{path}");
        assert_eq!(pod.get_as("read-acme", &path).await.status(), 200, "{path}");
    }
    let hidden = json(&pod, &format!("/v2/acme/greet/referrers/{manifest_digest}")).await;
    assert_eq!(hidden["manifests"], json!([]));
    // What one may see is found in its own repository alone.
    let elsewhere = pod.get_as("read-acme", &format!("/v2/acme/secret/blobs/{layer}")).await;
    assert_eq!(elsewhere.status(), 404);
}

#[tokio::test]
async fn errors_are_those_of_the_protocol() {
    let pod = shop().await;
    let absent = Digest::of(b"absent");
    for (path, expected) in [
        (
            "acme/absent/tags/list".to_owned(),
            (404, "NAME_UNKNOWN: package acme/absent is not here".to_owned()),
        ),
        ("acme/Greet/tags/list".to_owned(), (404, "NAME_UNKNOWN: package acme/Greet is not here".to_owned())),
        ("UP/greet/tags/list".to_owned(), (404, "NAME_UNKNOWN: package UP/greet is not here".to_owned())),
        (
            "acme/greet/manifests/9.9.9".to_owned(),
            (404, "MANIFEST_UNKNOWN: 9.9.9 is not in acme/greet".to_owned()),
        ),
        (
            format!("acme/greet/manifests/{absent}"),
            (404, format!("MANIFEST_UNKNOWN: {absent} is not in acme/greet")),
        ),
        (format!("acme/greet/blobs/{absent}"), (404, format!("BLOB_UNKNOWN: {absent} is not in acme/greet"))),
        (
            "acme/greet/blobs/sha256:00".to_owned(),
            (400, "DIGEST_INVALID: a digest is \"sha256:\" and 64 lower-case hexadecimal digits".to_owned()),
        ),
        (
            "acme/tags".to_owned(),
            (404, "NAME_UNKNOWN: there is nothing at this path: a repository is /v2/<organization>/<package>, in lower case".to_owned()),
        ),
    ] {
        assert_eq!(refused(pod.get_as("read-acme", &format!("/v2/{path}")).await).await, expected);
    }
    let layer = Digest::of(b"{}");
    for path in ["manifests/1.0.0".to_owned(), format!("manifests/{layer}"), format!("blobs/{layer}")] {
        let request = pod.request(Method::DELETE, &format!("/v2/acme/greet/{path}"));
        let answer = request.bearer_auth(secret("admin-all")).send().await.unwrap();
        assert!(header(&answer, "allow").starts_with("GET, HEAD"));
        let text = "UNSUPPORTED: nothing is deleted here: a published version stays, deprecate it with `bal deprecate`";
        assert_eq!(refused(answer).await, (405, text.to_owned()));
    }
}
