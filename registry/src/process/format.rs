//! `barre-registry format`: says in which format the log is, what raising it would do, and does it.

use std::fmt::Write as _;

use anyhow::{Context as _, bail};
use barre_core::format::{self, Format, NEWEST};

use super::args;
use super::existing::existing;
use crate::base::instruments::Instruments;
use crate::log::{self, Opening};

const BESIDE: &str = "\nAnother process serves this folder at the moment: make sure that it is no older one.";

/// Runs the command; the text is for the one who ran it.
pub async fn format(args: &args::Format, instruments: Instruments) -> anyhow::Result<String> {
    let store = existing(&args.store, false, &instruments)?;
    let beside = store.is_served().await.context("whether others serve the folder is not known")?;
    let state = log::survey(&store).await.context("the log was not read")?;
    let in_force = state.format();
    let Some(raised) = in_force.raised_to(NEWEST).filter(|_| args.raise) else {
        return Ok(said(in_force, beside));
    };
    // In the name of whoever operates it: raising is no take-over.
    let opening = Opening::of(state.owner());
    let log = log::open(store, opening, instruments).await.context("the log was not opened")?;
    match log.raise("format").await? {
        Some(seq) => {
            let from = seq + 1;
            let beside = if beside { BESIDE } else { "" };
            Ok(format!(
                "The log was in format {in_force}; from segment {from} on it is in format {raised}.{beside}"
            ))
        }
        None if log.raisable().is_none() => {
            Ok(format!("Somebody else has just raised the log to format {raised}."))
        }
        None => bail!("the log was not raised: look at its last segment, and try again"),
    }
}

/// What is so, and what could be done.
fn said(in_force: Format, beside: bool) -> String {
    let mut text = format!("The log is in format {in_force}; this program writes up to format {NEWEST}.\n");
    let Some(raised) = in_force.raised_to(NEWEST) else {
        text.push_str("There is nothing to raise.");
        return text;
    };
    // Writing to a string does not fail.
    let _ = writeln!(text, "Raising it to format {raised} brings:");
    for step in format::HISTORY.iter().filter(|step| step.format > in_force.writer) {
        let _ = writeln!(text, "  {}: {}", step.format, step.brings);
    }
    if let Some(first) = format::HISTORY.iter().find(|step| step.format == raised.reader) {
        let since = first.since;
        let _ = writeln!(
            text,
            "Programs before {since} can then no longer serve this registry, and there is no way back."
        );
    }
    text.push_str("With --raise it is done. Do it once none of them serves it any more.");
    if beside {
        text.push_str(BESIDE);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_would_happen() {
        let text = said(Format { reader: 1, writer: 1 }, true);
        for part in [
            "is in format 1",
            "up to format 2",
            "2: deprecated",
            "before 0.2.0",
            "--raise",
            "Another process",
        ] {
            assert!(text.contains(part), "{text}");
        }
        let settled = said(NEWEST, false);
        assert!(settled.contains("nothing to raise") && !settled.contains("--raise"), "{settled}");
    }
}
