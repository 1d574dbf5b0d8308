//! What only broken or hostile clients send, on a raw socket.

use std::time::Duration;

use barre_core::access::AnonymousRead;
use barre_testkit::bala::Bala;
use reqwest::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::server_harness::{Pod, limits, refusal};

const FILE: &str = "/files/acme/greet/1.0.0/acme-greet-any-1.0.0.bala";

/// What is answered to these bytes, as far as it comes at once; and whether the connection is closed then.
async fn sent(pod: &Pod, bytes: &str) -> (String, bool) {
    let mut stream = TcpStream::connect(pod.address).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let mut text = Vec::new();
    let mut part = [0; 4096];
    loop {
        match timeout(Duration::from_millis(300), stream.read(&mut part)).await {
            Ok(Ok(0) | Err(_)) => return (String::from_utf8_lossy(&text).into_owned(), true),
            Ok(Ok(read)) => text.extend_from_slice(&part[..read]),
            Err(_) => return (String::from_utf8_lossy(&text).into_owned(), false),
        }
    }
}

#[tokio::test]
async fn heads_that_two_readers_may_read_in_two_ways_are_refused() {
    let pod = Pod::start().await;
    for (head, status) in [
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 501),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nExpect: foo\r\nContent-Length: 1\r\n\r\n", 417),
    ] {
        let (text, closed) = sent(&pod, head).await;
        // Where it may be unclear how long a body is, nothing behind it is read.
        assert!(text.starts_with(&format!("HTTP/1.1 {status}")), "{head}: {text}");
        assert_eq!(closed, !head.starts_with("GET"), "{head}: {text}");
        assert_eq!(text.matches("HTTP/1.1").count(), 1, "{text}");
        // hyper's own refusals have neither.
        if !head.contains("identity") {
            for header in ["cache-control: no-store", "x-content-type-options: nosniff"] {
                assert!(text.contains(header), "{header}: {text}");
            }
        }
    }
    assert!(sent(&pod, "GET / HTTP/1.0\r\n\r\n").await.0.starts_with("HTTP/1.0 200"));
}

/// What follows may be a body or another request: who reads it as the one, and a proxy as the other, may be made to answer
/// what nobody asked.
#[tokio::test]
async fn behind_a_body_whose_length_is_unclear_nothing_is_read() {
    let pod = Pod::start().await;
    for (lines, status) in [
        ("Content-Length: 5\r\nTransfer-Encoding: chunked", 200),
        ("Transfer-Encoding: chunked\r\nContent-Length: 50", 200),
        ("Content-Length: 1\r\nContent-Length: 2", 400),
        ("Content-Length: 1, 2", 400),
        ("Content-Length: +1", 400),
        ("Content-Length : 1", 400),
        ("X: a\r\n Content-Length: 1", 400),
    ] {
        let head = format!(
            "POST /2.0/registry/packages/resolve-dependencies HTTP/1.1\r\nHost: a\r\n{lines}\r\n\r\n\
             f\r\n{{\"packages\":[]}}\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"
        );
        let (text, closed) = sent(&pod, &head).await;
        assert!(text.starts_with(&format!("HTTP/1.1 {status}")) && closed, "{lines}: {text}");
        assert_eq!(text.matches("HTTP/1.1").count(), 1, "{lines}: {text}");
    }
}

#[tokio::test]
async fn what_is_for_machines_is_not_where_users_come() {
    let pod = Pod::start().await;
    for path in ["/metrics", "/livez", "/readyz", "/config"] {
        assert_eq!(refusal(pod.get(path).await).await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn an_absolute_target_says_which_host_is_meant() {
    let pod = Pod::start().await;
    for target in ["http://registry.example.com:81/", "HTTP://registry.example.com:81"] {
        let (text, _) =
            sent(&pod, &format!("GET {target} HTTP/1.1\r\nHost: other.example.com\r\n\r\n")).await;
        assert!(text.contains("API:    http://registry.example.com:81/2.0/registry"), "{text}");
    }
}

#[tokio::test]
async fn a_path_says_which_methods_it_has() {
    let pod = Pod::start().await;
    for (path, methods) in [
        ("packages/acme/greet", "GET, HEAD, OPTIONS"),
        ("packages", "POST, GET, HEAD, OPTIONS"),
        (FILE, "GET, HEAD, OPTIONS"),
        ("/", "GET, HEAD, OPTIONS"),
    ] {
        let refused = pod.request(Method::DELETE, path).send().await.unwrap();
        assert_eq!(refused.headers()["allow"], methods, "{path}");
        assert_eq!(refusal(refused).await.0, 405);
        let asked = pod.request(Method::OPTIONS, path).send().await.unwrap();
        assert_eq!((asked.status().as_u16(), asked.headers()["allow"].to_str().unwrap()), (204, methods));
    }
    assert_eq!(pod.request(Method::OPTIONS, "/nothing").send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn conditions_and_ranges_are_what_they_say() {
    let pod = Pod::taking(16 * 1024 * 1024, AnonymousRead::Allowed, limits()).await;
    let bytes = pod.publish(&Bala::new("acme", "greet", "1.0.0")).await;
    let ask = async |header: &str, value: &str| {
        pod.request(Method::GET, FILE).header(header, value).send().await.unwrap()
    };
    let answer = pod.get(FILE).await;
    let etag = answer.headers()["etag"].to_str().unwrap().to_owned();
    assert_eq!(answer.headers()["accept-ranges"], "bytes");
    for (tags, status) in [(etag.as_str(), 200), ("*", 200), ("\"other\"", 412), (&format!("W/{etag}"), 412)]
    {
        assert_eq!(ask("if-match", tags).await.status(), status, "{tags}");
    }
    assert_eq!(ask("if-match", &etag).await.bytes().await.unwrap(), bytes);
    // What only passes is never cut, and does not say that it is.
    let large = Bala::new("acme", "greet", "2.0.0").padding(9 * 1024 * 1024);
    pod.publish(&large).await;
    let answer = pod.get("/files/acme/greet/2.0.0/acme-greet-any-2.0.0.bala").await;
    assert!(!answer.headers().contains_key("accept-ranges"));
}

#[tokio::test]
async fn a_client_that_takes_anything_but_bytes_is_told_what_it_is() {
    let pod = Pod::start().await;
    pod.publish(&Bala::new("acme", "greet", "1.0.0")).await;
    let request = pod.request(Method::GET, "packages/acme/greet/1.0.0");
    let answer = request.header("accept", "application/octet-stream;q=0, */*").send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/json");
}
