//! A client that pushes over OCI, as those do that are known.

use std::io::Write as _;

use barre_core::digest::Digest;
use barre_testkit::bala::Bala;
use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::oci::header;
use crate::server_harness::{Pod, secret};

pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const EMPTY: &str = "application/vnd.oci.empty.v1+json";
const PACKAGE: &str = "application/vnd.ballerina.package.v1+json";

/// A client of one repository with one token.
#[derive(Clone, Copy)]
pub(crate) struct Client<'a> {
    pub(crate) pod: &'a Pod,
    pub(crate) repository: &'a str,
    pub(crate) token: &'a str,
}

pub(crate) fn digest(bytes: &[u8]) -> String {
    Digest::of(bytes).to_string()
}

impl<'a> Client<'a> {
    pub(crate) fn new(pod: &'a Pod, repository: &'a str) -> Self {
        Self { pod, repository, token: "publish-acme" }
    }

    pub(crate) fn as_token(self, token: &'a str) -> Self {
        Self { token, ..self }
    }

    /// A request below the repository, or to the place that an answer named.
    pub(crate) fn request(self, method: Method, path: &str) -> RequestBuilder {
        let path =
            if path.starts_with('/') { path.to_owned() } else { format!("/v2/{}/{path}", self.repository) };
        self.pod.request(method, &path).basic_auth("ci", Some(secret(self.token)))
    }

    pub(crate) async fn get(self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    pub(crate) async fn json(self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    }

    pub(crate) async fn head(self, path: &str) -> u16 {
        self.request(Method::HEAD, path).send().await.unwrap().status().as_u16()
    }

    /// Sends a blob as ORAS does: in one request, and only if it is not there.
    pub(crate) async fn blob(self, bytes: &[u8]) {
        let digest = digest(bytes);
        if self.head(&format!("blobs/{digest}")).await == 200 {
            return;
        }
        let path = format!("blobs/uploads/?digest={digest}");
        let sent = self.request(Method::POST, &path).body(bytes.to_vec()).send().await.unwrap();
        assert_eq!(sent.status(), 201, "{}", sent.text().await.unwrap());
        assert_eq!(header(&sent, "docker-content-digest"), digest);
        assert_eq!(header(&sent, "location"), format!("/v2/{}/blobs/{digest}", self.repository));
        assert_eq!(self.head(&format!("blobs/{digest}")).await, 200);
    }

    /// A session that has begun.
    pub(crate) async fn begin(self) -> String {
        let begun = self.request(Method::POST, "blobs/uploads/").send().await.unwrap();
        assert_eq!(begun.status(), 202);
        assert_eq!(header(&begun, "range"), "0-0");
        header(&begun, "location").to_owned()
    }

    /// Sends a blob as builders of images do: a session, its bytes, its digest.
    pub(crate) async fn streamed(self, bytes: &[u8]) {
        let session = self.begin().await;
        let sent = self.request(Method::PATCH, &session).body(bytes.to_vec()).send().await.unwrap();
        assert_eq!((sent.status().as_u16(), header(&sent, "location")), (202, session.as_str()));
        let path = format!("{session}?digest={}", digest(bytes));
        let ended = self.request(Method::PUT, &path).send().await.unwrap();
        assert_eq!(ended.status(), 201, "{}", ended.text().await.unwrap());
    }

    pub(crate) async fn put(self, reference: &str, kind: &str, manifest: &str) -> Response {
        let request = self.request(Method::PUT, &format!("manifests/{reference}"));
        request.header("content-type", kind).body(manifest.to_owned()).send().await.unwrap()
    }

    /// Pushes a manifest that must be taken; its digest.
    pub(crate) async fn manifest(self, reference: &str, kind: &str, manifest: &Value) -> String {
        let text = manifest.to_string();
        let (digest, put) = (digest(text.as_bytes()), self.put(reference, kind, &text).await);
        let taken = (put.status().as_u16(), put.headers().get("docker-content-digest").cloned());
        assert_eq!(taken.0, 201, "{}", put.text().await.unwrap());
        assert_eq!(taken.1.unwrap(), digest.as_str());
        assert_eq!(self.bytes(&format!("manifests/{digest}")).await, text.as_bytes());
        digest
    }

    /// The bytes at a path; they have the digest that the answer names.
    pub(crate) async fn bytes(self, path: &str) -> Vec<u8> {
        let head = self.request(Method::HEAD, path).send().await.unwrap();
        let answer = self.get(path).await;
        assert_eq!((head.status(), answer.status().as_u16()), (answer.status(), 200), "{path}");
        let named = header(&answer, "docker-content-digest").to_owned();
        assert_eq!(header(&head, "docker-content-digest"), named);
        let bytes = answer.bytes().await.unwrap().to_vec();
        assert_eq!(
            (digest(&bytes), bytes.len().to_string().as_str()),
            (named, header(&head, "content-length"))
        );
        bytes
    }

    /// Pushes a bala as `bal` does with ORAS; the digest of its manifest.
    pub(crate) async fn oras(self, version: &str, bala: &[u8], created: &str) -> String {
        self.blob(b"{}").await;
        self.blob(bala).await;
        self.manifest(version, MANIFEST, &package(bala, created)).await
    }
}

pub(crate) fn descriptor(kind: &str, bytes: &[u8]) -> Value {
    json!({ "mediaType": kind, "digest": digest(bytes), "size": bytes.len() })
}

/// The manifest that ORAS makes of a bala.
pub(crate) fn package(bala: &[u8], created: &str) -> Value {
    json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": PACKAGE,
        "config": descriptor(EMPTY, b"{}"),
        "layers": [descriptor("application/octet-stream", bala)],
        "annotations": {
            "io.ballerina.platform": "any", "io.ballerina.distribution": "2201.12.0",
            "org.opencontainers.image.created": created,
        },
    })
}

/// A manifest about another one.
pub(crate) fn about(kind: &str, blob: &[u8], subject: (&str, usize)) -> Value {
    json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": kind,
        "config": descriptor(EMPTY, b"{}"),
        "layers": [descriptor(kind, blob)],
        "subject": { "mediaType": MANIFEST, "digest": subject.0, "size": subject.1 },
        "annotations": { "made-by": "a test" },
    })
}

/// A layer as builders of images make it.
pub(crate) fn layer(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut header = [0; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[124..135].copy_from_slice(format!("{:011o}", bytes.len()).as_bytes());
    header[156] = b'0';
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|b| u32::from(*b)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    let mut tar = header.to_vec();
    tar.extend_from_slice(bytes);
    tar.resize(tar.len().next_multiple_of(512) + 1024, 0);
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&tar).unwrap();
    gzip.finish().unwrap()
}

pub(crate) fn bala(version: &str) -> Bala {
    Bala::new("acme", "Greet", version).dependency("ballerina/io:1.8.0")
}
