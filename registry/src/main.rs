//! `barre-registry`: see `process`.

use std::process::ExitCode;

use barre_registry::process::args::Args;
use barre_registry::process::run;

/// That of musl, which the image is built with, takes one lock for all threads. How this one is set: `.cargo/config.toml`.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let args = match Args::from_arguments(std::env::args_os()) {
        Ok(args) => args,
        Err(error) => error.exit(),
    };
    match run(args.command) {
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
