//! What nobody pushes over OCI, or not everybody, and in which words.

use barre_core::access::AnonymousRead;
use barre_testkit::bala::Bala;
use reqwest::Method;
use serde_json::{Value, json};

use crate::oci::header;
use crate::oci_push_client::{Client, MANIFEST, about, bala, descriptor, digest, layer, package};
use crate::oci_refusals::refused;
use crate::server_harness::{LIMIT, Pod, limits};

const TIME: &str = "2026-11-27T10:00:00Z";

#[tokio::test]
async fn who_may_not_publish_is_told_before_a_byte_is_read() {
    let pod = Pod::start().await;
    let client = Client::new(&pod, "acme/greet");
    let session = client.begin().await;
    let bytes = bala("1.0.0").build();
    let paths = [
        (Method::POST, "/v2/acme/greet/blobs/uploads/".to_owned()),
        (Method::POST, format!("/v2/acme/greet/blobs/uploads/?digest={}", digest(&bytes))),
        (Method::PATCH, session.clone()),
        (Method::PUT, format!("{session}?digest={}", digest(&bytes))),
        (Method::GET, session.clone()),
        (Method::DELETE, session.clone()),
        (Method::PUT, "/v2/acme/greet/manifests/1.0.0".to_owned()),
    ];
    let unread = || {
        let pieces = futures::stream::pending::<Result<Vec<u8>, std::io::Error>>();
        reqwest::Body::wrap_stream(pieces)
    };
    for (method, path) in paths {
        let body = || if method == Method::GET { reqwest::Body::default() } else { unread() };
        let asked = pod.request(method.clone(), &path).body(body()).send().await.unwrap();
        let challenge = header(&asked, "www-authenticate").to_owned();
        assert!(challenge.ends_with(",scope=\"repository:acme/greet:pull,push\""), "{challenge}");
        let text = "UNAUTHORIZED: pushing to acme/greet needs an access token: log in with any user name, and an access \
                    token for the password";
        assert_eq!(refused(asked).await, (401, text.to_owned()));
        for (token, why) in [
            ("read-acme", "a token that allows publish, and token \"read-acme\" does not"),
            ("publish-beta", "a token for that organization, and token \"publish-beta\" is for \"beta\""),
        ] {
            let request = client.as_token(token).request(method.clone(), &path).body(body());
            let text = format!("DENIED: publishing to \"acme\" needs {why}");
            assert_eq!(refused(request.send().await.unwrap()).await, (403, text));
        }
        let wrong = client.as_token("wrong").request(method.clone(), &path).body(body());
        assert_eq!(refused(wrong.send().await.unwrap()).await.0, 401);
    }
    let reserved = Client { repository: "ballerina/io", ..client };
    assert_eq!(refused(reserved.get("blobs/uploads/x").await).await.0, 403);
}

#[tokio::test]
async fn what_is_staged_is_there_for_who_may_push_there_alone() {
    let pod = Pod::start().await;
    let client = Client::new(&pod, "acme/greet");
    client.streamed(b"secret").await;
    let path = format!("blobs/{}", digest(b"secret"));
    assert_eq!(client.bytes(&path).await, b"secret");
    assert_eq!(client.as_token("admin-all").bytes(&path).await, b"secret");
    for token in ["read-acme", "publish-beta", "read-beta"] {
        let refusal = refused(client.as_token(token).get(&path).await).await;
        assert_eq!(refusal, (404, "NAME_UNKNOWN: package acme/greet is not here".to_owned()), "{token}");
    }
    assert_eq!(pod.get(&format!("/v2/acme/greet/{path}")).await.status(), 401);
    let elsewhere = Client { repository: "acme/other", ..client };
    assert_eq!(elsewhere.head(&path).await, 404);
    // Nobody needs to send what every package has.
    let empty = format!("blobs/{}", digest(b"{}"));
    assert_eq!((client.head(&empty).await, client.as_token("read-acme").head(&empty).await), (200, 404));
}

#[tokio::test]
async fn a_package_that_is_private_stays_so() {
    let pod = Pod::start().await;
    let client = Client::new(&pod, "acme/greet");
    let bytes = bala("1.0.0").visibility("private").build();
    let pushed = client.oras("1.0.0", &bytes, TIME).await;
    client.streamed(b"signed").await;
    let manifest = about("a/b", b"signed", (&pushed, 1));
    let named = client.manifest(&digest(manifest.to_string().as_bytes()), MANIFEST, &manifest).await;
    let paths = [
        "manifests/1.0.0".to_owned(),
        format!("manifests/{pushed}"),
        format!("manifests/{named}"),
        format!("blobs/{}", digest(b"signed")),
        format!("referrers/{pushed}"),
    ];
    for path in paths {
        assert_eq!(client.as_token("read-acme").get(&path).await.status(), 200, "{path}");
        assert_eq!(client.as_token("read-beta").get(&path).await.status(), 404, "{path}");
        assert_eq!(pod.get(&format!("/v2/acme/greet/{path}")).await.status(), 401, "{path}");
    }
}

