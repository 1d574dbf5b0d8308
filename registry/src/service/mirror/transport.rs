//! Requests to an upstream: where they may go, how often they are tried, how many at a time, and what an answer may cost.
//!
//! ```text
//! ask ─► address judged ─► turn of its host ─► sent, token only to the upstream itself ─► redirect: judged anew, five at most
//!                                                  └─► 429, 5xx, silence: later again, as often as allowed ─► pieces, bounded
//! ```

mod answer;
mod error;
mod limits;
pub mod settings;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use barre_contract::mirror::PrivateAddresses;
use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER, USER_AGENT,
};
use http::{Method, StatusCode};
use serde::de::DeserializeOwned;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use url::Url;

use super::guard;
use crate::base::instruments::Instruments;
pub use answer::Answer;
use answer::Bounds;
pub use error::{Error, Failure, short};
use limits::{Hosts, Pace};

/// Redirects of one request.
const MAX_REDIRECTS: usize = 5;
/// Who asks. It is no version of a distribution, for which an upstream would leave versions out.
const AGENT: &str = concat!("barre-registry/", env!("CARGO_PKG_VERSION"), " (mirror)");
/// How long a first try is waited for before the second one, and how long at most before any.
const BACKOFF: Duration = Duration::from_millis(250);
const MAX_BACKOFF: Duration = Duration::from_secs(30);

/// What is asked of an upstream.
#[derive(Debug, Clone)]
pub struct Ask {
    pub url: Url,
    pub headers: HeaderMap,
    /// JSON, for a POST; without it, it is a GET.
    pub body: Option<Bytes>,
    /// The most bytes that are taken of the answer.
    pub limit: u64,
}

/// The way to one upstream. Cheap to clone.
#[derive(Clone)]
pub struct Transport(Arc<Inner>);

struct Inner {
    client: reqwest::Client,
    /// The upstream's own URL, to whose origin alone the token goes.
    home: Url,
    token: Option<HeaderValue>,
    private: PrivateAddresses,
    timeout: Duration,
    max_retries: u32,
    hosts: Hosts,
    requests: Pace,
    bytes: Arc<Pace>,
    deadline: Instant,
    sent: AtomicU64,
    instruments: Instruments,
}

impl Ask {
    /// A GET whose answer has at most `limit` bytes.
    pub fn get(url: Url, limit: u64) -> Self {
        Self { url, headers: HeaderMap::new(), body: None, limit }
    }

    /// A POST of this JSON.
    pub fn post(url: Url, body: Bytes, limit: u64) -> Self {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        Self { url, headers, body: Some(body), limit }
    }
}

