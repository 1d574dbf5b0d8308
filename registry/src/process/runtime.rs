//! What a program needs from the system to run tasks.

use std::future::Future;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};

/// A runtime, and a provider for TLS.
pub(super) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    // Two providers may be compiled in; TLS panics unless one is chosen.
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        tracing::debug!("a TLS provider was installed before");
    }
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no runtime")
}

/// Resolves at SIGTERM, and at Ctrl-C. Who presses it twice does not want to wait.
pub(super) fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate()).context("no signals")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("no signals")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tokio::spawn(async move {
            interrupt.recv().await;
            std::process::exit(130);
        });
    })
}