#[tokio::test]
async fn a_version_never_gets_other_bytes() {
    let pod = Pod::start().await;
    let client = Client::new(&pod, "acme/greet");
    let bytes = bala("1.0.0").build();
    let pushed = client.oras("1.0.0", &bytes, TIME).await;
    assert_eq!(client.oras("1.0.0", &bytes, TIME).await, pushed);
    let other = bala("1.0.0").readme("another one").build();
    client.blob(&other).await;
    let refusal = refused(client.put("1.0.0", MANIFEST, &package(&other, TIME).to_string()).await).await;
    assert_eq!(refusal.0, 409);
    assert!(refusal.1.starts_with("DENIED: ") && refusal.1.contains("acme/Greet:1.0.0"), "{}", refusal.1);
    // Neither under another tag or name.
    let text = "MANIFEST_INVALID: this is the bala of acme/Greet:1.0.0: it belongs into the repository acme/greet, under \
                the tag 1.0.0";
    let elsewhere = Client { repository: "acme/other", ..client };
    elsewhere.blob(&bytes).await;
    for (client, tag) in [(client, "1.0.1"), (elsewhere, "1.0.0"), (elsewhere, &pushed)] {
        let refusal = client.put(tag, MANIFEST, &package(&bytes, TIME).to_string()).await;
        assert_eq!(refused(refusal).await, (400, text.to_owned()), "{tag}");
    }
    assert_eq!(elsewhere.get("tags/list").await.status(), 404);
}

/// Somebody who has pushed a package and two blobs that are none, and the manifest of the package.
async fn with_a_package(client: Client<'_>) -> (Value, Vec<u8>, String) {
    let bytes = bala("1.0.0").build();
    let pushed = client.oras("1.0.0", &bytes, TIME).await;
    client.streamed(b"text").await;
    let no_bala = layer("readme.txt", b"text");
    client.streamed(&no_bala).await;
    (package(&bytes, TIME), no_bala, pushed)
}

fn with_layers(manifest: &Value, layers: &[&[u8]]) -> Value {
    let mut manifest = manifest.clone();
    manifest["layers"] = layers.iter().map(|layer| descriptor("a/b", layer)).collect();
    manifest
}

#[tokio::test]
async fn what_is_no_package_is_refused() {
    let pod = Pod::start().await;
    let client = Client::new(&pod, "acme/greet");
    let (good, no_bala, _) = with_a_package(client).await;
    let mut other_config = good.clone();
    other_config["config"] = descriptor("a/b", b"absent");
    let mut other_size = with_layers(&good, &[b"text"]);
    other_size["layers"][0]["size"] = json!(5);
    let absent = digest(b"absent");
    let unknown = "was not pushed to acme/greet in the last hours: push it again";
    for (manifest, text) in [
        (
            with_layers(&good, &[]),
            "INVALID: a package has one layer, its bala, and this manifest has 0".to_owned(),
        ),
        (with_layers(&good, &[b"text", b"{}"]), "INVALID: a package has one layer".to_owned()),
        (with_layers(&good, &[b"absent"]), format!("BLOB_UNKNOWN: {absent} {unknown}")),
        (with_layers(&good, &[b"text"]), "INVALID: ".to_owned()),
        (
            with_layers(&good, &[&no_bala]),
            "INVALID: the layer has no file whose name ends with .bala".to_owned(),
        ),
        (other_config, format!("BLOB_UNKNOWN: {absent} {unknown}")),
        (other_size, format!("INVALID: {} has 4 bytes, and 5 in the manifest", digest(b"text"))),
        (json!({}), "INVALID: the manifest cannot be read: missing field".to_owned()),
    ] {
        let refusal = refused(client.put("1.0.1", MANIFEST, &manifest.to_string()).await).await;
        assert!(
            refusal.0 == 400 && refusal.1.starts_with(&format!("MANIFEST_{text}")),
            "{text}: {refusal:?}"
        );
    }
    for (reference, text) in [
        (
            "sha256-00.sig",
            "MANIFEST_INVALID: a tag is the version of a package here, and \"sha256-00.sig\" is none",
        ),
        ("latest", "MANIFEST_INVALID: a tag is the version"),
        (&absent, "DIGEST_INVALID: the manifest has the digest"),
        ("sha256:00", "DIGEST_INVALID: a digest is"),
    ] {
        let refusal = refused(client.put(reference, MANIFEST, &good.to_string()).await).await;
        assert!(refusal.0 == 400 && refusal.1.starts_with(text), "{text}: {refusal:?}");
    }
    let huge = Value::String("x".repeat(4 * 1024 * 1024)).to_string();
    let text = "SIZE_INVALID: a manifest may have at most 4194304 bytes";
    assert_eq!(refused(client.put("1.0.1", MANIFEST, &huge).await).await, (413, text.to_owned()));
    let index = refused(client.put("1.0.1", "application/vnd.oci.image.index.v1+json", "{}").await).await;
    assert!(index.1.starts_with("MANIFEST_INVALID: manifests are of the type"), "{index:?}");
    let name = client.request(Method::POST, "/v2/acme/Greet/blobs/uploads/").send().await.unwrap();
    let text = "NAME_INVALID: packages are pushed to /v2/<organization>/<package>, in lower case";
    assert_eq!(refused(name).await, (400, text.to_owned()));
    assert_eq!(client.json("tags/list").await["tags"], json!(["1.0.0"]));
}

