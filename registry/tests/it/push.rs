//! What arrives by `bal push`, well formed and not.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use barre_core::bala::Limits;
use barre_core::digest::Digest;
use barre_core::format::{Format, NEWEST};
use barre_registry::base::instruments::Instruments;
use barre_registry::base::metrics::Metrics;
use barre_registry::log::{self, Opening};
use barre_registry::service::memory::Memory;
use barre_registry::service::publish::{self, Publisher};
use barre_registry::store::Store;
use barre_testkit::bala::Bala;
use bytes::Bytes;
use futures::future::join_all;
use reqwest::{Body, Method, Response, StatusCode};

use crate::faulty::{Course, Fate, Faulty, Request};
use crate::server_harness::{LIMIT, Pod, admin, form, refusal, secret, upload};

async fn raw(pod: &Pod, content_type: &str, body: impl Into<Body>) -> Response {
    let request = pod.request(Method::POST, "packages").bearer_auth(secret("publish-acme"));
    request.header("content-type", content_type).body(body).send().await.unwrap()
}

/// A body in pieces, without a Content-Length.
fn chunked(body: &[u8]) -> Body {
    let pieces: Vec<_> =
        body.chunks(10_000).map(|piece| Ok::<_, std::io::Error>(Bytes::copy_from_slice(piece))).collect();
    Body::wrap_stream(futures::stream::iter(pieces))
}

fn framed(head: &str, content: &[u8], end: &str) -> Vec<u8> {
    [head.as_bytes(), content, end.as_bytes()].concat()
}

const FORM: &str = "multipart/form-data; boundary=X";
const HEAD: &str = "--X\r\nContent-Disposition: form-data; name=\"bala-file\"; filename=\"acme-greet-any-1.0.0.bala\"\r\n\r\n";
const END: &str = "\r\n--X--\r\n";

#[tokio::test]
async fn the_same_bytes_again_are_a_success_and_others_are_not() {
    let pod = Pod::start().await;
    let bala = Bala::new("acme", "greet", "1.0.0");
    for _ in 0..2 {
        let answer = pod.push("publish-acme", &bala.file_name(), bala.build()).await;
        assert_eq!(
            (answer.status(), answer.headers()["barre-seq"].as_bytes()),
            (StatusCode::NO_CONTENT, &b"2"[..])
        );
    }
    let other = bala.clone().readme("# other\n\nIt is not the same.\n");
    let (status, text) = refusal(pod.push("publish-acme", &other.file_name(), other.build()).await).await;
    assert_eq!((status, text.contains("acme/greet:1.0.0")), (400, true), "{text}");
    assert_eq!(pod.log.state().seq(), 2);
}

#[tokio::test]
async fn what_cannot_be_written_is_refused_before_it_is_read() {
    let pod = Pod::start().await;
    let newer = Format { writer: NEWEST.writer + 1, ..NEWEST };
    pod.log.commit(pod.log.change("test", newer)).await.unwrap();
    let (status, text) = refusal(raw(&pod, FORM, "this is no form").await).await;
    assert_eq!((status, text.contains("read-only")), (503, true), "{text}");
}

