//! `barre-registry mirror run`: one run of a mirror, by hand or as a Job of the operator.

use std::future::Future;
use std::io::Write;

use barre_contract::mirror::{Counts, Inventory, LastWords, Mirror, Outcome, Report};
use jiff::Timestamp;

use super::file::{self, FileUnusable};
use super::progress::{Form, Progress};
use crate::base::instruments::Instruments;
use crate::log::{self, Opening};
use crate::process::args::MirrorRun;
use crate::process::existing::existing;
use crate::process::failure::ServeError;
use crate::process::{serve, upgrade};
use crate::service::memory::Memory;
use crate::service::mirror::{self, Run};
use crate::service::publish::Publisher;

/// Why a run did not begin.
#[derive(Debug, thiserror::Error)]
pub enum NotBegun {
    #[error(transparent)]
    File(#[from] FileUnusable),
    #[error(transparent)]
    Registry(#[from] ServeError),
}

/// Runs it, and prints what happens `to` somebody; the last words of the process, and the report if there is one.
pub async fn run(
    args: &MirrorRun,
    to: (impl Write + Send, bool),
    instruments: Instruments,
    stop: impl Future<Output = ()> + Send,
) -> (LastWords, Result<Report, NotBegun>) {
    let name = args.run.clone().unwrap_or_else(|| by_hand(instruments.clock.now()));
    let report = begin_and_run(args, &name, to, instruments, stop).await;
    let words = match &report {
        Ok(report) => report.last_words(),
        Err(error) => Some(not_begun(&name, error)),
    };
    let words = words.unwrap_or_else(|| words_about(&name, Outcome::RegistryFailed, ""));
    (words, report)
}

/// Whether a run that ended so is none to look after.
pub fn is_good(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Succeeded | Outcome::PartiallySucceeded)
}

async fn begin_and_run(
    args: &MirrorRun,
    name: &str,
    (to, is_terminal): (impl Write + Send, bool),
    instruments: Instruments,
    stop: impl Future<Output = ()> + Send,
) -> Result<Report, NotBegun> {
    let mirror = file::read(&args.mirror)?;
    let form = match (args.json, is_terminal) {
        (true, _) => Form::Json,
        (false, true) => Form::Terminal,
        (false, false) => Form::Text,
    };
    let (run, _lock) = begin(args, mirror, name, instruments).await?;
    let progress = Progress::new(to, form);
    let report = mirror::run(&run, &|event| progress.tell(event), stop).await;
    progress.end(&report);
    Ok(report)
}

async fn begin(
    args: &MirrorRun,
    mirror: Mirror,
    name: &str,
    instruments: Instruments,
) -> Result<(Run, impl Sized), ServeError> {
    let scratch = args.scratch_dir.clone().unwrap_or_else(std::env::temp_dir);
    tempfile::tempfile_in(&scratch).map_err(|error| ServeError::Scratch(scratch.clone(), error))?;
    let store = existing(&args.store, false, &instruments)?;
    let opening = Opening { expected: args.known.expected(), ..Opening::of(args.owner.clone()) };
    let log = log::open(store.clone(), opening, instruments.clone()).await?;
    // Others are to see that this process serves the folder as well.
    let lock = upgrade::enter(&log, &store, false).await.map_err(ServeError::Lock)?;
    let limits = serve::limits(args.max_package_size);
    let publisher = Publisher::new(log.clone(), store.clone(), limits, Memory::new(0));
    let (name, max_package_size) = (name.to_owned(), args.max_package_size);
    Ok((Run { mirror, name, log, store, publisher, scratch, max_package_size, instruments }, lock))
}

fn by_hand(now: Timestamp) -> String {
    now.strftime("manual-%Y%m%d-%H%M%S").to_string()
}

fn not_begun(run: &str, error: &NotBegun) -> LastWords {
    match error {
        NotBegun::File(error) => words_about(run, Outcome::InvalidSelection, &error.to_string()),
        NotBegun::Registry(error) => words_about(run, Outcome::RegistryFailed, &error.last_words().message),
    }
}

fn words_about(run: &str, outcome: Outcome, message: &str) -> LastWords {
    let message = Some(message.chars().take(160).collect());
    let (counts, inventory) = (Counts::default(), Inventory::default());
    LastWords { run: run.to_owned(), outcome, message, counts, inventory }
}
