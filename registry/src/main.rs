//! `barre-registry`: see `process`.

use std::process::ExitCode;

use barre_registry::process::{arguments, run};

/// That of musl, which the image is built with, takes one lock for all threads. How this one is set: `.cargo/config.toml`.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let command = match arguments(std::env::args_os()) {
        Ok(command) => command,
        Err(error) => error.exit(),
    };
    match run(command) {
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
