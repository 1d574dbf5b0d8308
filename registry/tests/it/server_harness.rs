//! One pod over an in-memory store, on a real port, with a client that follows no redirect, as `bal` does.

use std::fs::File;
use std::io::{Cursor, Seek as _, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;

use barre_core::access::{Action, AnonymousRead, Grant, Identity, Organizations};
use barre_core::bala;
use barre_core::description::Description;
use barre_core::digest::Digest;
use barre_core::release::{Origin, Stored};
use barre_core::state::Outcome;
use barre_registry::api;
use barre_registry::base::clock::Clock;
use barre_registry::base::instruments::Instruments;
use barre_registry::base::metrics::Metrics;
use barre_registry::http::{self, Drain, DrainSwitch, Limits, Policy, Requests};
use barre_registry::log::{self, Log, Opening};
use barre_registry::process::args::{Args, Command};
use barre_registry::service::Services;
use barre_registry::service::files::Files;
use barre_registry::service::identity::{Identities, Tokens};
use barre_registry::service::links::Links;
use barre_registry::service::memory::Memory;
use barre_registry::service::mirror::pull_through::{Given, PullThrough};
use barre_registry::service::mirrors::MirrorsFile;
use barre_registry::service::publish::{Arrived, Publisher, Upload};
use barre_registry::service::read::{Artifacts, Reads, Searches};
use barre_registry::store::{Key, Store};
use barre_testkit::bala::Bala;
use jiff::{SignedDuration, Timestamp};
use object_store::ObjectStore;
use object_store::memory::InMemory;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// Largest package in these tests.
pub(crate) const LIMIT: u64 = 64 * 1024;

const TOKEN_FILE: &str = "tokens.json";
const MIRRORS_FILE: &str = "mirrors.json";

/// The id of the mirror that brings what is brought.
const MIRROR: &str = "m";

/// Bytes of answers that are held ready.
const HOT: u64 = 1024 * 1024;

/// Tokens: name, action and organization.
const TOKENS: [(&str, &str, &str); 7] = [
    ("read-acme", "read", "acme"),
    ("publish-acme", "publish", "acme"),
    ("publish-beta", "publish", "beta"),
    ("publish-all", "publish", "*"),
    ("admin-all", "admin", "*"),
    ("read-beta", "read", "beta"),
    ("expired", "admin", "*"),
];

pub(crate) struct Pod {
    pub(crate) address: SocketAddr,
    pub(crate) services: Arc<Services>,
    pub(crate) log: Log,
    pub(crate) stop: DrainSwitch,
    pub(crate) serving: JoinHandle<()>,
    client: reqwest::Client,
    tokens: Tokens,
    store: Store,
    folder: tempfile::TempDir,
}

/// The defaults of `barre-registry serve`.
pub(crate) fn limits() -> Limits {
    let args = Args::from_arguments("barre-registry serve --store memory: --anonymous-read true".split(' '))
        .unwrap();
    let Command::Serve(serve) = args.command else { panic!("not serve") };
    serve.limits
}

/// The secret of the token with this name; for other names one that is wrong.
pub(crate) fn secret(token: &str) -> String {
    format!("{token}-secret")
}

impl Pod {
    /// A pod whose public packages everyone may read.
    pub(crate) async fn start() -> Self {
        Self::with(AnonymousRead::Allowed, limits()).await
    }

    pub(crate) async fn with(anonymous_read: AnonymousRead, limits: Limits) -> Self {
        Self::taking(LIMIT, anonymous_read, limits).await
    }

    /// A pod that takes packages up to `size` bytes.
    pub(crate) async fn taking(size: u64, anonymous_read: AnonymousRead, limits: Limits) -> Self {
        Self::over(Arc::new(InMemory::new()), size, anonymous_read, limits).await
    }

    /// A pod over this store.
    pub(crate) async fn over(
        store: Arc<dyn ObjectStore>,
        size: u64,
        anonymous_read: AnonymousRead,
        limits: Limits,
    ) -> Self {
        Self::with_instruments(store, size, anonymous_read, limits, Instruments::system()).await
    }

    /// A pod with this clock.
    pub(crate) async fn at(clock: Clock) -> Self {
        let instruments = Instruments { clock, ..Instruments::system() };
        let store = Arc::new(InMemory::new());
        Self::with_instruments(store, LIMIT, AnonymousRead::Allowed, limits(), instruments).await
    }

    /// A pod over this store whose clock is so much later.
    pub(crate) async fn later(store: Arc<dyn ObjectStore>, by: SignedDuration) -> Self {
        let system = Instruments::system();
        let now = system.clock.clone();
        let instruments = Instruments { clock: Clock::new(move || now.now() + by), ..system };
        Self::with_instruments(store, LIMIT, AnonymousRead::Allowed, limits(), instruments).await
    }

    async fn with_instruments(
        store: Arc<dyn ObjectStore>,
        size: u64,
        anonymous_read: AnonymousRead,
        limits: Limits,
        instruments: Instruments,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::shared(store, instruments.metrics.clone());
        let mirrors = mirrors(&folder, &instruments.metrics).await;
        let opening = Opening { create: true, ..Opening::of("us") };
        let log = log::open(store.clone(), opening, instruments.clone()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let bala_limits = bala::Limits { size, ..bala::Limits::default() };
        let tokens = tokens(&folder).await;
        let identities =
            Identities::new(tokens.clone(), anonymous_read, instruments.clock.clone(), log.clone());
        let memory = Memory::new(1024 * 1024);
        let publisher = Publisher::new(log.clone(), store.clone(), bala_limits, memory.clone());
        let pull_through = PullThrough::new(Given {
            log: log.clone(),
            publisher: publisher.clone(),
            mirrors: mirrors.clone(),
            scratch: folder.path().to_owned(),
            max_package_size: size,
            instruments: instruments.clone(),
        });
        let reads = Reads::new(log.clone(), mirrors.clone()).pulling_through(pull_through);
        let services = Arc::new(Services {
            searches: Searches::open(reads.clone()).await,
            reads,
            mirrors,
            identities,
            files: Files::new(store.clone(), memory.clone()),
            artifacts: Artifacts::default(),
            publisher,
            memory,
            links: Links::new(None, Vec::new()),
            metrics: instruments.metrics.clone(),
            anonymous_read,
            max_package_size: size,
            scratch: folder.path().to_owned(),
        });
        let (stop, drain) = http::drain();
        let serving = serve(listener, &services, HOT, limits, drain);
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
        let client = client.build().unwrap();
        Self { address, services, log, stop, serving, client, tokens, store, folder }
    }

    /// What `/metrics` says.
    pub(crate) fn metrics(&self) -> String {
        self.services.metrics.encode(self.log.now())
    }

    /// Gives this pod other tokens.
    pub(crate) async fn retoken(&self, tokens: &Value) {
        std::fs::write(self.folder.path().join(TOKEN_FILE), tokens.to_string()).unwrap();
        self.tokens.reload().await;
    }

    /// Tells this pod other rules of the mirror with the id `m`.
    pub(crate) async fn admit(&self, admission: Value) {
        let upstream = serde_json::json!({ "url": "https://central.example.com" });
        let mirror = serde_json::json!({ "id": MIRROR, "name": "team/m", "upstream": upstream, "admission": admission });
        self.remirror(&serde_json::json!({ "mirrors": [mirror] }).to_string()).await;
    }

    /// Gives this pod another file with mirrors.
    pub(crate) async fn remirror(&self, file: &str) {
        std::fs::write(self.folder.path().join(MIRRORS_FILE), file).unwrap();
        self.services.mirrors.reload().await;
    }

    /// Publishes what a mirror brings, with upstream's date. Whatever it is stored under follows from the bala.
    pub(crate) async fn bring(&self, bala: &Bala, published: Option<Timestamp>) -> Digest {
        self.store_from(Origin::Mirror(MIRROR.to_owned()), bala, published).await
    }

    /// The same of any origin.
    pub(crate) async fn store_from(
        &self,
        origin: Origin,
        bala: &Bala,
        published: Option<Timestamp>,
    ) -> Digest {
        let bytes = bala.build();
        let digest = Digest::of(&bytes);
        let read = bala::read(Cursor::new(&bytes), &bala::Limits::default()).unwrap();
        let document = read.document.to_bytes(&read.description, self.log.state().format());
        let folder = Uuid::from_slice(&digest.as_bytes()[..16]).unwrap();
        let (size, of_document) = (bytes.len() as u64, Digest::of(&document));
        let stored = Stored { digest, size, folder, document: of_document, origin, published };
        let released = read.released(stored);
        let Description { coordinates, platform, .. } = &released.description;
        for (key, bytes) in [
            (Key::Bala(coordinates, platform, folder), bytes),
            (Key::Document(coordinates, folder), document),
        ] {
            self.store.put(&key, bytes.into()).await.unwrap();
        }
        let committed = self.log.commit(self.log.change("mirror:m", released)).await.unwrap();
        assert_eq!(committed.outcome, Outcome::Accepted, "{}", bala.coordinates());
        digest
    }

    /// One more port of this pod, where at most `kept` bytes of answers are held ready.
    pub(crate) async fn port(&self, kept: u64) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        serve(listener, &self.services, kept, limits(), http::drain().1);
        address
    }

    /// One more port of this pod, on all addresses of this machine, that has a name.
    pub(crate) async fn named_port(&self, external: &str) -> u16 {
        let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let Services { reads, searches, identities, files, publisher, memory, metrics, .. } = &*self.services;
        let named = Services {
            reads: reads.clone(),
            mirrors: self.services.mirrors.clone(),
            searches: searches.clone(),
            identities: identities.clone(),
            files: files.clone(),
            artifacts: Artifacts::default(),
            publisher: publisher.clone(),
            links: Links::new(Some(external.parse().unwrap()), Vec::new()),
            memory: memory.clone(),
            metrics: metrics.clone(),
            anonymous_read: self.services.anonymous_read,
            max_package_size: self.services.max_package_size,
            scratch: self.services.scratch.clone(),
        };
        serve(listener, &Arc::new(named), HOT, limits(), http::drain().1);
        port
    }

    /// A request; paths without a slash at their beginning are below the API.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let base = if path.starts_with('/') { "" } else { "/2.0/registry/" };
        self.client.request(method, format!("http://{}{base}{path}", self.address))
    }

    /// The answer to a GET.
    pub(crate) async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    /// The answer to a GET with a token.
    pub(crate) async fn get_as(&self, token: &str, path: &str) -> Response {
        self.request(Method::GET, path).bearer_auth(secret(token)).send().await.unwrap()
    }

    /// Where a pull is sent to.
    pub(crate) async fn pull(&self, token: Option<&str>, path: &str) -> Response {
        let request = self.request(Method::GET, path).header("accept", "application/octet-stream");
        let request = token.iter().fold(request, |request, token| request.bearer_auth(secret(token)));
        request.send().await.unwrap()
    }

    /// The answer to a push.
    pub(crate) async fn push(&self, token: &str, file_name: &str, bytes: Vec<u8>) -> Response {
        let digest = format!("sha-256={}", Digest::of(&bytes).hex());
        let request =
            self.request(Method::POST, "packages").header("digest", digest).multipart(form(file_name, bytes));
        request.bearer_auth(secret(token)).send().await.unwrap()
    }

    /// Pushes what must be accepted; its bytes.
    pub(crate) async fn publish(&self, bala: &Bala) -> Vec<u8> {
        let bytes = bala.build();
        let answer = self.push("admin-all", &bala.file_name(), bytes.clone()).await;
        let status = answer.status();
        assert_eq!(status, StatusCode::NO_CONTENT, "{}", answer.text().await.unwrap());
        bytes
    }
}

