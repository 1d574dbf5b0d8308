//! `barre-registry serve`: from arguments to a registry that answers, and back to an end without lost requests.
//!
//! The admin port answers before anything else works, so that a long start is alive and not ready. Whatever
//! cannot work ends the start with a reason.

use std::error::Error;
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::api::{self, Links};
use crate::args::Serve;
use crate::auth::{Tokens, tokens};
use crate::clock::Clock;
use crate::files::Files;
use crate::log::{self, Log, OpenError, Stop};
use crate::metrics::Metrics;
use crate::permission::AnonymousRead;
use crate::publish::Publisher;
use crate::registry::{Registry, Settings};
use crate::server::{self, Drain, Readiness, Requests};
use crate::store::{self, Store};
use crate::{bala, termination};

/// How long a refused body is read.
const DISCARD_TIME: Duration = Duration::from_secs(10);
/// What a form has besides its content.
const DISCARD_MARGIN: u64 = 64 * 1024;

/// Why this process cannot serve, or cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("cannot listen on {0}")]
    Listen(SocketAddr, #[source] std::io::Error),
    #[error(transparent)]
    Tokens(#[from] tokens::Unusable),
    #[error("the folder for uploads \"{}\" cannot be used, see --scratch-dir", .0.display())]
    Scratch(PathBuf, #[source] std::io::Error),
    #[error("there is no folder \"{}\": check --store, or begin a registry there with --create", .0.display())]
    NoFolder(PathBuf),
    #[error(transparent)]
    Store(#[from] store::OpenError),
    #[error(transparent)]
    Log(#[from] OpenError),
    #[error("the log is closed to this process")]
    Stopped(#[source] Arc<Stop>),
}

/// Serves until `stop` resolves and the drain is over.
pub async fn serve(args: Serve, clock: Clock, stop: impl Future<Output = ()>) -> Result<(), Failure> {
    let metrics = Metrics::new();
    let (begin_drain, drain) = server::drain();
    let public = bind(args.listen).await?;
    let admin = bind(args.admin_listen).await?;
    let scratch = args.scratch_dir.clone().unwrap_or_else(std::env::temp_dir);
    tempfile::tempfile_in(&scratch).map_err(|error| Failure::Scratch(scratch.clone(), error))?;
    let readiness = Readiness::new(drain.clone());
    let routes = server::admin(readiness.clone(), metrics.clone(), clock.clone());
    // Its metrics are apart: health checks would drown what users do. It ends with the process.
    let never = server::drain();
    let settings = settings(&args, Requests::OfMachines);
    tokio::spawn(server::serve(admin, warp::service(routes), settings, Metrics::new(), never.1));
    let mut stop = std::pin::pin!(stop);
    let registry = tokio::select! {
        registry = open(&args, &clock, &metrics, scratch) => Arc::new(registry?),
        () = &mut stop => return Ok(()),
    };
    tokio::spawn(registry.tokens.clone().follow());
    let serving = public_server(public, &registry, &args, &metrics, &drain);
    readiness.caught_up();
    tracing::info!(listen = %args.listen, store = %args.store, seq = registry.log.seq(), "serving");
    tokio::select! {
        () = &mut stop => {}
        stopped = registry.log.stopped() => return Err(Failure::Stopped(stopped)),
    }
    tracing::info!("stopping");
    begin_drain.begin();
    if let Err(error) = serving.await {
        tracing::error!(error = &error as &dyn Error, "the server ended early");
    }
    drop(never.0);
    Ok(())
}

fn public_server(
    listener: TcpListener,
    registry: &Arc<Registry>,
    args: &Serve,
    metrics: &Metrics,
    drain: &Drain,
) -> tokio::task::JoinHandle<()> {
    let handler = api::handler(registry, args.cache_size / 8);
    let settings = settings(args, Requests::OfUsers);
    tokio::spawn(server::serve(listener, handler, settings, metrics.clone(), drain.clone()))
}

async fn open(args: &Serve, clock: &Clock, metrics: &Metrics, scratch: PathBuf) -> Result<Registry, Failure> {
    let tokens = Tokens::open(args.tokens.clone()).await?;
    // To open a store of this kind makes its folder: a mistyped one is none.
    if !args.create
        && args.store.scheme() == "file"
        && let Ok(folder) = args.store.to_file_path()
        && !folder.is_dir()
    {
        return Err(Failure::NoFolder(folder));
    }
    let store = Store::open(&args.store, clock.clone(), metrics.clone())?;
    let settings = log::Settings {
        owner: args.owner.clone(),
        create: args.create,
        take_over: args.take_over,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let log: Log = log::open(store.clone(), settings, clock.clone(), metrics.clone()).await?;
    Ok(Registry {
        files: Files::new(store.clone(), args.cache_size),
        publisher: Publisher::new(log.clone(), store, limits(args.max_package_size)),
        log,
        tokens,
        metrics: metrics.clone(),
        clock: clock.clone(),
        settings: Settings {
            anonymous_read: if args.anonymous_read { AnonymousRead::Allowed } else { AnonymousRead::Denied },
            max_package_size: args.max_package_size,
            links: Links::new(args.external_url.clone(), args.also_host.clone(), args.listen),
            scratch,
        },
    })
}

async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| Failure::Listen(address, error))
}

/// An archive may inflate to four times the largest package, as it may by default.
fn limits(max_package_size: u64) -> bala::Limits {
    let default = bala::Limits::default();
    let inflated = default.inflated.max(max_package_size.saturating_mul(4));
    bala::Limits { size: max_package_size, inflated, ..default }
}

fn settings(args: &Serve, requests: Requests) -> server::Settings {
    server::Settings {
        limits: args.limits.clone(),
        discard_bytes: args.max_package_size + DISCARD_MARGIN,
        discard_time: DISCARD_TIME,
        requests,
    }
}

impl Failure {
    /// One word for programs; the operator shows it as the reason of a condition.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Listen(..) => "AddressUnavailable",
            Self::Tokens(_) => "TokensUnusable",
            Self::Scratch(..) => "ScratchUnusable",
            Self::NoFolder(_) => "RegistryNotFound",
            Self::Store(_) => "StoreSettingsInvalid",
            Self::Log(error) => log_reason(error),
            Self::Stopped(stop) => stop_reason(stop),
        }
    }

    /// The last words of the process.
    pub fn message(&self) -> termination::Message<'static> {
        let mut text = self.to_string();
        let mut source = self.source();
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        termination::Message::new(self.reason(), &text)
    }
}

fn stop_reason(stop: &Stop) -> &'static str {
    match stop {
        Stop::ForeignOwner { .. } => "ForeignOwner",
        Stop::Format { .. } => "FormatTooNew",
        Stop::Disk(_) => "BackendUnreachable",
        Stop::Rewritten { .. } | Stop::Damaged { .. } | Stop::Gap { .. } => "LogDamaged",
    }
}

