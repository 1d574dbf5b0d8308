//! `POST /packages`: a bala arrives, is kept in scratch space while it is hashed, and is published.
//!
//! The limit holds as bytes arrive, whatever the head of the request says. Whoever may publish nothing at all
//! is refused before that.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Buf;
use futures::{Stream, StreamExt};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use http::{HeaderName, StatusCode};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tokio::sync::Semaphore;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use super::error::Error;
use super::multipart::{Event, Malformed, Parser};
use super::request::{identify, with};
use super::{Seq, answer};
use crate::digest::Hasher;
use crate::permission::{Action, Denied, Identity};
use crate::publish::{self, Published, Upload};
use crate::registry::Registry;
use crate::server::Stalled;

const DIGEST: HeaderName = HeaderName::from_static("digest");
/// The one part of the form.
const PART_NAME: &str = "bala-file";
/// What a form has besides its content.
const FORM_BYTES: u64 = 16 * 1024;
/// Uploads at the same time: this bounds the scratch space.
const UPLOADS: usize = 32;
/// How long one more waits for its turn; the client gives up after a minute.
const TURN: Duration = Duration::from_secs(20);

/// The route.
pub(super) fn push(registry: &Arc<Registry>) -> BoxedFilter<(Response,)> {
    let turns = Arc::new(Semaphore::new(UPLOADS));
    warp::path!("2.0" / "registry" / "packages")
        .and(warp::post())
        .and(with(registry))
        .and(warp::header::headers_cloned())
        .and(warp::body::stream())
        .then(move |registry: Arc<Registry>, headers: HeaderMap, body| {
            let turns = Arc::clone(&turns);
            async move {
                let pushed = receive_and_publish(&registry, &headers, body, turns).await;
                let seq = pushed.as_ref().ok().map(|published| Seq(published.seq()));
                let mut response = answer("/2.0/registry/packages", pushed.map(|_| StatusCode::NO_CONTENT));
                if let Some(seq) = seq {
                    response.extensions_mut().insert(seq);
                }
                response
            }
        })
        .boxed()
}

async fn receive_and_publish<B: Buf>(
    registry: &Registry,
    headers: &HeaderMap,
    body: impl Stream<Item = Result<B, warp::Error>>,
    turns: Arc<Semaphore>,
) -> Result<Published, Error> {
    let identity = identify(registry, headers).await?;
    if let Err(denied) = may_publish(&identity) {
        return refuse(registry, denied).await;
    }
    let claimed_digest = claimed(headers)?;
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let parser = Parser::new(content_type).map_err(malformed)?;
    let limit = registry.settings.max_package_size;
    if content_length(headers).is_some_and(|length| length > limit + FORM_BYTES) {
        return Err(too_large(limit));
    }
    // What cannot be committed need not be sent.
    registry.log.may_write().map_err(publish::Error::from)?;
    let Ok(Ok(turn)) = tokio::time::timeout(TURN, turns.acquire_owned()).await else {
        return Err(Error::Unavailable(
            "too many packages are pushed at the moment, push again later".to_owned(),
        ));
    };
    let scratch = tempfile::tempfile_in(&registry.settings.scratch).map_err(scratch)?;
    let upload = Receiver::new(scratch, limit, claimed_digest).receive(parser, body).await?;
    match registry.publisher.publish(&identity, upload, turn).await {
        Err(publish::Error::Denied(denied)) => refuse(registry, denied).await,
        published => Ok(published?),
    }
}

/// Whether there is any organization to which this caller publishes. Which one it is says the bala.
fn may_publish(identity: &Identity) -> Result<(), Denied> {
    let why = match identity {
        Identity::Token(grant) if grant.actions.iter().any(|action| *action >= Action::Publish) => {
            return Ok(());
        }
        Identity::Token(grant) => format!("token \"{}\" does not allow to publish", grant.name),
        Identity::Anonymous(_) => "publishing needs an access token: set accesstoken under [central] in \
                                   Settings.toml, or BALLERINA_CENTRAL_ACCESS_TOKEN"
            .to_owned(),
    };
    Err(Denied::Credentials(why))
}

