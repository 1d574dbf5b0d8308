//! Blobs on their way in over OCI: at once, in chunks, by one pod or by two, and those that nobody goes on with.

use std::sync::Arc;

use barre_core::access::AnonymousRead;
use futures::TryStreamExt as _;
use object_store::ObjectStore;
use object_store::memory::InMemory;
use object_store::path::Path;
use reqwest::{Method, Response};

use crate::oci::header;
use crate::oci_push_client::{Client, MANIFEST, bala, digest, package};
use crate::oci_refusals::refused;
use crate::server_harness::{LIMIT, Pod, limits};

async fn chunk(client: Client<'_>, session: &str, begin: usize, bytes: &[u8]) -> Response {
    let range = format!("{begin}-{}", begin + bytes.len() - 1);
    let request = client.request(Method::PATCH, session).header("content-range", range);
    request.body(bytes.to_vec()).send().await.unwrap()
}

async fn end(client: Client<'_>, session: &str, digest: &str, bytes: &[u8]) -> Response {
    let request = client.request(Method::PUT, &format!("{session}?digest={digest}"));
    request.body(bytes.to_vec()).send().await.unwrap()
}

/// What lies below `uploads/`.
async fn uploads(store: &InMemory) -> Vec<String> {
    let listed = store.list(Some(&Path::from("uploads"))).map_ok(|found| found.location.to_string());
    listed.try_collect().await.unwrap()
}

#[tokio::test]
async fn chunks_come_in_order() {
    let pod = Pod::start().await;
    let client = Client::new(&pod, "acme/greet");
    let session = client.begin().await;
    for (begin, bytes, range) in [(0, &b"hello"[..], "0-4"), (5, b", ", "0-6")] {
        let added = chunk(client, &session, begin, bytes).await;
        assert_eq!((added.status().as_u16(), header(&added, "range")), (202, range));
    }
    // One that came before, one that is too early, and one that is not as long as it says.
    for begin in [0, 5, 8, 100] {
        let wrong = chunk(client, &session, begin, b"xyz").await;
        assert_eq!((header(&wrong, "range"), header(&wrong, "location")), ("0-6", session.as_str()));
        let text = "RANGE_INVALID: this chunk is out of order: the next one begins at byte 7";
        assert_eq!(refused(wrong).await, (416, text.to_owned()));
    }
    let short = client.request(Method::PATCH, &session).header("content-range", "7-7").body("xyz");
    assert_eq!(refused(short.send().await.unwrap()).await.0, 400);
    let told = client.get(&session).await;
    assert_eq!((told.status().as_u16(), header(&told, "range")), (204, "0-6"));
    // A digest that is wrong changes nothing.
    let wrong = refused(end(client, &session, &digest(b"x"), b"world").await).await;
    let text = format!(
        "DIGEST_INVALID: what was sent has the digest {}, and not {}",
        digest(b"hello, world"),
        digest(b"x")
    );
    assert_eq!(wrong, (400, text));
    assert_eq!(end(client, &session, &digest(b"hello, world"), b"world").await.status(), 201);
    assert_eq!(client.bytes(&format!("blobs/{}", digest(b"hello, world"))).await, b"hello, world");
    // It is over.
    let text = "BLOB_UPLOAD_UNKNOWN: this upload is not here: it is finished, was given up, or began more than 6 hours \
                ago. Begin again";
    assert_eq!(refused(client.get(&session).await).await, (404, text.to_owned()));
    assert_eq!(refused(chunk(client, &session, 12, b"x").await).await, (404, text.to_owned()));
}

#[tokio::test]
async fn what_is_not_one_blob_is_refused() {
    let pod = Pod::start().await;
    let client = Client::new(&pod, "acme/greet");
    let path = format!("blobs/uploads/?digest={}", digest(b"x"));
    let wrong = client.request(Method::POST, &path).body("y").send().await.unwrap();
    assert_eq!(refused(wrong).await.0, 400);
    assert_eq!(client.head(&format!("blobs/{}", digest(b"x"))).await, 404);
    let most = usize::try_from(LIMIT).unwrap();
    let text = format!("SIZE_INVALID: the package is larger than this registry takes: at most {LIMIT} bytes");
    let large = client.request(Method::POST, &path).body(vec![0; most + 1]).send().await.unwrap();
    assert_eq!(refused(large).await, (413, text.clone()));
    let session = client.begin().await;
    assert_eq!(chunk(client, &session, 0, &vec![0; most]).await.status(), 202);
    assert_eq!(refused(chunk(client, &session, most, b"0").await).await, (413, text.clone()));
    // The same where its length is not told before.
    let pieces = futures::stream::iter([Ok::<_, std::io::Error>("0")]);
    let body = reqwest::Body::wrap_stream(pieces);
    let unknown = client.request(Method::PATCH, &session).body(body).send().await.unwrap();
    assert_eq!(refused(unknown).await, (413, text));
    for wrong in ["", "?digest=", "?digest=sha512:00", "?digest=x"] {
        let ended = client.request(Method::PUT, &format!("{session}{wrong}")).send().await.unwrap();
        assert_eq!(refused(ended).await.0, 400, "{wrong}");
    }
    let elsewhere = session.replace("acme/greet", "acme/other");
    assert_eq!(refused(client.get(&elsewhere).await).await.0, 404);
    assert_eq!(refused(client.get("blobs/uploads/none").await).await.0, 404);
}

