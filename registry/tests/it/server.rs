//! Clients that are too slow or too many, and the end of a process.

use std::time::Duration;

use barre_core::access::AnonymousRead;
use barre_registry::base::metrics::Metrics;
use barre_registry::http::{self as server, Limits, RequestBody};
use barre_testkit::bala::Bala;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::server_harness::{Pod, limits};

/// Longer than anything here may take.
const PATIENCE: Duration = Duration::from_secs(20);
const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";

fn impatient() -> Limits {
    Limits {
        header_timeout: Duration::from_millis(200),
        idle_timeout: Duration::from_millis(600),
        stall_timeout: Duration::from_millis(200),
        drain_delay: Duration::from_millis(300),
        drain_timeout: Duration::from_millis(500),
        ..limits()
    }
}

async fn pod(limits: Limits) -> Pod {
    Pod::with(AnonymousRead::Allowed, limits).await
}

async fn connect(pod: &Pod) -> TcpStream {
    TcpStream::connect(pod.address).await.unwrap()
}

/// Everything until the server closes.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read =
        timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("the server closes the connection");
    // A reset is an end, too.
    drop(read);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The head of one answer with an empty or short body.
async fn answer(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    while !text.contains("\r\n\r\n") {
        let mut bytes = [0; 4096];
        let read = timeout(PATIENCE, stream.read(&mut bytes)).await.unwrap().unwrap();
        assert!(read > 0, "closed after {text:?}");
        text.push_str(&String::from_utf8_lossy(&bytes[..read]));
    }
    text
}

#[tokio::test]
async fn half_a_head_is_not_waited_for_as_long_as_an_idle_connection() {
    let pod = pod(Limits { idle_timeout: PATIENCE * 2, ..impatient() }).await;
    for begin in ["G", "GET / HTTP/1.1\r\nHost: x\r\n", "PRI * HTTP/2.0\r\n"] {
        let mut stream = connect(&pod).await;
        stream.write_all(begin.as_bytes()).await.unwrap();
        assert!(!rest(&mut stream).await.contains("200"), "{begin}");
    }
    // Also behind a request that was complete.
    let mut stream = connect(&pod).await;
    stream.write_all(GET).await.unwrap();
    assert!(answer(&mut stream).await.starts_with("HTTP/1.1 200"));
    stream.write_all(b"GET / HT").await.unwrap();
    rest(&mut stream).await;
}

