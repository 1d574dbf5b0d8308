//! SBOMs that were pushed to a Maven repository, as clients of OCI find them.

use barre_testkit::bala::Bala;
use serde_json::{Value, json};

use crate::maven::{OPEN, SBOM, push, put};
use crate::oci::header;
use crate::oci_push_client::{Client, MANIFEST, about, digest};
use crate::server_harness::Pod;

const SBOM_TYPE: &str = "application/vnd.cyclonedx+json";
const SBOM_QUERY: &str = "application/vnd.cyclonedx%2Bjson";

/// `acme/greet` in this version, and its SBOMs.
async fn pushed(pod: &Pod, bala: Bala, version: &str, sboms: &[&str]) -> Vec<u8> {
    let folder = format!("{OPEN}/acme/greet/{version}");
    let bytes = push(pod, &format!("{folder}/greet-{version}.bala"), &bala).await;
    for sbom in sboms {
        let path = format!("{folder}/bom.cdx.json");
        assert_eq!(put(pod, Some("publish-acme"), &path, (*sbom).to_owned()).await.status(), 201);
    }
    bytes
}

/// The digests of the SBOMs that are listed for a manifest, and those of the manifests about them.
async fn listed(client: Client<'_>, subject: &str) -> Vec<(String, String)> {
    let answer = client.get(&format!("referrers/{subject}?artifactType={SBOM_QUERY}")).await;
    assert_eq!((answer.status().as_u16(), header(&answer, "oci-filters-applied")), (200, "artifactType"));
    let found: Value = answer.json().await.unwrap();
    let mut listed = Vec::new();
    for referrer in found["manifests"].as_array().unwrap() {
        let manifest = client.bytes(&format!("manifests/{}", referrer["digest"].as_str().unwrap())).await;
        assert_eq!(
            (&referrer["size"], &referrer["artifactType"]),
            (&json!(manifest.len()), &json!(SBOM_TYPE))
        );
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        assert_eq!(manifest["subject"]["digest"], json!(subject));
        let layers = manifest["layers"].as_array().unwrap();
        let [layer] = &layers[..] else { panic!("{manifest}") };
        assert_eq!((&layer["mediaType"], &manifest["artifactType"]), (&json!(SBOM_TYPE), &json!(SBOM_TYPE)));
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        listed.push((text(&layer["digest"]), text(&referrer["digest"])));
    }
    listed
}

#[tokio::test]
async fn whoever_looks_for_the_sboms_of_a_version_finds_them() {
    let pod = Pod::start().await;
    let newer = SBOM.replace("[]", "[{}]");
    let bytes = pushed(&pod, Bala::new("acme", "greet", "1.0.0"), "1.0.0", &[SBOM, &newer]).await;
    let client = Client::new(&pod, "acme/greet");
    let derived = digest(&client.bytes("manifests/1.0.0").await);
    let of_client = client.oras("1.0.0", &bytes, "2026-11-27T10:00:00Z").await;
    assert_ne!(derived, of_client);
    for subject in [&derived, &of_client] {
        let found = listed(client.as_token("read-beta"), subject).await;
        let blobs: Vec<_> = found.iter().map(|(blob, _)| blob.as_str()).collect();
        assert_eq!(blobs, [digest(SBOM.as_bytes()), digest(newer.as_bytes())]);
        for (blob, text) in blobs.iter().zip([SBOM, &newer]) {
            assert_eq!(client.bytes(&format!("blobs/{blob}")).await, text.as_bytes());
        }
        // Beside the graph.
        let all = client.json(&format!("referrers/{subject}")).await;
        assert_eq!(all["manifests"].as_array().unwrap().len(), 3);
    }
    // About an SBOM something can be said, with the bytes that are there.
    let (_, subject) = listed(client, &derived).await.remove(0);
    client.blob(SBOM.as_bytes()).await;
    let manifest = about("a/b", SBOM.as_bytes(), (&subject, 1));
    client.manifest(&digest(manifest.to_string().as_bytes()), MANIFEST, &manifest).await;
    let found = client.json(&format!("referrers/{subject}")).await;
    assert_eq!(found["manifests"][0]["artifactType"], json!("a/b"));
}

#[tokio::test]
async fn that_of_a_private_version_shows_to_nobody_else() {
    let pod = Pod::start().await;
    pushed(&pod, Bala::new("acme", "greet", "1.0.0"), "1.0.0", &[]).await;
    let bala = Bala::new("acme", "greet", "2.0.0").visibility("private");
    pushed(&pod, bala, "2.0.0", &[SBOM]).await;
    let client = Client::new(&pod, "acme/greet").as_token("read-acme");
    let subject = digest(&client.bytes("manifests/2.0.0").await);
    let [(blob, manifest)] = &listed(client, &subject).await[..] else { panic!("one SBOM") };
    let paths = [format!("manifests/{manifest}"), format!("blobs/{blob}")];
    for path in &paths {
        assert_eq!(client.as_token("read-beta").get(path).await.status(), 404, "{path}");
        assert_eq!(pod.get(&format!("/v2/acme/greet/{path}")).await.status(), 401, "{path}");
    }
    assert!(listed(client.as_token("read-beta"), &subject).await.is_empty());
    // Whoever may see another version with the same SBOM finds its bytes, and nothing of this one.
    let path = format!("{OPEN}/acme/greet/1.0.0/bom.cdx.json");
    assert_eq!(put(&pod, Some("publish-acme"), &path, SBOM).await.status(), 201);
    assert_eq!(pod.get(&format!("/v2/acme/greet/{}", paths[1])).await.text().await.unwrap(), SBOM);
    assert_eq!(pod.get(&format!("/v2/acme/greet/{}", paths[0])).await.status(), 401);
}

/// A copy of what is derived is no second one once the SBOM itself comes.
#[tokio::test]
async fn what_was_copied_and_is_derived_is_listed_once() {
    let (from, to) = (Pod::start().await, Pod::start().await);
    let bytes = pushed(&from, Bala::new("acme", "greet", "1.0.0"), "1.0.0", &[SBOM]).await;
    let (from, copy) = (Client::new(&from, "acme/greet"), Client::new(&to, "acme/greet"));
    let text = String::from_utf8(from.bytes("manifests/1.0.0").await).unwrap();
    copy.blob(&bytes).await;
    assert_eq!(copy.put("1.0.0", MANIFEST, &text).await.status(), 201);
    let subject = digest(text.as_bytes());
    let [(blob, manifest)] = &listed(from, &subject).await[..] else { panic!("one SBOM") };
    copy.blob(&from.bytes(&format!("blobs/{blob}")).await).await;
    let referrer = String::from_utf8(from.bytes(&format!("manifests/{manifest}")).await).unwrap();
    assert_eq!(copy.put(manifest, MANIFEST, &referrer).await.status(), 201);
    for _ in 0..2 {
        assert_eq!(listed(copy, &subject).await, [(blob.clone(), manifest.clone())]);
        pushed(&to, Bala::new("acme", "greet", "1.0.0"), "1.0.0", &[SBOM]).await;
    }
}
