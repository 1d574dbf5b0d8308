//! `barre-registry serve`: from arguments to a registry that answers, and back to an end without lost requests.
//!
//! The admin port answers before anything else works, so that a long start is alive and not ready. Whatever
//! cannot work ends the start with a reason.

use std::error::Error;
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use barre_core::access::AnonymousRead;
use barre_core::bala;
use tokio::net::TcpListener;
use warp::Filter as _;

use super::admin;
use super::args::Serve;
use super::existing::existing;
use super::failure::ServeError;
use super::memory;
use super::upgrade::{self, Told};
use crate::api;
use crate::base::instruments::Instruments;
use crate::base::metrics::Metrics;
use crate::base::vital::vital;
use crate::http::{self, Drain, Policy, Readiness, Requests};
use crate::log::{self, Log, Opening};
use crate::service::Services;
use crate::service::files::Files;
use crate::service::identity::{Identities, Tokens};
use crate::service::links::Links;
use crate::service::memory::Memory;
use crate::service::mirror::pull_through::{Given, PullThrough};
use crate::service::mirrors::{MirrorsFile, Reports};
use crate::service::publish::Publisher;
use crate::service::read::{Artifacts, Reads, Searches};
use crate::store::{FolderLock, Store};

/// How much of a body that nobody wants is read, in largest packages: some clients send all of it before they read why.
const DISCARDED_PACKAGES: u64 = 8;

/// Serves until `stop` resolves and the drain is over.
pub async fn serve(
    args: Serve,
    instruments: Instruments,
    stop: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let Instruments { clock, metrics, .. } = &instruments;
    let (drain_switch, drain) = http::drain();
    let public = bind(args.listen)?;
    let admin = bind(args.admin_listen)?;
    let scratch = args.scratch_dir.clone().unwrap_or_else(std::env::temp_dir);
    tempfile::tempfile_in(&scratch).map_err(|error| ServeError::Scratch(scratch.clone(), error))?;
    let readiness = Readiness::new(drain.clone());
    let told = admin::Told::default();
    let routes = http::admin(readiness.clone(), metrics.clone(), clock.clone());
    let routes = routes.or(admin::routes(&told)).unify().boxed();
    // Its metrics are apart: health checks would drown what users do. It ends with the process.
    let never = http::drain();
    let policy = policy(&args, Requests::OfMachines);
    vital(
        "serving the admin port",
        http::serve(admin, warp::service(routes), policy, Metrics::new(), never.1),
    );
    let mut stop = std::pin::pin!(stop);
    let opened = tokio::select! {
        opened = open(&args, &instruments) => opened?,
        () = &mut stop => return Ok(()),
    };
    let Foundation { log, tokens, mirrors, store, _lock } = opened;
    told.tell(mirrors.clone(), Reports::new(store.clone()));
    vital("reading token files", tokens.clone().follow());
    vital("reading the file with mirrors", mirrors.clone().follow());
    tokio::spawn(upgrade::follow(log.clone(), Told::from(&args)));
    let services = Arc::new(services(&args, &instruments, scratch, (&log, tokens, mirrors, store)).await);
    tokio::spawn(services.publisher.clone().sweep());
    let serving = public_server(public, &services, &args, metrics, &drain);
    readiness.caught_up();
    tracing::info!(listen = %args.listen, store = %args.store, seq = log.seq(), "serving");
    let stopped = tokio::select! {
        () = &mut stop => None,
        stopped = log.stopped() => Some(stopped),
    };
    let known = log.known();
    // What this process has told is still true: then those who are being answered get their answers.
    if stopped.as_ref().is_none_or(|stopped| stopped.is_orderly()) {
        tracing::info!("stopping");
        drain_switch.begin();
        if let Err(error) = serving.await {
            tracing::error!(error = &error as &dyn Error, "the server ended early");
        }
    }
    drop(never.0);
    stopped.map_or(Ok(()), |stopped| Err(ServeError::Stopped(stopped, known)))
}