async fn refuse<T>(registry: &Registry, denied: Denied) -> Result<T, Error> {
    registry.log.fresh().await?;
    Err(Error::Unauthorized(denied.to_string()))
}

/// The hash that the client sends along; older ones do not.
fn claimed(headers: &HeaderMap) -> Result<Option<String>, Error> {
    let Some(value) = headers.get(DIGEST) else { return Ok(None) };
    let hex = value.to_str().ok().and_then(|text| text.trim().strip_prefix("sha-256="));
    let hex = hex.filter(|hex| !hex.is_empty() && hex.bytes().all(|b| b.is_ascii_hexdigit()));
    match hex {
        Some(hex) => Ok(Some(hex.to_owned())),
        None => Err(Error::BadRequest("the digest header is not sha-256= and a hash in hex".to_owned())),
    }
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The part that holds the bala.
struct Part {
    file_name: Option<String>,
}

/// An upload on its way into scratch space.
struct Receiver {
    file: File,
    hasher: Hasher,
    size: u64,
    limit: u64,
    claimed_digest: Option<String>,
    /// Once it has begun.
    part: Option<Part>,
}

impl Receiver {
    fn new(file: std::fs::File, limit: u64, claimed_digest: Option<String>) -> Self {
        let (file, hasher) = (File::from_std(file), Hasher::default());
        Self { file, hasher, size: 0, limit, claimed_digest, part: None }
    }

    async fn receive<B: Buf>(
        mut self,
        mut parser: Parser,
        body: impl Stream<Item = Result<B, warp::Error>>,
    ) -> Result<Upload, Error> {
        let mut body = std::pin::pin!(body);
        let mut received = 0;
        while let Some(chunk) = body.next().await {
            let mut chunk = chunk.map_err(|error| broken(&error))?;
            received += chunk.remaining() as u64;
            if received > self.limit + FORM_BYTES {
                return Err(too_large(self.limit));
            }
            parser.push(&chunk.copy_to_bytes(chunk.remaining()));
            while let Some(event) = parser.next().map_err(malformed)? {
                self.take(event).await?;
            }
        }
        parser.finish().map_err(malformed)?;
        self.file.flush().await.map_err(scratch)?;
        let Some(Part { file_name }) = self.part else {
            return Err(Error::BadRequest(format!("the upload has no part \"{PART_NAME}\"")));
        };
        Ok(Upload {
            file: self.file.into_std().await,
            digest: self.hasher.finish(),
            size: self.size,
            file_name,
            claimed_digest: self.claimed_digest,
        })
    }

    async fn take(&mut self, event: Event) -> Result<(), Error> {
        match event {
            Event::Part { name, file_name } if name == PART_NAME && self.part.is_none() => {
                self.part = Some(Part { file_name });
            }
            Event::Part { .. } => {
                return Err(Error::BadRequest(format!(
                    "the upload must have one part, named \"{PART_NAME}\""
                )));
            }
            Event::Data(data) => {
                self.size += data.len() as u64;
                if self.size > self.limit {
                    return Err(too_large(self.limit));
                }
                self.hasher.update(&data);
                self.file.write_all(&data).await.map_err(scratch)?;
            }
            Event::End => {}
        }
        Ok(())
    }
}

fn too_large(limit: u64) -> Error {
    Error::BadRequest(format!("the package is larger than this registry takes: at most {limit} bytes"))
}

fn malformed(malformed: Malformed) -> Error {
    Error::BadRequest(format!("the upload {malformed}"))
}

fn broken(error: &warp::Error) -> Error {
    let mut source = error.source();
    while let Some(cause) = source {
        if cause.is::<Stalled>() {
            return Error::BadRequest(
                "the upload stopped coming: check the network and push again".to_owned(),
            );
        }
        source = cause.source();
    }
    Error::BadRequest("the upload broke off: push again".to_owned())
}

fn scratch(error: std::io::Error) -> Error {
    publish::Error::Scratch(error).into()
}
