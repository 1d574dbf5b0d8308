//! Packages over OCI: what `bal` asks for with an `[[repository.oci]]`, and what other clients do.

use std::sync::Arc;

use barre_core::access::AnonymousRead;
use barre_core::digest::Digest;
use barre_core::state::deprecated::Deprecated;
use barre_testkit::bala::Bala;
use object_store::ObjectStore;
use object_store::memory::InMemory;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::oci_refusals::refused;
use crate::server_harness::{LIMIT, Pod, limits};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const GRAPH: &str = "application/vnd.ballerina.dependency-graph.v1+json";

/// `acme/Greet` in four versions, and a package that few may see.
pub(crate) async fn shop() -> Pod {
    let pod = Pod::start().await;
    for bala in [
        Bala::new("acme", "Greet", "1.0.0").dependency("ballerina/io:1.8.0").module("Greet.formal", true),
        Bala::new("acme", "Greet", "1.1.0").distribution("2201.13.0"),
        Bala::new("acme", "Greet", "1.2.0").platform("go1.26"),
        Bala::new("acme", "Greet", "2.0.0").visibility("private"),
        Bala::new("acme", "secret", "1.0.0").visibility("private"),
    ] {
        pod.publish(&bala).await;
    }
    pod
}

pub(crate) fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).unwrap_or_else(|| panic!("no {name}: {answer:?}")).to_str().unwrap()
}

pub(crate) async fn json(pod: &Pod, path: &str) -> Value {
    let answer = pod.get(path).await;
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    answer.json().await.unwrap()
}

/// A manifest as clients get it: HEAD, then GET, by one digest.
async fn manifest(pod: &Pod, reference: &str) -> (String, Value) {
    let path = format!("/v2/acme/greet/manifests/{reference}");
    let head = pod.request(Method::HEAD, &path).send().await.unwrap();
    let body = pod.get(&path).await;
    for name in ["content-type", "docker-content-digest", "content-length", "etag"] {
        assert_eq!(header(&head, name), header(&body, name), "{name} of {path}");
    }
    assert_eq!(header(&body, "content-type"), MANIFEST);
    let digest = header(&body, "docker-content-digest").to_owned();
    let bytes = body.bytes().await.unwrap();
    assert_eq!(
        (Digest::of(&bytes).to_string(), bytes.len().to_string().as_str()),
        (digest.clone(), header(&head, "content-length"))
    );
    (digest, serde_json::from_slice(&bytes).unwrap())
}

async fn blob(pod: &Pod, digest: &Value) -> Vec<u8> {
    let answer = pod.get(&format!("/v2/acme/greet/blobs/{}", digest.as_str().unwrap())).await;
    assert_eq!(
        (answer.status(), header(&answer, "docker-content-digest")),
        (StatusCode::OK, digest.as_str().unwrap())
    );
    let bytes = answer.bytes().await.unwrap();
    assert_eq!(&Digest::of(&bytes).to_string(), digest.as_str().unwrap());
    bytes.to_vec()
}

async fn deprecate(pod: &Pod, message: &str) {
    let (org, name) = ("acme".parse().unwrap(), "Greet".parse().unwrap());
    let version = Some("1.0.0".parse().unwrap());
    let deprecated = Deprecated { org, name, version, message: message.to_owned() };
    pod.log.commit(pod.log.change("test", deprecated)).await.unwrap();
}