#[tokio::test]
async fn what_refers_to_nothing_here_is_refused() {
    let pod = Pod::start().await;
    let client = Client::new(&pod, "acme/greet");
    let (_, _, pushed) = with_a_package(client).await;
    let (absent, blob) = (digest(b"absent"), digest(b"text"));
    for (manifest, text) in [
        (about("a/b", b"text", (&absent, 1)), format!("INVALID: {absent} is not in acme/greet:")),
        // A blob is no manifest.
        (about("a/b", b"text", (&blob, 1)), format!("INVALID: {blob} is not in acme/greet:")),
        (about("a/b", b"absent", (&pushed, 1)), format!("BLOB_UNKNOWN: {absent}")),
    ] {
        let manifest = manifest.to_string();
        let refusal = refused(client.put(&digest(manifest.as_bytes()), MANIFEST, &manifest).await).await;
        assert!(
            refusal.0 == 400 && refusal.1.starts_with(&format!("MANIFEST_{text}")),
            "{text}: {refusal:?}"
        );
    }
    let tagged =
        refused(client.put("1.0.0", MANIFEST, &about("a/b", b"text", (&pushed, 1)).to_string()).await);
    let text = "MANIFEST_INVALID: what refers to another manifest has no tag here: push it by its digest";
    assert_eq!(tagged.await, (400, text.to_owned()));
}

/// A mount is never refused: the client is told to send the blob.
#[tokio::test]
async fn nothing_is_mounted() {
    let pod = Pod::start().await;
    let client = Client::new(&pod, "acme/other");
    let bytes = pod.publish(&bala("1.0.0")).await;
    let path = format!("blobs/uploads/?mount={}&from=acme/greet", digest(&bytes));
    let begun = client.request(Method::POST, &path).send().await.unwrap();
    assert_eq!(begun.status(), 202);
    assert_eq!(header(&begun, "oci-chunk-min-length"), "65536");
    assert_eq!(client.get(header(&begun, "location")).await.status(), 204);
}

#[tokio::test]
async fn one_bala_in_a_layer_is_as_large_as_any() {
    let pod = Pod::with(AnonymousRead::Allowed, limits()).await;
    let client = Client::new(&pod, "acme/greet");
    // Of a layer that is small as long as it is packed.
    let zeros = vec![0; usize::try_from(LIMIT).unwrap() + 1];
    let packed = layer("a.bala", &zeros);
    client.streamed(&packed).await;
    let mut manifest = package(b"", TIME);
    manifest["layers"] = json!([descriptor("a/b", &packed)]);
    let refusal = refused(client.put("1.0.0", MANIFEST, &manifest.to_string()).await).await;
    assert!(refusal.0 == 413 && refusal.1.ends_with("at most 65536 bytes"), "{refusal:?}");
}

#[tokio::test]
async fn many_sessions_of_one_token_leave_room_for_others() {
    let pod = Pod::start().await;
    let greedy = Client::new(&pod, "acme/greet");
    let mut waiting = Vec::new();
    for _ in 0..32 {
        let session = greedy.begin().await;
        let pieces = futures::stream::pending::<Result<Vec<u8>, std::io::Error>>();
        let request = greedy.request(Method::PATCH, &session).body(reqwest::Body::wrap_stream(pieces));
        waiting.push(tokio::spawn(request.send()));
    }
    let session = greedy.begin().await;
    let more = greedy.request(Method::PATCH, &session).body("x").send();
    let more = tokio::time::timeout(std::time::Duration::from_secs(1), more).await;
    assert!(more.is_err(), "a token has more than its share: {more:?}");
    let bytes = Bala::new("acme", "Greet", "1.0.0").build();
    greedy.as_token("publish-all").oras("1.0.0", &bytes, TIME).await;
    for request in waiting {
        request.abort();
    }
}