#[tokio::test]
async fn any_pod_goes_on_with_what_another_one_began() {
    let store = Arc::new(InMemory::new());
    let over = |store: &Arc<InMemory>| {
        Pod::over(Arc::clone(store) as Arc<dyn ObjectStore>, LIMIT, AnonymousRead::Allowed, limits())
    };
    let pods = [over(&store).await, over(&store).await];
    let [one, other] = [Client::new(&pods[0], "acme/greet"), Client::new(&pods[1], "acme/greet")];
    let bytes = bala("1.0.0").build();
    let (head, tail) = bytes.split_at(1000);
    let session = one.begin().await;
    assert_eq!(chunk(one, &session, 0, head).await.status(), 202);
    assert_eq!(chunk(other, &session, 1000, tail).await.status(), 202);
    assert_eq!(end(one, &session, &digest(&bytes), b"").await.status(), 201);
    assert_eq!(other.bytes(&format!("blobs/{}", digest(&bytes))).await, bytes);
    let pushed = other.manifest("1.0.0", MANIFEST, &package(&bytes, "2026-11-27T10:00:00Z")).await;
    for client in [one, other] {
        assert_eq!(digest(&client.bytes("manifests/1.0.0").await), pushed);
    }
    // Two that send the same chunk at once are both right; one that sends another is told.
    let session = one.begin().await;
    let (first, second) = tokio::join!(chunk(one, &session, 0, b"same"), chunk(other, &session, 0, b"same"));
    let mut answers = [first.status().as_u16(), second.status().as_u16()];
    answers.sort_unstable();
    assert!([[202, 202], [202, 416]].contains(&answers), "{answers:?}");
    assert_eq!(header(&one.get(&session).await, "range"), "0-3");
}

#[tokio::test]
async fn what_is_given_up_goes() {
    let store = Arc::new(InMemory::new());
    let pod = Pod::over(Arc::clone(&store) as _, LIMIT, AnonymousRead::Allowed, limits()).await;
    let client = Client::new(&pod, "acme/greet");
    let session = client.begin().await;
    chunk(client, &session, 0, b"some").await;
    let given_up = client.request(Method::DELETE, &session).send().await.unwrap();
    assert_eq!(given_up.status(), 204);
    assert_eq!(uploads(&store).await, [""; 0]);
    let again = client.request(Method::DELETE, &session).send().await.unwrap();
    assert_eq!(refused(again).await.0, 404);

    // What nobody ends, and what was never named, goes after a day.
    let session = client.begin().await;
    chunk(client, &session, 0, b"some").await;
    client.streamed(b"blob").await;
    let bytes = bala("1.0.0").build();
    client.oras("1.0.0", &bytes, "2026-11-27T10:00:00Z").await;
    let publisher = &pod.services.publisher;
    let now = pod.log.now();
    assert_eq!(publisher.sweep_before(now - jiff::SignedDuration::from_mins(1)).await.unwrap(), 0);
    assert_eq!(client.head(&format!("blobs/{}", digest(b"blob"))).await, 200);
    let there = uploads(&store).await.len() as u64;
    let after = now + jiff::SignedDuration::from_mins(1);
    assert_eq!((publisher.sweep_before(after).await.unwrap(), uploads(&store).await.len()), (there, 0));
    assert_eq!(client.head(&format!("blobs/{}", digest(b"blob"))).await, 404);
    assert_eq!(client.bytes(&format!("blobs/{}", digest(&bytes))).await, bytes);
}

/// What is told of is not deleted for hours: so it is no longer told of before that.
#[tokio::test]
async fn nothing_is_told_of_that_may_go_while_it_is_named() {
    let store = Arc::new(InMemory::new());
    let pod = Pod::over(Arc::clone(&store) as _, LIMIT, AnonymousRead::Allowed, limits()).await;
    let client = Client::new(&pod, "acme/greet");
    client.streamed(b"blob").await;
    let session = client.begin().await;
    for (hours, blob, session_status) in [(5, 200, 204), (7, 200, 404), (13, 404, 404)] {
        let later = Pod::later(Arc::clone(&store) as _, jiff::SignedDuration::from_hours(hours)).await;
        let client = Client::new(&later, "acme/greet");
        assert_eq!(client.head(&format!("blobs/{}", digest(b"blob"))).await, blob, "after {hours} hours");
        assert_eq!(client.get(&session).await.status(), session_status, "after {hours} hours");
    }
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_the_session_as_it_was() {
    let pod = Pod::start().await;
    let client = Client::new(&pod, "acme/greet");
    let session = client.begin().await;
    chunk(client, &session, 0, b"some").await;
    let pieces = futures::stream::iter([Ok("more"), Err(std::io::Error::other("gone"))]);
    let broken =
        client.request(Method::PATCH, &session).body(reqwest::Body::wrap_stream(pieces)).send().await;
    assert!(broken.is_err());
    assert_eq!(header(&client.get(&session).await, "range"), "0-3");
    assert_eq!(end(client, &session, &digest(b"something"), b"thing").await.status(), 201);
}

/// A blob of several parts in the store.
#[tokio::test]
async fn a_large_blob_lies_in_parts() {
    let pod = Pod::taking(16 * 1024 * 1024, AnonymousRead::Allowed, limits()).await;
    let client = Client::new(&pod, "acme/greet");
    let bytes: Vec<u8> = (0..11 * 1024 * 1024_u32).map(|i| (i % 251) as u8).collect();
    client.streamed(&bytes).await;
    assert_eq!(client.bytes(&format!("blobs/{}", digest(&bytes))).await, bytes);
    let bala = bala("1.0.0").padding(6 * 1024 * 1024).build();
    client.oras("1.0.0", &bala, "2026-11-27T10:00:00Z").await;
    assert_eq!(client.bytes(&format!("blobs/{}", digest(&bala))).await, bala);
}
