//! Makes a bucket, adopts it or refuses it; the only place of the operator that talks to a store.
//!
//! `find` looks, `decide` says the next step, the step is done, and again, until there is a verdict. Each step is
//! harmless when repeated or lost: a bucket that was made and not marked is taken as an empty one by the next pass.

mod credentials;
mod decide;
mod failure;
pub(crate) mod s3;

use std::time::Duration;

use barre_crds::{
    Registry,
    condition::Reason,
    registry::{S3, Storage},
};
use futures::StreamExt;
use http::Method;
use kube::ResourceExt;
use object_store::{
    ClientOptions, ObjectStore, ObjectStoreExt, PutMode, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey},
    path::Path,
    signer::Signer,
};
use sha2::{Digest, Sha256};

pub(crate) use credentials::{ACCESS_KEY_ID, Keys, SECRET_ACCESS_KEY, SESSION_TOKEN};
use decide::{Findings, Marker, Step, decide};

use crate::pass::problem::Problem;
use s3::settings;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// One answer of the store; a pass needs about three.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(6);
const MOST_STEPS: usize = 4;

/// How the bucket came to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ownership {
    /// We made it, or took an empty one, and marked it.
    Created,
    /// It was there with its content, and the spec says to use it.
    Adopted,
}

/// What is asked of the store.
pub(crate) struct Request<'a> {
    pub(crate) storage: &'a Storage,
    pub(crate) s3: &'a S3,
    pub(crate) keys: &'a Keys,
    pub(crate) owner: &'a str,
    pub(crate) take_over: Option<&'a str>,
}

/// Returns who operates the Registry's log: never the uid, so that a re-created Registry finds its own data.
pub(crate) fn owner(cluster_id: &str, registry: &Registry) -> String {
    format!("{cluster_id}/{}/{}", registry.namespace().unwrap_or_default(), registry.name_any())
}

impl Request<'_> {
    /// Returns what tells two questions apart, without giving the keys away.
    pub(crate) fn fingerprint(&self) -> String {
        let storage = serde_json::to_string(self.storage).unwrap_or_default();
        let parts =
            [&storage, self.owner, self.take_over.unwrap_or_default(), &self.keys.fingerprint(self.owner)];
        hex::encode(Sha256::digest(parts.join("\n")))
    }

    fn path(&self, below: &str) -> Path {
        match &self.storage.prefix {
            Some(prefix) => Path::from(format!("{prefix}/{below}")),
            None => Path::from(below),
        }
    }

    fn store(&self) -> Result<AmazonS3, Problem> {
        let retry = RetryConfig { max_retries: 1, retry_timeout: TIMEOUT, ..RetryConfig::default() };
        let client = ClientOptions::new().with_timeout(TIMEOUT).with_connect_timeout(CONNECT_TIMEOUT);
        let mut builder = AmazonS3Builder::new()
            .with_client_options(client)
            .with_retry(retry)
            .with_bucket_name(&self.s3.bucket)
            .with_access_key_id(&self.keys.access_key_id)
            .with_secret_access_key(&self.keys.secret_access_key);
        if let Some(token) = &self.keys.session_token {
            builder = builder.with_token(token);
        }
        for (key, value) in settings(self.s3) {
            let key: AmazonS3ConfigKey =
                key.to_ascii_lowercase().parse().map_err(|e| failure::problem(&e, self))?;
            builder = builder.with_config(key, value);
        }
        builder.build().map_err(|error| failure::problem(&error, self))
    }
}

