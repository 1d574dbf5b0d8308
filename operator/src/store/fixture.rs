//! A store for tests.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use barre_crds::registry::Storage;
use k8s_openapi::{ByteString, api::core::v1::Secret};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::{Expected, Request, credentials::Credentials, describe, description::Backend};
use crate::pass::problem::Problem;

/// A bucket behind an endpoint.
pub(crate) fn storage() -> Storage {
    let storage = json!({
        "type": "S3",
        "s3": { "bucket": "acme-packages", "endpoint": "http://store:7070", "secretRef": { "name": "store" } },
    });
    serde_json::from_value(storage).unwrap()
}

/// Reads the credentials of that bucket from a Secret.
pub(crate) fn read(data: &[(&str, &str)]) -> Result<Credentials, Problem> {
    let data =
        data.iter().map(|(key, value)| ((*key).to_owned(), ByteString(value.as_bytes().into()))).collect();
    let secret = Secret { data: Some(data), ..Secret::default() };
    Credentials::read(describe(&storage()).unwrap().keys, "store", &secret)
}

/// Credentials with this key.
pub(crate) fn credentials(key: &str) -> Credentials {
    read(&[("accessKeyID", "key"), ("secretAccessKey", key)]).ok().unwrap()
}

/// Asks about a bucket.
pub(crate) fn with_request<T>(
    storage: &Storage,
    take_over: Option<&str>,
    check: impl FnOnce(&Request<'_>) -> T,
) -> T {
    let (backend, credentials) = (describe(storage).unwrap(), credentials("hush"));
    check(&Request { take_over, ..request(storage, &backend, &credentials) })
}

/// A first question about a bucket.
pub(crate) fn request<'a>(
    storage: &'a Storage,
    backend: &'a Backend,
    credentials: &'a Credentials,
) -> Request<'a> {
    const NOTHING: &Expected = &Expected { registry: None, cursor: None };
    Request { storage, backend, credentials, owner: "c/team/packages", take_over: None, expected: NOTHING }
}

/// What a server was sent.
pub(crate) type Sent = Arc<Mutex<Vec<String>>>;

/// Answers each request, by its text, with a status and a few headers; one request a connection.
pub(crate) async fn server(answer: impl Fn(&str) -> String + Send + 'static) -> (SocketAddr, Sent) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, sent) = (listener.local_addr().unwrap(), Sent::default());
    let seen = Arc::clone(&sent);
    tokio::spawn(async move {
        loop {
            let (mut connection, _) = listener.accept().await.unwrap();
            let request = read_request(&mut connection).await;
            let answer =
                format!("HTTP/1.1 {}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n", answer(&request));
            seen.lock().unwrap().push(request);
            let _ = connection.write_all(answer.as_bytes()).await;
        }
    });
    (address, sent)
}

async fn read_request(connection: &mut TcpStream) -> String {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request).to_ascii_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.split_once("content-length: ").map_or("0", |(_, rest)| rest.lines().next().unwrap());
            if body.len() >= length.parse().unwrap() {
                return String::from_utf8_lossy(&request).into_owned();
            }
        }
        assert!(connection.read_buf(&mut request).await.unwrap() > 0, "half a request: {text}");
    }
}