#[tokio::test]
async fn a_package_is_pulled_as_the_client_does_it() {
    let pod = shop().await;
    let bytes = pod.publish(&Bala::new("acme", "Greet", "1.3.0").dependency("ballerina/io:1.8.0")).await;
    let tags = json(&pod, "/v2/acme/greet/tags/list").await;
    assert_eq!(tags, json!({ "name": "acme/greet", "tags": ["1.0.0", "1.1.0", "1.2.0", "1.3.0"] }));
    let (digest, package) = manifest(&pod, "1.3.0").await;
    assert_eq!(manifest(&pod, &digest).await.1, package);
    // By now it is one that was kept.
    assert_eq!(manifest(&pod, "1.3.0").await.0, digest);
    assert!(pod.metrics().contains("hot_answers_total 1"), "{}", pod.metrics());
    assert_eq!(package["layers"][0]["digest"], json!(Digest::of(&bytes).to_string()));
    assert_eq!(blob(&pod, &package["layers"][0]["digest"]).await, bytes);
    assert_eq!(blob(&pod, &package["config"]["digest"]).await, b"{}");

    let path = format!("/v2/acme/greet/referrers/{digest}?artifactType={}", GRAPH.replace('+', "%2B"));
    let answer = pod.get(&path).await;
    assert_eq!(
        (header(&answer, "content-type"), header(&answer, "oci-filters-applied")),
        (INDEX, "artifactType")
    );
    let referrers: Value = answer.json().await.unwrap();
    let (_, referrer) = manifest(&pod, referrers["manifests"][0]["digest"].as_str().unwrap()).await;
    assert_eq!(referrer["subject"]["digest"], json!(digest));
    let graph: Value = serde_json::from_slice(&blob(&pod, &referrer["layers"][0]["digest"]).await).unwrap();
    assert_eq!(graph["modules"], json!([]));
    // What differs each time: when it was published, and the digests that follow from that.
    let created = package["annotations"]["org.opencontainers.image.created"].as_str().unwrap();
    let manifest_of_graph = referrers["manifests"][0]["digest"].as_str().unwrap();
    let shapes = serde_json::to_string_pretty(&json!([package, referrers, referrer, graph])).unwrap();
    let shapes = shapes.replace(created, "[time]").replace(&digest, "[package]");
    let shapes = shapes.replace(&format!("\"size\": {}", bytes.len()), "\"size\": \"[bala]\"");
    let shapes = shapes.replace(&Digest::of(&bytes).to_string(), "[bala]");
    insta::assert_snapshot!("oci", shapes.replace(manifest_of_graph, "[graph]"));
    let unencoded = json(&pod, &format!("/v2/acme/greet/referrers/{digest}?artifactType={GRAPH}")).await;
    assert_eq!(unencoded["manifests"].as_array().map(Vec::len), Some(1));
    let others = json(&pod, &format!("/v2/acme/greet/referrers/{digest}?artifactType=other")).await;
    assert_eq!(others["manifests"], json!([]));
    let none = json(&pod, &format!("/v2/acme/greet/referrers/{}", Digest::of(b"absent"))).await;
    assert_eq!((&none["manifests"], &none["mediaType"]), (&json!([]), &json!(INDEX)));
}

