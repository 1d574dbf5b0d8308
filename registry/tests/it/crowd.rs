//! Too many clients, and those that are in the way of others.

use std::time::Duration;

use barre_core::access::AnonymousRead;
use barre_registry::http::Limits;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::server_harness::{Pod, limits, secret};

/// Longer than anything here may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Shorter than any timeout of an idle connection.
const SOON: Duration = Duration::from_secs(5);
const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";

async fn pod(most: u32, each: u32) -> Pod {
    let limits = Limits { max_connections: most, max_client_connections: Some(each), ..limits() };
    Pod::with(AnonymousRead::Allowed, limits).await
}

async fn connect(pod: &Pod) -> TcpStream {
    TcpStream::connect(pod.address).await.unwrap()
}

async fn asks(stream: &mut TcpStream) -> String {
    stream.write_all(GET).await.unwrap();
    answer(stream).await
}

/// What comes first, which is empty where the connection is closed.
async fn answer(stream: &mut TcpStream) -> String {
    let mut bytes = vec![0; 4096];
    let read = timeout(SOON, stream.read(&mut bytes)).await.expect("something happens").unwrap_or_default();
    String::from_utf8_lossy(&bytes[..read]).into_owned()
}

/// A request that goes on until its connection is closed.
async fn busy(pod: &Pod) -> TcpStream {
    let mut stream = connect(pod).await;
    let head = format!(
        "POST /2.0/registry/packages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nExpect: 100-continue\r\n\
         Content-Type: multipart/form-data; boundary=X\r\nContent-Length: 5000\r\n\r\n",
        secret("publish-acme")
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    assert!(answer(&mut stream).await.starts_with("HTTP/1.1 100"));
    stream
}

#[tokio::test]
async fn the_longest_idle_connection_is_closed_for_a_new_one() {
    let pod = pod(2, 0).await;
    let (mut first, mut second) = (connect(&pod).await, connect(&pod).await);
    for stream in [&mut first, &mut second] {
        assert!(asks(stream).await.starts_with("HTTP/1.1 200"));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut third = connect(&pod).await;
    assert!(asks(&mut third).await.starts_with("HTTP/1.1 200"));
    assert_eq!(answer(&mut first).await, "", "the first one was idle for longest");
    assert!(asks(&mut second).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn whoever_says_nothing_makes_room_as_well() {
    let pod = pod(2, 0).await;
    let _silent = [connect(&pod).await, connect(&pod).await];
    let mut half = connect(&pod).await;
    half.write_all(b"GET / HT").await.unwrap();
    for _ in 0..3 {
        assert!(asks(&mut connect(&pod).await).await.starts_with("HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn while_all_are_busy_the_next_one_waits() {
    let pod = pod(1, 0).await;
    let first = busy(&pod).await;
    let mut second = connect(&pod).await;
    second.write_all(GET).await.unwrap();
    let mut byte = [0];
    assert!(timeout(Duration::from_millis(200), second.read(&mut byte)).await.is_err());
    drop(first);
    assert!(answer(&mut second).await.contains("200 OK"));
}

#[tokio::test]
async fn one_address_has_a_part_of_the_connections_and_is_told_so() {
    let pod = pod(10, 2).await;
    let _busy = [busy(&pod).await, busy(&pod).await];
    let mut third = connect(&pod).await;
    let text = answer(&mut third).await;
    assert!(text.starts_with("HTTP/1.1 503") && text.contains("too many connections"), "{text}");
    // Nothing tells addresses apart behind a proxy.
    let open = self::pod(10, 0).await;
    let _busy = [busy(&open).await, busy(&open).await, busy(&open).await];
    assert!(asks(&mut connect(&open).await).await.starts_with("HTTP/1.1 200"));
}

#[test]
fn behind_a_proxy_addresses_are_not_told_apart_unless_one_says_so() {
    let told = Limits { max_client_connections: Some(7), ..limits() };
    assert_eq!((limits().client_connections(false), limits().client_connections(true)), (Some(256), None));
    assert_eq!((told.client_connections(false), told.client_connections(true)), (Some(7), Some(7)));
}

/// Reads what is there at the end of everything that is sent, as `OkHttp` does.
async fn send_all_then_read(pod: &Pod, head: &str, body: usize, pause: Duration) -> String {
    let mut stream = connect(pod).await;
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = vec![b'x'; 64 * 1024];
    let mut left = body;
    while left > 0 {
        let part = left.min(chunk.len());
        stream.write_all(&chunk[..part]).await.expect("everything can be sent");
        left -= part;
        tokio::time::sleep(pause).await;
    }
    answer(&mut stream).await
}

fn push(token: Option<&str>, length: usize) -> String {
    let token = token.map(|token| format!("Authorization: Bearer {}\r\n", secret(token))).unwrap_or_default();
    format!(
        "POST /2.0/registry/packages HTTP/1.1\r\nHost: x\r\n{token}\
         Content-Type: multipart/form-data; boundary=X\r\nContent-Length: {length}\r\n\r\n"
    )
}

#[tokio::test]
async fn a_refusal_does_not_wait_for_the_body() {
    let pod = Pod::start().await;
    let mut stream = connect(&pod).await;
    stream.write_all(push(None, 1_000_000).as_bytes()).await.unwrap();
    assert!(answer(&mut stream).await.starts_with("HTTP/1.1 401"));
    // What was promised may still come, and then the next request.
    stream.write_all(&vec![b'x'; 400_000]).await.unwrap();
    drop(stream);
    let mut stream = connect(&pod).await;
    stream.write_all(push(None, 100_000).as_bytes()).await.unwrap();
    assert!(answer(&mut stream).await.starts_with("HTTP/1.1 401"));
    stream.write_all(&vec![b'x'; 100_000]).await.unwrap();
    assert!(asks(&mut stream).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn who_sends_everything_before_reading_hears_the_refusal() {
    let pod = Pod::start().await;
    // Several times what a package may have.
    let body = 400_000;
    let text = send_all_then_read(&pod, &push(Some("publish-acme"), body), body, Duration::ZERO).await;
    assert!(text.starts_with("HTTP/1.1 400") && text.contains("larger than this registry takes"), "{text}");
    // On a slow line too.
    let text = send_all_then_read(&pod, &push(None, body), body, Duration::from_millis(100)).await;
    assert!(text.starts_with("HTTP/1.1 401"), "{text}");
}

#[tokio::test]
async fn nobody_may_send_for_ever_what_nobody_wants() {
    let pod = Pod::start().await;
    let mut stream = connect(&pod).await;
    let length = 1_000_000_000;
    stream.write_all(push(None, length).as_bytes()).await.unwrap();
    let (_reader, mut writer) = stream.into_split();
    let flood = async {
        let chunk = vec![b'x'; 64 * 1024];
        while writer.write_all(&chunk).await.is_ok() {}
    };
    timeout(PATIENCE, flood).await.expect("the connection is closed");
}
