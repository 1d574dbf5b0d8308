//! Connections: who is accepted, how long they may take, and how they end.
//!
//! HTTP/1 only, one task for each connection. The accept loop is our own, because `warp::serve` has no
//! timeouts, no limit and no drain that ends. From outside in: `stream` times the socket, hyper parses,
//! `front` times, counts and logs the request, and the service answers.
//!
//! A signal to stop begins the drain: for a few seconds everything is answered as before, but with
//! `Connection: close`, because those who route to us learn of it late. Then nothing new is accepted, and
//! what is under way may finish.

use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::Service;

use crate::args::Limits;
use crate::metrics::Metrics;

mod admin;
mod body;
mod deadline;
mod front;
mod stream;

pub use admin::{Readiness, routes as admin};
pub use body::{RequestBody, Stalled};
pub use front::Route;

use front::{Front, Fronts};
use stream::{Phase, Timed};

type BoxError = Box<dyn Error + Send + Sync>;

/// Longest head of a request, in bytes.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// What a connection may hold of a body that nobody has taken yet, in bytes.
const BUFFER_BYTES: usize = 64 * 1024;
/// How long the loop waits when the system has no socket to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Begins the drain when `begin` is called.
#[derive(Debug)]
pub struct Stop(watch::Sender<bool>);

/// Says whether the drain has begun. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Drain(watch::Receiver<bool>);

/// A drain, and what begins it.
pub fn drain() -> (Stop, Drain) {
    let (sender, receiver) = watch::channel(false);
    (Stop(sender), Drain(receiver))
}

impl Stop {
    /// Begins the drain.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }
}

impl Drain {
    /// Whether it has begun.
    pub fn has_begun(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it begins; for ever, if nobody can begin it any more.
    pub async fn begun(&self) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|begun| *begun).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// How one listener behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    pub limits: Limits,
    /// How much of a refused body is read and thrown away.
    pub discard_bytes: u64,
    pub discard_time: Duration,
    pub requests: Requests,
}

/// Whose requests a listener takes, which decides how loudly they are logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requests {
    OfUsers,
    /// Health checks, every few seconds.
    OfMachines,
}

/// What a listener serves.
pub trait Handler:
    Service<
        Request<RequestBody>,
        Response = Response<<Self as Handler>::Body>,
        Error = Infallible,
        Future: Send,
    > + Clone
    + Send
    + Sync
    + 'static
{
    /// Of its answers.
    type Body: Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static;
}

impl<S, B> Handler for S
where
    S: Service<Request<RequestBody>, Response = Response<B>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static,
{
    type Body = B;
}

/// Serves `listener` until the drain is over.
pub async fn serve(
    listener: TcpListener,
    handler: impl Handler,
    settings: Settings,
    metrics: Metrics,
    drain: Drain,
) {
    let connections = Arc::new(Semaphore::new(settings.limits.max_connections as usize));
    let graceful = GracefulShutdown::new();
    let fronts = Fronts::new(handler, settings.clone(), metrics.clone(), drain.clone());
    let stop = async {
        drain.begun().await;
        tokio::time::sleep(settings.limits.drain_delay).await;
    };
    let mut stop = std::pin::pin!(stop);
    loop {
        let (socket, permit) = tokio::select! {
            accepted = accept(&listener, &connections) => accepted,
            () = &mut stop => break,
        };
        let phase = Phase::default();
        let socket = Timed::new(socket, &settings.limits, phase.clone());
        let connection = connection(socket, fronts.one(phase), graceful.watcher());
        let open = metrics.connection();
        tokio::spawn(async move {
            connection.await;
            drop((permit, open));
        });
    }
    drop(listener);
    let count = graceful.count();
    if tokio::time::timeout(settings.limits.drain_timeout, graceful.shutdown()).await.is_err() {
        tracing::warn!(connections = count, "requests were cut off at the end of the drain");
    }
}

/// A connection, and its right to be open. Waits for the right first, so that the queue of the operating
/// system holds back the others.
async fn accept(listener: &TcpListener, connections: &Arc<Semaphore>) -> (TcpStream, OwnedSemaphorePermit) {
    let Ok(permit) = Arc::clone(connections).acquire_owned().await else {
        // The semaphore is never closed.
        return std::future::pending().await;
    };
    loop {
        match listener.accept().await {
            Ok((socket, _)) => {
                if let Err(error) = socket.set_nodelay(true) {
                    tracing::debug!(error = &error as &dyn Error, "TCP_NODELAY");
                }
                return (socket, permit);
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn Error, "a connection was not accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// The life of one connection. Its errors are the client's affair.
fn connection<H: Handler>(
    socket: Timed,
    front: Front<H>,
    watcher: Watcher,
) -> impl Future<Output = ()> + Send + use<H> {
    let connection = http1::Builder::new()
        // `Timed` times that, and sets no timer anew for each request.
        .header_read_timeout(None)
        .max_header_size(MAX_HEAD_BYTES)
        // By default it grows to 400 KiB for each upload.
        .max_buf_size(BUFFER_BYTES)
        .serve_connection(TokioIo::new(socket), front);
    let connection = watcher.watch(connection);
    async move {
        if let Err(error) = connection.await {
            tracing::debug!(error = &error as &dyn Error, "connection ended");
        }
    }
}
