//! Accepts connections, serves each by a task of its own, and ends them with the drain.

use std::error::Error;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use super::connections::{Connections, Place};
use super::drain::Drain;
use super::ends::{self, Ends};
use super::front::{Front, Fronts};
use super::handler::Handler;
use super::policy::Policy;
use super::stream::{Phase, Timed};
use crate::base::metrics::Metrics;
use crate::base::shares::Full;

/// Longest head of a request, in bytes.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// What a connection may hold of a body that nobody has taken yet, in bytes.
const BUFFER_BYTES: usize = 64 * 1024;
/// How long the loop waits when the system has no socket to give, or nobody leaves.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves `listener` until the drain is over.
pub async fn serve(
    listener: TcpListener,
    handler: impl Handler,
    policy: Policy,
    metrics: Metrics,
    drain: Drain,
) {
    let connections = Connections::new(policy.limits.max_connections, policy.client_connections);
    let graceful = GracefulShutdown::new();
    let fronts = Fronts::new(handler, policy.clone(), metrics.clone(), drain.clone());
    let stop = async {
        drain.begun().await;
        tokio::time::sleep(policy.limits.drain_delay).await;
    };
    let mut stop = std::pin::pin!(stop);
    let epoch = Instant::now();
    loop {
        let (socket, ends, phase, place) = tokio::select! {
            accepted = accept(&listener, &connections, &policy, epoch) => accepted,
            () = &mut stop => break,
        };
        let socket = Timed::new(socket, &policy.limits, phase.clone());
        let connection = connection(socket, fronts.one(phase, ends), graceful.watcher());
        let (id, open) = (place.id(), metrics.connection());
        let task = tokio::spawn(async move {
            connection.await;
            drop((place, open));
        });
        connections.served(id, task.abort_handle());
    }
    drop(listener);
    let count = graceful.count();
    if tokio::time::timeout(policy.limits.drain_timeout, graceful.shutdown()).await.is_err() {
        tracing::warn!(connections = count, "requests were cut off at the end of the drain");
    }
}

/// A connection, and its right to be open. While there is no place at all, the queue of the operating system holds back the
/// others; who has too many of them alone is told so.
async fn accept(
    listener: &TcpListener,
    connections: &Arc<Connections>,
    policy: &Policy,
    epoch: Instant,
) -> (TcpStream, Ends, Phase, Place) {
    loop {
        let accepted =
            listener.accept().await.and_then(|(socket, peer)| Ok((socket.local_addr()?, socket, peer)));
        let (local, socket, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(error = &error as &dyn Error, "a connection was not accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(error = &error as &dyn Error, "TCP_NODELAY");
        }
        let client = policy.client_connections.map(|_| ends::client(peer.ip()));
        let ends = Ends { peer: client, local: ends::plain(local) };
        let phase = Phase::new(epoch);
        match place(connections, client, &phase).await {
            Some(place) => return (socket, ends, phase, place),
            None => refuse(&socket),
        }
    }
}

/// A place for a client; `None` where it has too many.
async fn place(connections: &Arc<Connections>, client: Option<IpAddr>, phase: &Phase) -> Option<Place> {
    loop {
        match connections.enter(client, phase) {
            Ok(place) => return Some(place),
            Err(Full::Own) => return None,
            // Somebody leaves, or has become silent meanwhile.
            Err(Full::All) => {
                let _ = tokio::time::timeout(ACCEPT_PAUSE, connections.left()).await;
            }
        }
    }
}

/// Says why a connection is closed, as far as that can be said without waiting.
fn refuse(socket: &TcpStream) {
    const JSON: &str =
        r#"{"message":"too many connections from this address, try again when some have ended"}"#;
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         cache-control: no-store\r\nretry-after: 2\r\nconnection: close\r\n\r\n{JSON}",
        JSON.len()
    );
    let _ = socket.try_write(answer.as_bytes());
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