/// Somebody who may publish everything.
pub(crate) fn admin() -> Identity {
    let (actions, organizations) = (vec![Action::Admin], Organizations::All);
    Identity::Token(Grant { name: "test".to_owned(), actions, organizations })
}

/// What a client has sent.
pub(crate) fn upload(bala: &Bala) -> Upload {
    let bytes = bala.build();
    let (digest, size) = (Digest::of(&bytes), bytes.len() as u64);
    let arrived = Arrived { file: scratch(&bytes), digest, size };
    Upload { arrived, file_name: None, claimed_digest: None, destination: None }
}

/// A file of nobody else with these bytes.
pub(crate) fn scratch(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    file
}

/// Publishes what must be accepted, without HTTP.
pub(crate) async fn publish_to(log: &Log, store: &Store, bala: &Bala) {
    let publisher = Publisher::new(log.clone(), store.clone(), bala::Limits::default(), Memory::new(0));
    publisher.publish(&admin(), upload(bala), (), || Ok(admin())).await.unwrap();
}

fn serve(
    listener: TcpListener,
    services: &Arc<Services>,
    kept: u64,
    limits: Limits,
    drain: Drain,
) -> JoinHandle<()> {
    let policy = Policy {
        client_connections: limits.client_connections(false),
        limits,
        discard_bytes: 8 * services.max_package_size,
        requests: Requests::OfUsers,
    };
    let handler = api::handler(services, kept, drain.clone());
    tokio::spawn(http::serve(listener, handler, policy, services.metrics.clone(), drain))
}