#[tokio::test]
async fn an_idle_connection_is_kept_longer_than_half_a_head_and_then_closed() {
    let pod = pod(impatient()).await;
    let mut stream = connect(&pod).await;
    for _ in 0..3 {
        stream.write_all(GET).await.unwrap();
        assert!(answer(&mut stream).await.starts_with("HTTP/1.1 200"));
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    rest(&mut stream).await;
    // Who connects and says nothing is not idle between two requests.
    let mut silent = connect(&pod).await;
    let began = std::time::Instant::now();
    rest(&mut silent).await;
    assert!(began.elapsed() < impatient().idle_timeout);
}

#[tokio::test]
async fn a_body_that_stalls_is_given_up() {
    let pod = pod(impatient()).await;
    let head = "POST /2.0/registry/packages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer publish-acme-secret\r\n\
                Content-Type: multipart/form-data; boundary=X\r\nContent-Length: 5000\r\n\r\n--X\r\n";
    let mut stream = connect(&pod).await;
    stream.write_all(head.as_bytes()).await.unwrap();
    let text = rest(&mut stream).await;
    assert!(text.starts_with("HTTP/1.1 400") && text.contains("stopped coming"), "{text}");

    // A byte now and then is no progress.
    let (mut reader, mut writer) = connect(&pod).await.into_split();
    writer.write_all(head.as_bytes()).await.unwrap();
    let drip = tokio::spawn(async move {
        while writer.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let mut bytes = Vec::new();
    let _ =
        timeout(PATIENCE, reader.read_to_end(&mut bytes)).await.expect("the server closes the connection");
    timeout(PATIENCE, drip).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_client_that_does_not_take_its_answer_is_given_up() {
    let pod = Pod::taking(16 * 1024 * 1024, AnonymousRead::Allowed, impatient()).await;
    pod.publish(&Bala::new("acme", "greet", "1.0.0").padding(9 * 1024 * 1024)).await;
    let mut stream = connect(&pod).await;
    let get = b"GET /files/acme/greet/1.0.0/acme-greet-any-1.0.0.bala HTTP/1.1\r\nHost: x\r\n\r\n";
    stream.write_all(get).await.unwrap();
    let closed = async {
        while !pod.metrics().contains("barre_connections 0") {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, closed).await.expect("the server closes the connection");
    drop(stream);
}

#[tokio::test]
async fn an_answer_that_does_not_begin_is_replaced() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let hangs = tower::service_fn(|_: http::Request<RequestBody>| {
        std::future::pending::<Result<warp::reply::Response, std::convert::Infallible>>()
    });
    let settings = server::Policy {
        limits: Limits { request_timeout: Duration::from_millis(100), ..limits() },
        client_connections: None,
        discard_bytes: 0,
        requests: server::Requests::OfUsers,
    };
    let (_stop, drain) = server::drain();
    tokio::spawn(server::serve(listener, hangs, settings, Metrics::new(), drain));
    stream.write_all(GET).await.unwrap();
    let text = answer(&mut stream).await;
    assert!(text.starts_with("HTTP/1.1 503") && text.contains("application/json"), "{text}");
}

#[tokio::test]
async fn a_client_that_waits_to_be_told_to_send_hears_a_refusal_at_once() {
    let pod = pod(limits()).await;
    let mut stream = connect(&pod).await;
    let head = "POST /2.0/registry/packages HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let text = rest(&mut stream).await;
    assert!(text.starts_with("HTTP/1.1 401") && text.contains("connection: close"), "{text}");
}

#[tokio::test]
async fn endless_heads_are_refused() {
    let pod = pod(limits()).await;
    for head in [
        format!("GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n", "x".repeat(1024 * 1024)),
        format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "A: b\r\n".repeat(2000)),
        format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(20_000)),
    ] {
        let mut stream = connect(&pod).await;
        // The server may close before it has read everything.
        let _ = stream.write_all(head.as_bytes()).await;
        let text = timeout(PATIENCE, answer(&mut stream)).await.unwrap();
        assert!(text.starts_with("HTTP/1.1 4"), "{text}");
    }
}

#[tokio::test]
async fn a_drain_answers_first_and_then_ends() {
    let pod = pod(impatient()).await;
    let mut old = connect(&pod).await;
    old.write_all(GET).await.unwrap();
    assert!(!answer(&mut old).await.contains("connection: close"));
    pod.stop.begin();
    let mut new = connect(&pod).await;
    for stream in [&mut old, &mut new] {
        stream.write_all(GET).await.unwrap();
        let text = rest(stream).await;
        assert!(text.starts_with("HTTP/1.1 200") && text.contains("connection: close"), "{text}");
    }
    timeout(PATIENCE, pod.serving).await.unwrap().unwrap();
    assert!(TcpStream::connect(pod.address).await.is_err());
}

#[tokio::test]
async fn what_is_under_way_finishes_during_a_drain() {
    let pod = pod(Limits { drain_delay: Duration::ZERO, drain_timeout: PATIENCE, ..limits() }).await;
    let mut stream = connect(&pod).await;
    let head = "POST /2.0/registry/packages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer publish-acme-secret\r\n\
                Content-Type: multipart/form-data; boundary=X\r\nContent-Length: 11\r\n\r\n--X--";
    stream.write_all(head.as_bytes()).await.unwrap();
    pod.stop.begin();
    // The listener is gone, the request is not.
    while TcpStream::connect(pod.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    stream.write_all(b"\r\n\r\n\r\n").await.unwrap();
    let text = rest(&mut stream).await;
    assert!(text.starts_with("HTTP/1.1 400") && text.contains("has no part"), "{text}");
    timeout(PATIENCE, pod.serving).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_drain_ends_although_a_request_does_not() {
    let pod = pod(Limits { stall_timeout: PATIENCE * 2, ..impatient() }).await;
    let mut stream = connect(&pod).await;
    let head = "POST /2.0/registry/packages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer publish-acme-secret\r\n\
                Content-Type: multipart/form-data; boundary=X\r\nContent-Length: 5000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    pod.stop.begin();
    timeout(PATIENCE, pod.serving).await.unwrap().unwrap();
}

/// hyper reads no more once an answer is complete: nothing but our own timer can find that nobody is there.
#[tokio::test]
async fn a_connection_that_falls_silent_after_a_long_request_is_closed() {
    let pod = pod(impatient()).await;
    let mut stream = connect(&pod).await;
    // Waits longer for a segment that does not come than the head of a request may take.
    stream
        .write_all(b"GET /2.0/registry/packages/a/b HTTP/1.1\r\nHost: x\r\nBarre-Min-Seq: 99\r\n\r\n")
        .await
        .unwrap();
    assert!(answer(&mut stream).await.starts_with("HTTP/1.1 503"));
    rest(&mut stream).await;
}