/// Makes sure that there is a bucket to write to, and that it is ours to use.
pub(crate) async fn ensure(http: &reqwest::Client, request: &Request<'_>) -> Result<Ownership, Problem> {
    let store = request.store()?;
    let mut made = false;
    for _ in 0..MOST_STEPS {
        let findings = find(&store, request, made).await?;
        match decide(request, &findings) {
            Step::Done(ownership) => return Ok(ownership),
            Step::Refuse(problem) => return Err(problem),
            Step::CreateBucket => made = create_bucket(http, &store, request).await?,
            Step::Mark(marker) => write(&store, request, &marker, PutMode::Create).await?,
            Step::Replace(marker) => write(&store, request, &marker, PutMode::Overwrite).await?,
        }
    }
    let message =
        format!("bucket '{}' changes while it is looked at; this is tried again", request.s3.bucket);
    Err(Problem::new(Reason::BackendUnreachable, message))
}

/// Looks, and no further than needed: a bucket that is ours costs one request.
async fn find(store: &AmazonS3, request: &Request<'_>, made: bool) -> Result<Findings, Problem> {
    let mut findings = Findings { exists: true, made, ..Findings::default() };
    match store.get(&request.path("provisioned.json")).await {
        Ok(answer) => {
            let bytes = answer.bytes().await.map_err(|error| failure::problem(&error, request))?;
            let marker = Marker::parse(&bytes);
            if marker.owner != request.owner {
                findings.registry_id = registry_id(store, request).await;
            }
            findings.marker = Some(marker);
        }
        Err(error) if failure::is_missing_bucket(&error) => findings.exists = false,
        Err(object_store::Error::NotFound { .. }) => match is_filled(store, request).await {
            Ok(filled) => findings.filled = filled,
            Err(error) if failure::is_missing_bucket(&error) => findings.exists = false,
            Err(error) => return Err(failure::problem(&error, request)),
        },
        Err(error) => return Err(failure::problem(&error, request)),
    }
    Ok(findings)
}

/// Whether a registry keeps state under the prefix. Other objects do not count.
async fn is_filled(store: &AmazonS3, request: &Request<'_>) -> object_store::Result<bool> {
    for folder in ["log", "releases", "checkpoint"] {
        if store.list(Some(&request.path(folder))).next().await.transpose()?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns the id of the registry whose state lies there; only for messages and for a take-over.
async fn registry_id(store: &AmazonS3, request: &Request<'_>) -> Option<String> {
    let answer = store.get(&request.path("registry.json")).await.ok()?.bytes().await.ok()?;
    let registry: serde_json::Value = serde_json::from_slice(&answer).ok()?;
    registry["id"].as_str().map(ToOwned::to_owned)
}

async fn write(
    store: &AmazonS3,
    request: &Request<'_>,
    marker: &Marker,
    mode: PutMode,
) -> Result<(), Problem> {
    let body = serde_json::to_vec(marker).expect("a marker is strings and a number");
    match store.put_opts(&request.path("provisioned.json"), body.into(), mode.into()).await {
        // Somebody was faster: the next look says who.
        Ok(_) | Err(object_store::Error::AlreadyExists { .. }) => Ok(()),
        Err(error) => Err(failure::problem(&error, request)),
    }
}

/// Sends the one request that `object_store` does not know, signed by it. Returns whether the bucket is new.
async fn create_bucket(
    http: &reqwest::Client,
    store: &AmazonS3,
    request: &Request<'_>,
) -> Result<bool, Problem> {
    let signed = store.signed_url(Method::PUT, &Path::default(), Duration::from_mins(1)).await;
    let url = signed.map_err(|error| failure::problem(&error, request))?;
    let region = request.s3.region();
    // Amazon wants to hear the region again, except its first one; others may not understand it.
    let body = match (&request.s3.endpoint, region) {
        (Some(_), _) | (None, "us-east-1") => String::new(),
        _ => format!(
            "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
             <LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>"
        ),
    };
    let length = body.len();
    let answer = http.put(url).header(http::header::CONTENT_LENGTH, length).body(body).send().await;
    let answer = answer.map_err(|error| failure::unreachable(&error.without_url(), request))?;
    let status = answer.status();
    let text = answer.text().await.unwrap_or_default();
    if status.is_success() {
        Ok(true)
    } else {
        failure::refused(status, &text, request).map_or(Ok(false), Err)
    }
}