/// The form that `bal push` sends.
pub(crate) fn form(file_name: &str, bytes: Vec<u8>) -> reqwest::multipart::Form {
    let part = reqwest::multipart::Part::bytes(bytes).file_name(file_name.to_owned());
    reqwest::multipart::Form::new().part("bala-file", part.mime_str("application/octet-stream").unwrap())
}

/// The status and text of a refusal, which is always JSON.
pub(crate) async fn refusal(answer: Response) -> (u16, String) {
    let kind = answer.headers()["content-type"].to_str().unwrap();
    assert!(kind.starts_with("application/json"), "{kind}");
    let status = answer.status().as_u16();
    let json: Value = answer.json().await.unwrap();
    (status, json["message"].as_str().unwrap().to_owned())
}

async fn mirrors(folder: &tempfile::TempDir, metrics: &Metrics) -> MirrorsFile {
    let path = folder.path().join(MIRRORS_FILE);
    std::fs::write(&path, "{\"mirrors\":[]}").unwrap();
    MirrorsFile::open(Some(path), metrics.clone()).await.unwrap()
}

async fn tokens(folder: &tempfile::TempDir) -> Tokens {
    let entries: Vec<Value> = TOKENS
        .iter()
        .map(|(name, action, organization)| {
            let expires = if *name == "expired" { "2001-01-01T00:00:00Z" } else { "2999-01-01T00:00:00Z" };
            serde_json::json!({
                "name": name, "sha256": Digest::of(secret(name).as_bytes()).hex(), "actions": [action],
                "organizations": [organization], "expires": expires,
            })
        })
        .collect();
    let path = folder.path().join(TOKEN_FILE);
    std::fs::write(&path, serde_json::json!({ "tokens": entries }).to_string()).unwrap();
    Tokens::open(vec![path]).await.unwrap()
}
