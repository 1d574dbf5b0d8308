//! `barre-registry`: one subcommand, one module.

use std::future::Future;
use std::process::ExitCode;

use anyhow::Context as _;
use barre_registry::base::clock::Clock;
use barre_registry::base::instruments::Instruments;
use barre_registry::process::args::{Args, Command, Format, NewToken, Serve, Token};
use barre_registry::process::{format, serve, telemetry, termination, token};
use rand::TryRng as _;
use tokio::signal::unix::{SignalKind, signal};

/// That of musl, which the image is built with, takes one lock for all threads. How this one is set: `.cargo/config.toml`.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let args = match Args::from_arguments(std::env::args_os()) {
        Ok(args) => args,
        Err(error) => error.exit(),
    };
    let done = match args.command {
        Command::Serve(args) => run(*args),
        Command::Format(args) => tell_format(&args),
        Command::Token { command: Token::New(args) } => new_token(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "for the person who started it, whatever is logged")]
fn complain(error: &anyhow::Error) {
    eprintln!("error: {error:#}");
}

fn run(args: Serve) -> anyhow::Result<()> {
    telemetry::init(args.log_level, args.log_format);
    let termination_message = args.termination_message.clone();
    let served = runtime()?.block_on(async {
        let stop = stop_signal()?;
        anyhow::Ok(serve::serve(args, Instruments::system(), stop).await)
    })?;
    if let Err(failure) = &served {
        termination::write(&failure.last_words(), &termination_message);
    }
    Ok(served?)
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    // Two providers may be compiled in; TLS panics unless one is chosen.
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        tracing::debug!("a TLS provider was installed before");
    }
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no runtime")
}

#[expect(clippy::print_stdout, reason = "this is what the command is for")]
fn tell_format(args: &Format) -> anyhow::Result<()> {
    println!("{}", runtime()?.block_on(format::format(args, Instruments::system()))?);
    Ok(())
}

/// Resolves at SIGTERM, and at Ctrl-C. Who presses it twice does not want to wait.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
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

#[expect(clippy::print_stdout, reason = "this is what the command is for")]
fn new_token(args: &NewToken) -> anyhow::Result<()> {
    let mut random = [0; 32];
    rand::rngs::SysRng.try_fill_bytes(&mut random).context("no random bytes from the system")?;
    println!("{}", token::NewSecret::new(args, Clock::system().now(), random)?);
    Ok(())
}
