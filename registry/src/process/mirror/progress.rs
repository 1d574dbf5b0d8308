//! What a run prints: a line for each package, a bar on a terminal, and how it ended.

use std::io::{self, Write};
use std::sync::Mutex;

use barre_contract::mirror::{Counts, Failed, Outcome, Report};
use serde_json::json;

use crate::base::lock::lock;
use crate::service::mirror::Event;

/// Cells of the bar.
const CELLS: u64 = 30;
/// Takes back what stands in a line.
const CLEAR: &str = "\r\x1b[K";

/// Prints what happens.
pub(super) struct Progress<W> {
    to: Mutex<W>,
    form: Form,
    counts: Mutex<Counts>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// For a person, with a bar.
    Terminal,
    /// For a person who reads it later.
    Text,
    Json,
}

impl<W: Write> Progress<W> {
    pub(super) fn new(to: W, form: Form) -> Self {
        Self { to: Mutex::new(to), form, counts: Mutex::default() }
    }

    /// Prints what has happened. Where nobody reads it, the run goes on.
    pub(super) fn tell(&self, event: Event<'_>) {
        let mut counts = lock(&self.counts);
        match event {
            Event::Planned { copy, present } => {
                counts.planned = copy;
                counts.present = present;
            }
            Event::Copied { bytes, .. } => {
                counts.copied += 1;
                counts.bytes += bytes;
            }
            Event::Failed(_) => counts.failed += 1,
        }
        let line = if self.form == Form::Json { in_json(event) } else { in_words(event) };
        let bar = if self.form == Form::Terminal { bar(&counts) } else { String::new() };
        let clear = if self.form == Form::Terminal { CLEAR } else { "" };
        let mut to = lock(&self.to);
        let _ = write!(to, "{clear}{line}\n{bar}").and_then(|()| to.flush());
    }

    /// Prints how it ended.
    pub(super) fn end(&self, report: &Report) {
        let _ = self.write_end(report);
    }

    fn write_end(&self, report: &Report) -> io::Result<()> {
        let mut to = lock(&self.to);
        if self.form == Form::Json {
            return writeln!(to, "{}", json!({ "report": report }));
        }
        if self.form == Form::Terminal {
            write!(to, "{CLEAR}")?;
        }
        for missing in &report.missing {
            let (version, why) = (&missing.version, &missing.why);
            writeln!(to, "missing: {}/{}:{}: {why}", version.organization, version.name, version.version)?;
        }
        let Counts {
            copied,
            failed,
            present,
            waiting,
            denied,
            missing,
            pruned,
            deprecations,
            bytes,
            requests,
            ..
        } = report.counts;
        let outcome = report.outcome.unwrap_or(Outcome::RegistryFailed);
        writeln!(
            to,
            "{outcome:?}: copied {copied} ({}), failed {failed}, there before {present}, waiting {waiting}, denied {denied}, \
             missing {missing}, pruned {pruned}, deprecations changed {deprecations}; {requests} requests to upstream",
            size(bytes)
        )
    }
}

fn in_words(event: Event<'_>) -> String {
    match event {
        Event::Planned { copy, present } => format!("{copy} to copy, {present} there already"),
        Event::Copied { found, bytes } => {
            format!("copied {} ({}, {})", found.coordinates, found.platform, size(bytes))
        }
        Event::Failed(Failed { version, platform, reason, message }) => format!(
            "failed {}/{}:{} ({platform}): {reason}: {message}",
            version.organization, version.name, version.version
        ),
    }
}

fn in_json(event: Event<'_>) -> String {
    match event {
        Event::Planned { copy, present } => json!({ "planned": copy, "present": present }),
        Event::Copied { found, bytes } => json!({
            "copied": { "package": found.coordinates, "platform": found.platform, "bytes": bytes }
        }),
        Event::Failed(failed) => json!({ "failed": failed }),
    }
    .to_string()
}

fn bar(Counts { planned, copied, failed, bytes, .. }: &Counts) -> String {
    let done = copied + failed;
    let cells = (done * CELLS).checked_div(*planned).unwrap_or(CELLS).min(CELLS);
    let (full, empty) = ("#".repeat(to_usize(cells)), "-".repeat(to_usize(CELLS - cells)));
    format!("[{full}{empty}] {done}/{planned} {}", size(*bytes))
}

fn to_usize(cells: u64) -> usize {
    usize::try_from(cells).unwrap_or(0)
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KiB", bytes / 1024),
        _ => format!("{} MiB", bytes / 1_048_576),
    }
}

#[cfg(test)]
mod tests {
    use barre_core::mirror::Found;
    use barre_core::package::Platform;

    use super::*;

    fn printed(form: Form) -> String {
        let progress = Progress::new(Vec::new(), form);
        let found = Found {
            coordinates: "acme/a:1.0.0".parse().unwrap(),
            platform: Platform::any(),
            digest: None,
            size: None,
            published: None,
            distribution: String::new(),
        };
        progress.tell(Event::Planned { copy: 2, present: 3 });
        progress.tell(Event::Copied { found: &found, bytes: 5000 });
        String::from_utf8(progress.to.into_inner().unwrap()).unwrap()
    }

    #[test]
    fn people_read_lines_and_a_bar_and_programs_json() {
        assert_eq!(printed(Form::Text), "2 to copy, 3 there already\ncopied acme/a:1.0.0 (any, 4 KiB)\n");
        let terminal = printed(Form::Terminal);
        assert!(terminal.ends_with("[###############---------------] 1/2 4 KiB"), "{terminal}");
        let json = printed(Form::Json);
        let lines: Vec<serde_json::Value> =
            json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines[0], json!({ "planned": 2, "present": 3 }));
        assert_eq!(lines[1]["copied"]["package"], "acme/a:1.0.0");
    }
}
