//! A client that sends what `bal` sends, written from the protocol and not from the server: a shared type would hide
//! a break on the wire.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_DISPOSITION, LOCATION};
use reqwest::multipart::{Form, Part};
use reqwest::{RequestBuilder, Response, StatusCode, redirect};
use sha2::{Digest as _, Sha256};

/// One registry, and perhaps a token for it.
#[derive(Clone)]
pub struct Central {
    base: String,
    token: Option<String>,
    http: reqwest::Client,
}

/// An answer that is not what was hoped for: its status and the sentence that `bal` would print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub status: u16,
    pub message: String,
}

/// What a pull brought.
#[derive(Debug, Clone)]
pub struct Pulled {
    pub file_name: String,
    pub bytes: Vec<u8>,
    /// Where the bytes were.
    pub location: String,
}

impl Central {
    /// Speaks to the registry at `url`, for example `http://127.0.0.1:8080`. Each request has a connection of its own,
    /// as those of `bal` have.
    pub fn new(url: &str, token: Option<&str>) -> anyhow::Result<Self> {
        Self::with_idle_connections(url, token, 0)
    }

    /// The same, but keeps its connections: for many requests through a slow way.
    pub fn keep_alive(url: &str, token: Option<&str>) -> anyhow::Result<Self> {
        Self::with_idle_connections(url, token, usize::MAX)
    }

    fn with_idle_connections(url: &str, token: Option<&str>, idle: usize) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(Duration::from_mins(1))
            .pool_max_idle_per_host(idle)
            .user_agent("2201.12.8")
            .build()?;
        Ok(Self { base: format!("{url}/2.0/registry"), token: token.map(str::to_owned), http })
    }

    /// Pushes a bala; `Ok(Err(_))` is a refusal.
    pub async fn push(&self, file_name: &str, bytes: Vec<u8>) -> anyhow::Result<Result<(), Refusal>> {
        let digest = format!("sha-256={}", hex::encode(Sha256::digest(&bytes)).trim_start_matches('0'));
        let part = Part::bytes(bytes).file_name(file_name.to_owned()).mime_str("application/octet-stream")?;
        let request = self.http.post(format!("{}/packages", self.base)).header("digest", digest);
        let answer = self.send(request.multipart(Form::new().part("bala-file", part))).await?;
        if answer.status() == StatusCode::NO_CONTENT { Ok(Ok(())) } else { Ok(Err(refusal(answer).await?)) }
    }

    /// Deprecates a version.
    pub async fn deprecate(
        &self,
        org: &str,
        name: &str,
        version: &str,
        message: &str,
    ) -> anyhow::Result<Result<(), Refusal>> {
        let url = format!("{}/packages/deprecate/{org}/{name}/{version}", self.base);
        let answer = self.send(self.http.put(url).json(&serde_json::json!({ "message": message }))).await?;
        if answer.status() == StatusCode::OK { Ok(Ok(())) } else { Ok(Err(refusal(answer).await?)) }
    }

    /// The versions of a package.
    pub async fn versions(&self, org: &str, name: &str) -> anyhow::Result<Result<Vec<String>, Refusal>> {
        let answer = self.send(self.http.get(format!("{}/packages/{org}/{name}", self.base))).await?;
        if answer.status() == StatusCode::OK {
            Ok(Ok(answer.json().await?))
        } else {
            Ok(Err(refusal(answer).await?))
        }
    }

    /// What a version is, as `bal search` and the web read it.
    pub async fn package(
        &self,
        org: &str,
        name: &str,
        version: &str,
    ) -> anyhow::Result<Result<serde_json::Value, Refusal>> {
        let answer =
            self.send(self.http.get(format!("{}/packages/{org}/{name}/{version}", self.base))).await?;
        if answer.status() == StatusCode::OK {
            Ok(Ok(answer.json().await?))
        } else {
            Ok(Err(refusal(answer).await?))
        }
    }

    /// Pulls a version, or `*`, in the two steps of `bal pull`, and checks every digest that is sent.
    pub async fn pull(
        &self,
        org: &str,
        name: &str,
        version: &str,
    ) -> anyhow::Result<Result<Pulled, Refusal>> {
        let url = format!("{}/packages/{org}/{name}/{version}", self.base);
        let ask =
            self.http.get(url).header(ACCEPT, "application/octet-stream").header(ACCEPT_ENCODING, "identity");
        let answer = self.send(ask).await?;
        if answer.status() != StatusCode::FOUND {
            return Ok(Err(refusal(answer).await?));
        }
        let header = |name: &str| -> anyhow::Result<String> {
            let value = answer.headers().get(name).with_context(|| format!("the answer has no {name}"))?;
            Ok(value.to_str()?.to_owned())
        };
        let location = header(LOCATION.as_str())?;
        let disposition = header(CONTENT_DISPOSITION.as_str())?;
        let file_name =
            disposition.strip_prefix("attachment; filename=").context("unusable Content-Disposition")?;
        let promised = header("digest")?;
        let download = self.http.get(&location).header(ACCEPT_ENCODING, "identity");
        let answer = self.send(download.header(CONTENT_DISPOSITION, &disposition)).await?;
        if answer.status() != StatusCode::OK {
            return Ok(Err(refusal(answer).await?));
        }
        let length = answer.content_length().context("a download without Content-Length")?;
        let bytes = answer.bytes().await?.to_vec();
        ensure!(bytes.len() as u64 == length, "{} bytes came, {length} were promised", bytes.len());
        let digest = format!("sha-256={}", hex::encode(Sha256::digest(&bytes)));
        ensure!(digest == promised, "the bytes have {digest}, promised was {promised}");
        Ok(Ok(Pulled { file_name: file_name.to_owned(), bytes, location }))
    }

    async fn send(&self, request: RequestBuilder) -> anyhow::Result<Response> {
        let request = request.header("Ballerina-Platform", "java25,java21,java17,java11");
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        Ok(request.send().await?)
    }
}

async fn refusal(answer: Response) -> anyhow::Result<Refusal> {
    let status = answer.status().as_u16();
    let body = answer.text().await?;
    let message = serde_json::from_str::<serde_json::Value>(&body)
        .ok()
        .and_then(|body| body.get("message")?.as_str().map(str::to_owned))
        .with_context(|| format!("{status} without a message: {body}"))?;
    Ok(Refusal { status, message })
}
