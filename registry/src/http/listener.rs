//! Accepts connections, serves each by a task of its own, and ends them with the drain.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::drain::Drain;
use super::front::{Front, Fronts};
use super::handler::Handler;
use super::policy::Policy;
use super::stream::{Phase, Timed};
use crate::base::metrics::Metrics;

/// Longest head of a request, in bytes.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// What a connection may hold of a body that nobody has taken yet, in bytes.
const BUFFER_BYTES: usize = 64 * 1024;
/// How long the loop waits when the system has no socket to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves `listener` until the drain is over.
pub async fn serve(
    listener: TcpListener,
    handler: impl Handler,
    policy: Policy,
    metrics: Metrics,
    drain: Drain,
) {
    let connections = Arc::new(Semaphore::new(policy.limits.max_connections as usize));
    let graceful = GracefulShutdown::new();
    let fronts = Fronts::new(handler, policy.clone(), metrics.clone(), drain.clone());
    let stop = async {
        drain.begun().await;
        tokio::time::sleep(policy.limits.drain_delay).await;
    };
    let mut stop = std::pin::pin!(stop);
    loop {
        let (socket, permit) = tokio::select! {
            accepted = accept(&listener, &connections) => accepted,
            () = &mut stop => break,
        };
        let phase = Phase::default();
        let socket = Timed::new(socket, &policy.limits, phase.clone());
        let connection = connection(socket, fronts.one(phase), graceful.watcher());
        let open = metrics.connection();
        tokio::spawn(async move {
            connection.await;
            drop((permit, open));
        });
    }
    drop(listener);
    let count = graceful.count();
    if tokio::time::timeout(policy.limits.drain_timeout, graceful.shutdown()).await.is_err() {
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