impl Transport {
    /// The URL at this path below the upstream's own; every part of it is one part of the path.
    pub fn url(&self, parts: &[&str]) -> Url {
        let mut url = self.0.home.clone();
        url.set_query(None);
        url.set_fragment(None);
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(parts);
        }
        url
    }

    /// How many requests were sent.
    pub fn requests(&self) -> u64 {
        self.0.sent.load(Ordering::Relaxed)
    }

    /// When no more is asked.
    pub fn deadline(&self) -> Instant {
        self.0.deadline
    }

    /// An answer in JSON, tried again where that may help.
    pub async fn json<T: DeserializeOwned>(&self, ask: &Ask) -> Result<T, Error> {
        let bytes = self.bytes(ask).await?;
        let read = serde_json::from_slice(&bytes);
        read.map_err(|error| Error::unreadable(&format!("it is not the JSON that was expected: {error}")))
    }

    /// An answer as a whole, tried again where that may help.
    pub async fn bytes(&self, ask: &Ask) -> Result<Bytes, Error> {
        self.tried(|| async {
            let mut answer = self.send(ask).await?;
            let mut whole = Vec::new();
            while let Some(piece) = answer.next().await? {
                whole.extend_from_slice(&piece);
            }
            Ok(whole.into())
        })
        .await
    }

    /// Does something `once`, and again where the upstream's failure is one that passes.
    pub async fn tried<T, E: Failure, F: Future<Output = Result<T, E>>>(
        &self,
        mut once: impl FnMut() -> F,
    ) -> Result<T, E> {
        for attempt in 0.. {
            let error = match once().await {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            let Some(passing) = error.upstream().filter(|error| error.passes()) else { return Err(error) };
            if attempt >= self.0.max_retries {
                return Err(error);
            }
            let wait = passing.after().unwrap_or_else(|| self.backoff(attempt));
            if Instant::now().checked_add(wait).is_none_or(|until| until >= self.0.deadline) {
                return Err(error);
            }
            tracing::debug!(attempt, ?wait, error = passing as &dyn std::error::Error, "asked again later");
            sleep(wait).await;
        }
        Err(E::from(Error::Deadline))
    }

    /// Between the half and the whole of a time that doubles: who failed together does not come again together.
    fn backoff(&self, attempt: u32) -> Duration {
        let whole = BACKOFF.saturating_mul(1 << attempt.min(10)).min(MAX_BACKOFF);
        let [random] = self.0.instruments.random.bytes();
        whole.mul_f64(0.5 + f64::from(random) / 512.0)
    }

    /// Sends it once, following redirects; the beginning of the answer, if that is a success.
    pub async fn send(&self, ask: &Ask) -> Result<Answer, Error> {
        timeout_at(self.0.deadline, self.follow(ask)).await.unwrap_or(Err(Error::Deadline))
    }

    async fn follow(&self, ask: &Ask) -> Result<Answer, Error> {
        let mut url = ask.url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let (response, permit) = self.once(ask, &url).await?;
            if !response.status().is_redirection() {
                return self.judged(ask, &url, response, permit).await;
            }
            if ask.body.is_some() {
                return Err(Error::Redirect("a question that is posted".to_owned()));
            }
            let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            let next = location.and_then(|location| url.join(location).ok());
            let next = next.ok_or_else(|| Error::Redirect("to nowhere".to_owned()))?;
            if url.scheme() == "https" && next.scheme() != "https" {
                return Err(Error::Redirect(format!("from https to {}", next.scheme())));
            }
            url = next;
        }
        Err(Error::Redirect(format!("more than {MAX_REDIRECTS} times")))
    }

    async fn once(&self, ask: &Ask, url: &Url) -> Result<(reqwest::Response, OwnedSemaphorePermit), Error> {
        guard::check(url, self.0.private)?;
        // Who does not try again does not wait either until it may be asked.
        let latest = if self.0.max_retries == 0 { Instant::now() } else { self.0.deadline };
        let permit = self.0.hosts.turn(url, latest).await?;
        self.0.requests.take(1).await;
        let method = if ask.body.is_some() { Method::POST } else { Method::GET };
        let mut request = self.0.client.request(method, url.clone()).headers(ask.headers.clone());
        // What is compressed may be a million times larger than it looks.
        request = request.header(USER_AGENT, AGENT).header(ACCEPT_ENCODING, "identity");
        if url.origin() == self.0.home.origin()
            && let Some(token) = &self.0.token
        {
            request = request.header(AUTHORIZATION, token.clone());
        }
        if let Some(body) = &ask.body {
            request = request.body(body.clone());
        }
        self.0.sent.fetch_add(1, Ordering::Relaxed);
        let sent = timeout(self.0.timeout, request.send()).await.map_err(|_| Error::Silent)?;
        Ok((sent.map_err(Error::of)?, permit))
    }

    /// What an answer is that is no redirect.
    async fn judged(
        &self,
        ask: &Ask,
        url: &Url,
        response: reqwest::Response,
        permit: OwnedSemaphorePermit,
    ) -> Result<Answer, Error> {
        let (status, headers) = (response.status(), response.headers());
        let after = headers.get(RETRY_AFTER).and_then(|value| self.retry_after(value));
        let own = url.origin() == self.0.home.origin();
        let bounds = Bounds {
            limit: ask.limit,
            silence: self.0.timeout,
            deadline: self.0.deadline,
            pace: Arc::clone(&self.0.bytes),
        };
        let answer = Answer::new(response, permit, bounds);
        if status.is_success() {
            return answer;
        }
        let says = answer?.says().await;
        Err(match status {
            // Elsewhere, it is about a link that is over, not about our token.
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if own => Error::Unauthorized(says),
            StatusCode::NOT_FOUND => Error::NotFound(says),
            StatusCode::GONE => Error::Gone,
            StatusCode::TOO_MANY_REQUESTS => {
                self.0.hosts.quiet(url, after);
                Error::Throttled { after }
            }
            _ if status.is_server_error() => {
                self.0.hosts.quiet(url, after);
                Error::Failing { status, says, after }
            }
            _ => Error::Status { status, says },
        })
    }

    /// How long a `Retry-After` means: seconds, or until a date.
    fn retry_after(&self, value: &HeaderValue) -> Option<Duration> {
        let text = value.to_str().ok()?.trim();
        if let Ok(seconds) = text.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let date = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
        let wait = date.duration_since(self.0.instruments.clock.now());
        Some(Duration::try_from(wait).unwrap_or_default())
    }
}
