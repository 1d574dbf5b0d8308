//! Log lines: what this program does at the level asked for, and what its dependencies
//! warn about.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

use crate::process::args::{LogFormat, LogLevel};

/// Where lines go: to the other one than what a command prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Output {
    Out,
    Error,
}

/// Starts logging; everything before it is lost. A second call changes nothing.
pub(super) fn init(level: LogLevel, format: LogFormat, to: Output) {
    let (writer, is_terminal) = match to {
        Output::Out => (BoxMakeWriter::new(std::io::stdout), std::io::stdout().is_terminal()),
        Output::Error => (BoxMakeWriter::new(std::io::stderr), std::io::stderr().is_terminal()),
    };
    let lines = tracing_subscriber::fmt().with_env_filter(filter(level)).with_writer(writer);
    let started = match format {
        LogFormat::Text => lines.with_ansi(is_terminal).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    if let Err(error) = started {
        tracing::debug!(error, "logging was started before");
    }
}

fn filter(level: LogLevel) -> EnvFilter {
    let level = match level {
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
        LogLevel::Trace => "trace",
    };
    // hyper warns about every client that was too slow; that is counted, not logged.
    let others = if level == "error" { "error" } else { "warn" };
    EnvFilter::new(format!("{others},hyper=error,barre_registry={level}"))
}
