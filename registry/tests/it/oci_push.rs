//! Pushes over OCI, and what becomes of them.

use barre_core::access::AnonymousRead;
use reqwest::Method;
use serde_json::{Value, json};

use crate::oci::header;
use crate::oci_push_client::{Client, MANIFEST, about, bala, descriptor, digest, layer, package};
use crate::oci_refusals::refused;
use crate::server_harness::{Pod, limits, secret};

const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const GRAPH: &str = "application/vnd.ballerina.dependency-graph.v1+json";
const GRAPH_QUERY: &str = "application/vnd.ballerina.dependency-graph.v1%2Bjson";

fn types(referrers: &Value) -> Vec<&str> {
    let manifests = referrers["manifests"].as_array().unwrap();
    manifests.iter().map(|manifest| manifest["artifactType"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn bal_pushes_a_package_and_its_graph() {
    let pod = Pod::start().await;
    let client = Client::new(&pod, "acme/greet");
    let bytes = bala("1.0.0").build();
    assert_eq!(client.get("tags/list").await.status(), 404);
    assert_eq!(client.json(&format!("referrers/{}", digest(&bytes))).await["manifests"], json!([]));
    assert_eq!(
        client.as_token("read-acme").get(&format!("referrers/{}", digest(&bytes))).await.status(),
        404
    );
    let pushed = client.oras("1.0.0", &bytes, "2026-11-27T10:00:00Z").await;
    // By the tag it reads what it has just written.
    let tagged = client.bytes("manifests/1.0.0").await;
    assert_eq!(digest(&tagged), pushed);

    let graph = json!({ "packages": [], "modules": [] }).to_string().into_bytes();
    client.blob(&graph).await;
    let text = about(GRAPH, &graph, (&pushed, tagged.len())).to_string();
    let named = digest(text.as_bytes());
    let put = client.put(&named, MANIFEST, &text).await;
    assert_eq!((put.status().as_u16(), header(&put, "oci-subject")), (201, pushed.as_str()));
    assert_eq!(client.bytes(&format!("manifests/{named}")).await, text.as_bytes());
    assert_eq!(client.bytes(&format!("blobs/{}", digest(&graph))).await, graph);

    // What others find: one graph, the one that the bala has.
    let found = client.json(&format!("referrers/{pushed}?artifactType={GRAPH_QUERY}")).await;
    let [only] = &found["manifests"].as_array().unwrap()[..] else { panic!("{found}") };
    let referrer = client.bytes(&format!("manifests/{}", only["digest"].as_str().unwrap())).await;
    let referrer: Value = serde_json::from_slice(&referrer).unwrap();
    assert_eq!(referrer["subject"]["digest"], json!(pushed));
    let blob = client.bytes(&format!("blobs/{}", referrer["layers"][0]["digest"].as_str().unwrap())).await;
    assert!(String::from_utf8(blob).unwrap().contains("\"org\":\"ballerina\",\"name\":\"io\""));

    // By Central's API it is a package like any other.
    let pulled = pod.get("/files/acme/Greet/1.0.0/acme-Greet-any-1.0.0.bala").await;
    assert_eq!(pulled.bytes().await.unwrap(), bytes);
    assert_eq!(client.json("tags/list").await["tags"], json!(["1.0.0"]));
}

#[tokio::test]
async fn builders_of_images_push_a_package() {
    let pod = Pod::start().await;
    let client = Client::new(&pod, "acme/greet");
    let bytes = bala("1.0.0").build();
    let layer = layer("acme-Greet-any-1.0.0.bala", &bytes);
    let config = json!({ "architecture": "amd64", "os": "linux" }).to_string().into_bytes();
    client.streamed(&layer).await;
    client.streamed(&config).await;
    let manifest = json!({
        "schemaVersion": 2, "mediaType": DOCKER_MANIFEST,
        "config": descriptor("application/vnd.docker.container.image.v1+json", &config),
        "layers": [descriptor("application/vnd.docker.image.rootfs.diff.tar.gzip", &layer)],
    });
    let pushed = client.manifest("1.0.0", DOCKER_MANIFEST, &manifest).await;
    // The tag shows what clients need to know of it, which is not in what was pushed.
    let tagged: Value = serde_json::from_slice(&client.bytes("manifests/1.0.0").await).unwrap();
    assert_eq!(tagged["annotations"]["io.ballerina.platform"], json!("any"));
    assert_eq!(tagged["layers"][0]["digest"], json!(digest(&bytes)));
    assert_eq!(client.bytes(&format!("blobs/{}", digest(&bytes))).await, bytes);
    // By its digest everything is as it came.
    let kept = client.get(&format!("manifests/{pushed}")).await;
    assert_eq!(header(&kept, "content-type"), DOCKER_MANIFEST);
    for blob in [&layer, &config] {
        assert_eq!(&client.bytes(&format!("blobs/{}", digest(blob))).await, blob);
    }
    assert_eq!(types(&client.json(&format!("referrers/{pushed}")).await), [GRAPH]);
    // Once more, when its blobs are no longer staged.
    pod.services.publisher.sweep_before(jiff::Timestamp::MAX).await.unwrap();
    assert_eq!(client.manifest("1.0.0", DOCKER_MANIFEST, &manifest).await, pushed);
}

#[tokio::test]
async fn the_tag_shows_what_was_pushed_while_that_is_so() {
    let pod = Pod::start().await;
    let client = Client::new(&pod, "acme/greet");
    let bytes = bala("1.0.0").build();
    let mut wrong = package(&bytes, "2026-11-27T09:00:00Z");
    wrong["annotations"]["io.ballerina.platform"] = json!("java21");
    client.blob(&bytes).await;
    let misleading = client.manifest("1.0.0", MANIFEST, &wrong).await;
    let tag = async || digest(&client.bytes("manifests/1.0.0").await);
    let derived = tag().await;
    assert_ne!(derived, misleading);
    // The same bala again, in a newer manifest: the first that tells the truth stays.
    let first = client.oras("1.0.0", &bytes, "2026-11-27T10:00:00Z").await;
    let second = client.oras("1.0.0", &bytes, "2026-11-27T11:00:00Z").await;
    assert_ne!(first, second);
    assert_eq!(tag().await, first);

    let path = "packages/deprecate/acme/Greet/1.0.0";
    let deprecate = pod.request(Method::PUT, path).bearer_auth(secret("publish-acme")).body("{}");
    assert_eq!(deprecate.send().await.unwrap().status(), 200);
    let told: Value = serde_json::from_slice(&client.bytes("manifests/1.0.0").await).unwrap();
    assert_eq!(told["annotations"]["io.ballerina.deprecated"], json!("true"));
    for pinned in [&derived, &misleading, &first, &second] {
        client.bytes(&format!("manifests/{pinned}")).await;
    }
}

#[tokio::test]
async fn what_refers_to_a_package_is_kept_as_it_came() {
    let pod = Pod::start().await;
    let client = Client::new(&pod, "acme/greet");
    let bytes = bala("1.0.0").build();
    let pushed = client.oras("1.0.0", &bytes, "2026-11-27T10:00:00Z").await;
    let signature = b"signed".to_vec();
    client.streamed(&signature).await;
    let manifest = about("application/vnd.dev.sigstore.bundle.v0.3+json", &signature, (&pushed, 1));
    let sent = client.manifest(&digest(manifest.to_string().as_bytes()), MANIFEST, &manifest).await;
    let found = client.json(&format!("referrers/{pushed}")).await;
    assert_eq!(types(&found), [GRAPH, "application/vnd.dev.sigstore.bundle.v0.3+json"]);
    assert_eq!(found["manifests"][1]["digest"], json!(sent));
    assert_eq!(found["manifests"][1]["annotations"], json!({ "made-by": "a test" }));
    // About what is derived as well, and about what refers to something itself.
    let graph = found["manifests"][0]["digest"].as_str().unwrap().to_owned();
    for subject in [&graph, &sent] {
        let manifest = about("a/b", &signature, (subject, 1));
        client.manifest(&digest(manifest.to_string().as_bytes()), MANIFEST, &manifest).await;
        assert_eq!(types(&client.json(&format!("referrers/{subject}")).await), ["a/b"]);
    }
    // The same once more, and everybody reads it.
    client.manifest(&sent, MANIFEST, &manifest).await;
    let reader = client.as_token("read-beta");
    assert_eq!(types(&reader.json(&format!("referrers/{pushed}?artifactType=a/b")).await), [""; 0]);
    assert_eq!(reader.bytes(&format!("blobs/{}", digest(&signature))).await, signature);
}

#[tokio::test]
async fn a_package_is_copied_from_another_registry() {
    let (from, to) = (Pod::start().await, Pod::start().await);
    let bytes = from.publish(&bala("1.0.0")).await;
    let (from, to) = (Client::new(&from, "acme/greet"), Client::new(&to, "acme/greet"));
    let manifest = from.bytes("manifests/1.0.0").await;
    let source = digest(&manifest);
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    to.blob(&bytes).await;
    // First by its digest, then by its tag: so copies are made that take along what refers to it.
    let text = String::from_utf8(from.bytes("manifests/1.0.0").await).unwrap();
    assert_eq!(to.put(&source, MANIFEST, &text).await.status(), 201);
    let referrers = from.json(&format!("referrers/{source}")).await;
    let graph = referrers["manifests"][0]["digest"].as_str().unwrap();
    let graph_manifest = from.bytes(&format!("manifests/{graph}")).await;
    let parsed: Value = serde_json::from_slice(&graph_manifest).unwrap();
    to.blob(&from.bytes(&format!("blobs/{}", parsed["layers"][0]["digest"].as_str().unwrap())).await).await;
    let put = to.put(graph, MANIFEST, &String::from_utf8(graph_manifest).unwrap()).await;
    assert_eq!((put.status().as_u16(), header(&put, "oci-subject")), (201, source.as_str()));
    assert_eq!(to.put("1.0.0", MANIFEST, &text).await.status(), 201);
    assert_eq!(digest(&to.bytes("manifests/1.0.0").await), source, "{manifest}");
    assert_eq!(to.bytes(&format!("blobs/{}", digest(&bytes))).await, bytes);
    assert_eq!(types(&to.json(&format!("referrers/{source}")).await), [GRAPH]);
}

/// The package is there, by what is made of it; what was pushed is not.
#[tokio::test]
async fn a_layer_that_is_too_large_to_keep_is_a_package_all_the_same() {
    let pod = Pod::taking(32 * 1024 * 1024, AnonymousRead::Allowed, limits()).await;
    let client = Client::new(&pod, "acme/greet");
    let bytes = bala("1.0.0").padding(17 * 1024 * 1024).build();
    let packed = layer("a.bala", &bytes);
    client.streamed(&packed).await;
    client.blob(b"{}").await;
    let mut manifest = package(&bytes, "2026-11-27T10:00:00Z");
    manifest["layers"] = json!([descriptor("application/vnd.oci.image.layer.v1.tar+gzip", &packed)]);
    let manifest = manifest.to_string();
    assert_eq!(client.put("1.0.0", MANIFEST, &manifest).await.status(), 201);
    assert_eq!(client.head(&format!("manifests/{}", digest(manifest.as_bytes()))).await, 404);
    assert_eq!(client.bytes(&format!("blobs/{}", digest(&bytes))).await, bytes);
    // Of what refers to it nobody is told that it is there when it is not.
    let pushed = digest(&client.bytes("manifests/1.0.0").await);
    let about = about("a/b", &packed, (&pushed, 1)).to_string();
    let refusal = refused(client.put(&digest(about.as_bytes()), MANIFEST, &about).await).await;
    assert!(refusal.0 == 413 && refusal.1.contains("may have 16 MiB at most"), "{refusal:?}");
}
