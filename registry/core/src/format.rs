//! The format of the log: which kinds of changes and which rules may be in it. It is itself a change in the log, so that
//! all pods agree, and only ever goes up.
//!
//! A program reads and writes every format up to [`NEWEST`], and writes nothing beyond the one in force. So a new release
//! first runs with the old format, beside pods of the release before; that one may come back until the format is raised.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Raises the format of the log. In force from the next segment on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Format {
    /// The oldest program that may read: kinds of changes and rules beyond it are not in the log.
    pub reader: u32,
    /// The oldest program that may write; never older than the oldest that may read.
    pub writer: u32,
}

/// The newest format that this program reads and writes.
pub const NEWEST: Format = Format { reader: 2, writer: 2 };

/// The format that the first logs were written in.
pub const FIRST: u32 = 1;
/// The format that begins with deprecation, the rule about the case of versions, the platforms of Go, the shorter
/// release.json, files beside a bala, and what a mirror brought going again.
pub const SECOND: u32 = 2;

/// What one format brought.
#[derive(Debug)]
pub struct Step {
    pub format: u32,
    /// The first release that reads and writes it.
    pub since: &'static str,
    pub brings: &'static str,
}

/// All formats so far.
pub const HISTORY: [Step; 2] = [
    Step { format: FIRST, since: "0.1.0", brings: "packages" },
    Step {
        format: SECOND,
        since: "0.2.0",
        brings: "deprecated versions; versions of a package may no longer differ only by case; packages for the \
                 platforms of Go; release.json without what the log says; files beside a package, such as its SBOM \
                 and its API docs; what a mirror brought may go again",
    },
];

impl Format {
    /// Whether a program that speaks up to `newest` may read a log of this format.
    pub fn is_readable_by(self, newest: Self) -> bool {
        self.reader <= newest.reader
    }

    /// Whether a program that speaks up to `newest` may write a log of this format.
    pub fn is_writable_by(self, newest: Self) -> bool {
        self.writer <= newest.writer
    }

    /// What raising a log of this format to `newest` brings, or nothing if there is nothing to raise.
    pub fn raised_to(self, newest: Self) -> Option<Self> {
        let raised = Self { reader: self.reader.max(newest.reader), writer: self.writer.max(newest.writer) };
        (raised != self).then_some(raised)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reader, writer } = self;
        if reader == writer {
            write!(f, "{writer}")
        } else {
            write!(f, "{writer} (readable from {reader} on)")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_format_is_the_last_of_the_history() {
        let last = HISTORY.last().unwrap();
        assert_eq!((NEWEST.writer, NEWEST.reader), (last.format, last.format));
        let version = |text: &str| semver::Version::parse(text).unwrap();
        assert!(version(last.since) <= version(env!("CARGO_PKG_VERSION")), "no release reads that yet");
    }

    #[test]
    fn a_format_goes_up_in_both_numbers_or_not_at_all() {
        let format = |reader, writer| Format { reader, writer };
        assert_eq!(format(1, 1).raised_to(format(2, 2)), Some(format(2, 2)));
        assert_eq!(format(1, 3).raised_to(format(2, 2)), Some(format(2, 3)));
        for settled in [format(2, 2), format(3, 3), format(2, 3)] {
            assert_eq!(settled.raised_to(format(2, 2)), None);
        }
        for (log, reads, writes) in [
            (format(1, 1), true, true),
            (format(2, 2), true, true),
            (format(2, 3), true, false),
            (format(3, 3), false, false),
        ] {
            let found = (log.is_readable_by(format(2, 2)), log.is_writable_by(format(2, 2)));
            assert_eq!(found, (reads, writes), "{log}");
        }
        assert_eq!(
            (format(2, 2).to_string(), format(1, 2).to_string()),
            ("2".into(), "2 (readable from 1 on)".into())
        );
    }
}