#[tokio::test]
async fn lists_of_versions_are_what_a_distribution_can_use() {
    let pod = shop().await;
    for (tag, expected) in [
        ("latest", json!(["1.2.0", "1.1.0", "1.0.0"])),
        ("v2201-13-0", json!(["1.1.0", "1.0.0"])),
        ("v2201-99-0", json!(["1.1.0", "1.0.0"])),
        ("v2201-12-0", json!(["1.0.0"])),
    ] {
        let (digest, list) = manifest(&pod, tag).await;
        assert_eq!(manifest(&pod, &digest).await.1, list);
        let versions: Value =
            serde_json::from_slice(&blob(&pod, &list["layers"][0]["digest"]).await).unwrap();
        assert_eq!(versions, expected, "{tag}");
    }
    let none = pod.get("/v2/acme/greet/manifests/v2201-11-0").await;
    assert_eq!(none.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_deprecated_version_says_so_and_stays_where_it_was_pinned() {
    let pod = shop().await;
    let (before, _) = manifest(&pod, "1.0.0").await;
    deprecate(&pod, "use \"hello\"").await;
    let (after, package) = manifest(&pod, "1.0.0").await;
    assert_ne!(before, after);
    let annotations = &package["annotations"];
    assert_eq!(annotations["io.ballerina.deprecated"], json!("true"));
    assert_eq!(annotations["io.ballerina.deprecation-message"], json!("use \"hello\""));
    for digest in [before, after] {
        let (_, package) = manifest(&pod, &digest).await;
        blob(&pod, &package["layers"][0]["digest"]).await;
        let referrers = json(&pod, &format!("/v2/acme/greet/referrers/{digest}")).await;
        manifest(&pod, referrers["manifests"][0]["digest"].as_str().unwrap()).await;
    }
}

#[tokio::test]
async fn parts_and_conditions() {
    let pod = shop().await;
    let (_, package) = manifest(&pod, "1.0.0").await;
    let layer = package["layers"][0]["digest"].as_str().unwrap().to_owned();
    let bala = blob(&pod, &package["layers"][0]["digest"]).await;
    for (digest, bytes) in
        [(layer.as_str(), bala.as_slice()), (package["config"]["digest"].as_str().unwrap(), b"{}")]
    {
        let path = format!("/v2/acme/greet/blobs/{digest}");
        let part = pod.request(Method::GET, &path).header("range", "bytes=1-").send().await.unwrap();
        assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(part.bytes().await.unwrap(), &bytes[1..]);
        let beyond = pod.request(Method::GET, &path).header("range", "bytes=999999-").send().await.unwrap();
        assert_eq!(refused(beyond).await.0, 416);
        let head = pod.request(Method::HEAD, &path).send().await.unwrap();
        assert_eq!(header(&head, "content-length"), bytes.len().to_string());
        let same = pod.request(Method::GET, &path).header("if-none-match", format!("\"{digest}\""));
        assert_eq!(same.send().await.unwrap().status(), StatusCode::NOT_MODIFIED);
    }
}

#[tokio::test]
async fn lists_come_in_pages_for_whom_wants_them() {
    let pod = shop().await;
    let mut path = "/v2/acme/greet/tags/list?n=2".to_owned();
    let mut pages = Vec::new();
    for _ in 0..2 {
        let answer = pod.get(&path).await;
        let link = answer.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
        let tags: Value = answer.json().await.unwrap();
        pages.push(tags["tags"].clone());
        let Some(link) = link else { break };
        path = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap().to_owned();
    }
    assert_eq!(pages, [json!(["1.0.0", "1.1.0"]), json!(["1.2.0"])]);
    assert_eq!(json(&pod, "/v2/acme/greet/tags/list?n=0").await["tags"], json!([]));
    let bad = refused(pod.get("/v2/acme/greet/tags/list?n=x").await).await;
    assert_eq!(bad, (400, "PAGINATION_NUMBER_INVALID: n is not a number".to_owned()));

    pod.publish(&Bala::new("beta", "hello", "1.0.0")).await;
    let all = pod.get_as("read-acme", "/v2/_catalog?n=2").await;
    assert_eq!(header(&all, "link"), "</v2/_catalog?n=2&last=acme%2Fsecret>; rel=\"next\"");
    let repositories = |answer: Value| answer["repositories"].clone();
    assert_eq!(repositories(all.json().await.unwrap()), json!(["acme/greet", "acme/secret"]));
    for (last, expected) in [
        ("", json!(["acme/greet", "beta/hello"])),
        ("?last=acme/greet", json!(["beta/hello"])),
        ("?last=acme/secret", json!(["beta/hello"])),
        ("?last=beta/hello", json!([])),
        ("?last=zz", json!([])),
        ("?last=//", json!(["acme/greet", "beta/hello"])),
    ] {
        assert_eq!(repositories(json(&pod, &format!("/v2/_catalog{last}")).await), expected, "{last}");
    }
}

#[tokio::test]
async fn what_another_pod_has_just_acknowledged_is_there() {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let pods = [
        Pod::over(Arc::clone(&store), LIMIT, AnonymousRead::Allowed, limits()).await,
        Pod::over(store, LIMIT, AnonymousRead::Allowed, limits()).await,
    ];
    for patch in 0..3 {
        let version = format!("1.{patch}.0");
        let bytes = pods[0].publish(&Bala::new("acme", "Greet", &version)).await;
        let layer = json!(Digest::of(&bytes).to_string());
        let (digest, _) = manifest(&pods[0], &version).await;
        assert_eq!(manifest(&pods[1], &digest).await.1["layers"][0]["digest"], layer);
        assert_eq!(blob(&pods[1], &layer).await, bytes);
    }
}