/// What has to be there before anybody is served.
struct Foundation {
    log: Log,
    tokens: Tokens,
    mirrors: MirrorsFile,
    store: Store,
    /// Says to others that this process serves the folder.
    _lock: Option<FolderLock>,
}

async fn open(args: &Serve, instruments: &Instruments) -> Result<Foundation, ServeError> {
    let tokens = Tokens::open(args.tokens.clone()).await?;
    let mirrors = MirrorsFile::open(args.mirrors.clone(), instruments.metrics.clone()).await?;
    let store = existing(&args.store, args.create, instruments)?;
    let opening = Opening {
        create: args.create,
        take_over: args.take_over,
        expected: args.known.expected(),
        ..Opening::of(args.owner.clone())
    };
    let log = log::open(store.clone(), opening, instruments.clone()).await?;
    if let Some(memory) = &args.known.memory {
        memory::forget(memory);
    }
    let alone = args.settled.is_none();
    let lock = upgrade::enter(&log, &store, alone).await.map_err(ServeError::Lock)?;
    Ok(Foundation { log, tokens, mirrors, store, _lock: lock })
}

async fn services(
    args: &Serve,
    instruments: &Instruments,
    scratch: PathBuf,
    (log, tokens, mirrors, store): (&Log, Tokens, MirrorsFile, Store),
) -> Services {
    let anonymous_read = if args.anonymous_read { AnonymousRead::Allowed } else { AnonymousRead::Denied };
    let memory = Memory::new(args.cache_size);
    let publisher = Publisher::new(log.clone(), store.clone(), limits(args.max_package_size), memory.clone());
    let pull_through = PullThrough::new(Given {
        log: log.clone(),
        publisher: publisher.clone(),
        mirrors: mirrors.clone(),
        scratch: scratch.clone(),
        max_package_size: args.max_package_size,
        instruments: instruments.clone(),
    });
    let reads = Reads::new(log.clone(), mirrors.clone()).pulling_through(pull_through);
    Services {
        searches: Searches::open(reads.clone()).await,
        reads,
        mirrors,
        identities: Identities::new(tokens, anonymous_read, instruments.clock.clone(), log.clone()),
        files: Files::new(store, memory.clone()),
        artifacts: Artifacts::default(),
        publisher,
        links: Links::new(args.external_url.clone(), args.also_host.clone()),
        memory,
        metrics: instruments.metrics.clone(),
        anonymous_read,
        max_package_size: args.max_package_size,
        scratch,
    }
}

fn public_server(
    listener: TcpListener,
    services: &Arc<Services>,
    args: &Serve,
    metrics: &Metrics,
    drain: &Drain,
) -> tokio::task::JoinHandle<()> {
    let handler = api::handler(services, args.cache_size / 8, drain.clone());
    let policy = policy(args, Requests::OfUsers);
    vital("serving", http::serve(listener, handler, policy, metrics.clone(), drain.clone()))
}

fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    http::bind(address).map_err(|error| ServeError::Listen(address, error))
}

/// An archive may inflate to four times the largest package, as it may by default.
pub(super) fn limits(max_package_size: u64) -> bala::Limits {
    let default = bala::Limits::default();
    let inflated = default.inflated.max(max_package_size.saturating_mul(4));
    bala::Limits { size: max_package_size, inflated, ..default }
}

fn policy(args: &Serve, requests: Requests) -> Policy {
    // We speak no TLS.
    let proxied = args.external_url.as_ref().is_some_and(|url| url.scheme() == "https");
    let client_connections = match requests {
        Requests::OfUsers => args.limits.client_connections(proxied),
        Requests::OfMachines => None,
    };
    Policy {
        limits: args.limits.clone(),
        client_connections,
        discard_bytes: DISCARDED_PACKAGES.saturating_mul(args.max_package_size + api::FORM_BYTES),
        requests,
    }
}