fn log_reason(error: &OpenError) -> &'static str {
    match error {
        OpenError::NoRegistry => "RegistryNotFound",
        OpenError::NotEmpty(_) => "BucketOwnedByAnother",
        OpenError::ForeignOwner { .. } => "ForeignOwner",
        OpenError::Format { .. } => "FormatTooNew",
        OpenError::Genesis(_) | OpenError::Damaged { .. } | OpenError::Gap { .. } => "LogDamaged",
        OpenError::Store(error) => store_reason(error),
        // A store that answers the probe, and wrongly, is no reason to look at the network.
        OpenError::Probe(error) => {
            let cause = error.source().and_then(|cause| cause.downcast_ref::<store::Error>());
            cause.map_or("StoreUnsuitable", store_reason)
        }
        OpenError::Stopped(stop) => stop_reason(stop),
        OpenError::Sync(_) => "BackendUnreachable",
    }
}

fn store_reason(error: &store::Error) -> &'static str {
    match error {
        store::Error::Credentials(_) => "CredentialsRejected",
        store::Error::Denied(_) => "AccessDenied",
        store::Error::NoBucket(_) => "BucketNotFound",
        store::Error::Missing(_) | store::Error::Disk(_) | store::Error::Unavailable(_) => {
            "BackendUnreachable"
        }
    }
}