#[tokio::test]
async fn a_form_without_length_or_digest_is_accepted() {
    let pod = Pod::start().await;
    let body = framed(HEAD, &Bala::new("acme", "greet", "1.0.0").build(), END);
    assert_eq!(raw(&pod, FORM, chunked(&body)).await.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_digest_may_have_lost_its_leading_zeros_but_not_more() {
    let pod = Pod::start().await;
    let zero = |n: &u32| {
        let bala = Bala::new("acme", "greet", &format!("1.0.{n}"));
        Digest::of(&bala.build()).hex().starts_with('0')
    };
    let bala = Bala::new("acme", "greet", &format!("1.0.{}", (0..10_000).find(zero).unwrap()));
    let hex = Digest::of(&bala.build()).hex();
    let push = async |digest: &str| {
        let request = pod
            .request(Method::POST, "packages")
            .bearer_auth(secret("publish-acme"))
            .header("digest", digest);
        request.multipart(form(&bala.file_name(), bala.build())).send().await.unwrap()
    };
    for wrong in [&format!("sha-256={}", hex.replace('1', "2")), "sha-256=", "md5=00", "sha-256=xyz"] {
        assert_eq!(refusal(push(wrong).await).await.0, 400, "{wrong}");
    }
    let right = push(&format!("sha-256={}", hex.trim_start_matches('0'))).await;
    assert_eq!(right.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn an_oversize_package_is_refused_with_and_without_its_length() {
    let pod = Pod::start().await;
    let size = usize::try_from(LIMIT).unwrap();
    for body in [size + 1, size * 2, size * 4] {
        let body = framed(HEAD, &vec![b'x'; body], END);
        for answer in [raw(&pod, FORM, body.clone()).await, raw(&pod, FORM, chunked(&body)).await] {
            let (status, text) = refusal(answer).await;
            assert_eq!((status, text.contains(&format!("at most {LIMIT} bytes"))), (400, true), "{text}");
        }
    }
    let garbage = raw(&pod, FORM, chunked(&vec![b'x'; size * 2])).await;
    assert_eq!(refusal(garbage).await.0, 400);
}

#[tokio::test]
async fn a_client_that_is_refused_early_hears_why() {
    let pod = Pod::start().await;
    let body = framed(HEAD, &vec![b'x'; usize::try_from(LIMIT).unwrap() * 3], END);
    for chunks in [false, true] {
        let body = if chunks { chunked(&body) } else { body.clone().into() };
        let request = pod.request(Method::POST, "packages").header("content-type", FORM).body(body);
        let (status, text) = refusal(request.send().await.unwrap()).await;
        assert_eq!((status, text.contains("needs an access token")), (401, true), "{text}");
    }
}

#[tokio::test]
async fn a_broken_form_is_refused_with_what_is_wrong() {
    let pod = Pod::start().await;
    let bala = Bala::new("acme", "greet", "1.0.0").build();
    let two = [framed(HEAD, &bala, "\r\n"), framed(HEAD, &bala, END)].concat();
    let cases = [
        ("application/octet-stream", bala.clone(), "multipart/form-data"),
        ("multipart/form-data", framed(HEAD, &bala, END), "with a boundary"),
        (FORM, bala.clone(), "does not begin with its boundary"),
        (FORM, framed(HEAD, &bala, ""), "ended before its last part was complete"),
        (FORM, framed(HEAD, &bala, "\r\n--X"), "ended before its last part was complete"),
        (FORM, two, "must have one part"),
        (
            FORM,
            framed(&HEAD.replace("bala-file", "file"), &bala, END),
            "must have one part, named \"bala-file\"",
        ),
        (FORM, "--X--\r\n".into(), "has no part"),
        (FORM, framed(HEAD, &bala, "\r\n--X--zzz"), "boundary that is not a line of its own"),
        (
            FORM,
            framed(&HEAD.replace("filename=", "filename=x; filename="), &bala, END),
            "at most one file name",
        ),
        (
            FORM,
            framed(&HEAD.replace("file\";", "file\"junk;"), &bala, END),
            "Content-Disposition of form-data",
        ),
        (FORM, Vec::new(), "does not begin"),
        (FORM, framed(&HEAD.replace("greet", "other"), &bala, END), "acme-greet-any-1.0.0.bala"),
        (FORM, framed(HEAD, b"not a zip", END), "not a zip"),
        (FORM, framed(HEAD, b"", END), "not a zip"),
    ];
    for (content_type, body, expected) in cases {
        let (status, text) = refusal(raw(&pod, content_type, body).await).await;
        assert_eq!((status, text.contains(expected)), (400, true), "{expected}: {text}");
    }
    assert_eq!(pod.log.state().seq(), 1);
}

async fn publisher_over(faulty: Faulty) -> Publisher {
    let store = Store::shared(Arc::new(faulty), Metrics::new());
    let opening = Opening { create: true, ..Opening::of("us") };
    let log = log::open(store.clone(), opening, Instruments::system()).await.unwrap();
    Publisher::new(log, store, Limits::default(), Memory::new(0))
}

/// Four MiB of newlines, which are twice as long in a document.
fn wordy(name: &str) -> Bala {
    let text = "\n".repeat(1024 * 1024 - 1);
    (0..4).fold(Bala::new("acme", name, "1.0.0").readme("x"), |bala, n| {
        let text = if n == 0 { &text[1..] } else { &text };
        bala.file(&format!("docs/{n}.md"), text)
    })
}

/// However small the packages are, and however long the store takes.
#[tokio::test(start_paused = true)]
async fn documents_that_wait_for_the_store_have_room_or_are_refused_and_keep_no_check_out() {
    let faulty = Faulty::by(&Arc::default(), &Arc::default(), |_, path| {
        let stuck = path.as_ref().contains("/stuck");
        let before = if stuck { Duration::from_hours(1) } else { Duration::ZERO };
        Course { before, ..Course::at_once(Fate::Works) }
    });
    let publisher = publisher_over(faulty).await;
    let publish = async |bala: Bala| publisher.publish(&admin(), upload(&bala), (), || Ok(admin())).await;
    let stuck = join_all((0..5).map(|n| publish(wordy(&format!("stuck{n}")))));
    let small = async {
        // When the others have been checked.
        tokio::time::sleep(Duration::from_secs(20)).await;
        publish(Bala::new("acme", "small", "1.0.0")).await
    };
    let (ends, small) = tokio::join!(stuck, small);
    let slow = ends.iter().filter(|end| matches!(end, Err(publish::Error::Slow))).count();
    let full = ends.iter().filter(|end| matches!(end, Err(publish::Error::Full(_)))).count();
    assert_eq!((slow, full), (2, 3), "{ends:?}");
    assert!(small.is_ok(), "{small:?}");
    for n in 0..3 {
        let later = publish(wordy(&format!("later{n}"))).await;
        assert!(later.is_ok(), "the room was not given back: {later:?}");
    }
}

/// Otherwise its parts stay in the store, and nobody sees what is paid for.
#[tokio::test(start_paused = true)]
async fn what_was_sent_of_an_upload_that_takes_too_long_is_taken_back() {
    let (parts, aborted) = (AtomicU32::new(0), Arc::new(AtomicBool::new(false)));
    let aborts = Arc::clone(&aborted);
    let faulty = Faulty::by(&Arc::default(), &Arc::default(), move |request, _| {
        aborts.fetch_or(request == Request::Abort, Ordering::Relaxed);
        // It begins, and takes no part.
        let stuck = request == Request::Part && parts.fetch_add(1, Ordering::Relaxed) > 0;
        let before = if stuck { Duration::from_hours(1) } else { Duration::ZERO };
        Course { before, ..Course::at_once(Fate::Works) }
    });
    let publisher = publisher_over(faulty).await;
    let bala = Bala::new("acme", "greet", "1.0.0").padding(6 * 1024 * 1024);
    let pushed = publisher.publish(&admin(), upload(&bala), (), || Ok(admin())).await;
    assert!(matches!(pushed, Err(publish::Error::Slow)), "{pushed:?}");
    assert!(aborted.load(Ordering::Relaxed));
}
