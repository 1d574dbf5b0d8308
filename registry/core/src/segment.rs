//! A segment: the object that makes changes visible, as bytes and as a value.
//!
//! ```text
//! {"v":1,"epoch":1,"seq":42,"prev":"sha256:…","time":"2026-11-23T10:00:00.000Z","changes":["sha256:…"]}
//! {"id":"…","salt":"…","actor":"token:ci","kind":"released",…}
//! ```
//!
//! Every line ends in `\n`; a hash is over a line without it. `prev` is the hash of the header before, so the
//! headers alone form the chain, and it verifies even where a body is withheld. These bytes are fixed for ever.

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::change::{Change, MAX_CHANGE_BYTES};
use crate::digest::Digest;
use crate::millis;

/// Most changes in a segment.
pub const MAX_CHANGES: usize = 500;
/// Longest body of a segment, in bytes: its changes with their newlines.
pub const MAX_SEGMENT_BYTES: usize = 1024 * 1024;

/// The version of this layout, in every header and in registry.json.
const LAYOUT: u32 = 1;

/// The first line of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    v: u32,
    /// How often somebody began to operate the log, this one included.
    pub epoch: u64,
    /// The place in the log; the first segment is 1.
    pub seq: u64,
    /// The hash of the header before; for the first segment, of registry.json.
    pub prev: Digest,
    /// When it was written, in milliseconds; never before the segment that precedes it.
    #[serde(with = "millis")]
    pub time: Timestamp,
    /// The hashes of the lines that follow.
    pub changes: Vec<Digest>,
}

/// A segment that holds together: each change has the hash that the header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The first line.
    pub header: Header,
    /// The hash of the first line: the `prev` of the next segment.
    pub head: Digest,
    /// What happened, in order.
    pub changes: Vec<Change>,
}

/// Bytes that are no segment. Nothing is skipped: whoever meets one stops writing.
#[derive(Debug, thiserror::Error)]
pub enum Malformed {
    #[error("the last line has no newline")]
    Truncated,
    #[error("there is no header")]
    Empty,
    #[error("line {line} is not what this program reads")]
    Line { line: usize, source: serde_json::Error },
    #[error("the layout is version {0}, this program reads version {LAYOUT}")]
    Layout(u32),
    #[error("the header names {named} changes, {found} follow")]
    Count { named: usize, found: usize },
    #[error("line {line} does not have the hash that the header names")]
    Hash { line: usize },
    #[error("more than {MAX_CHANGES} changes or {MAX_SEGMENT_BYTES} bytes")]
    TooLarge,
}

impl Segment {
    /// Makes segment `seq` and its bytes.
    pub fn encode(
        epoch: u64,
        seq: u64,
        prev: Digest,
        time: Timestamp,
        changes: Vec<Change>,
    ) -> (Self, Bytes) {
        let lines: Vec<String> = changes.iter().map(Change::to_line).collect();
        let hashes = lines.iter().map(|line| Digest::of(line.as_bytes())).collect();
        let header = Header { v: LAYOUT, epoch, seq, prev, time: millis::cut(time), changes: hashes };
        let first = serde_json::to_string(&header).expect("numbers and strings always serialize");
        let head = Digest::of(first.as_bytes());
        let mut bytes =
            Vec::with_capacity(first.len() + lines.iter().map(|l| l.len() + 1).sum::<usize>() + 1);
        for line in std::iter::once(&first).chain(&lines) {
            bytes.extend_from_slice(line.as_bytes());
            bytes.push(b'\n');
        }
        (Self { header, head, changes }, bytes.into())
    }

    /// Reads a segment and checks each change against its hash. The chain is the fold's to check.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let body = bytes.strip_suffix(b"\n").ok_or(Malformed::Truncated)?;
        let mut lines = body.split(|b| *b == b'\n');
        let first = lines.next().filter(|line| !line.is_empty()).ok_or(Malformed::Empty)?;
        let header: Header = parse(first, 1)?;
        if header.v != LAYOUT {
            return Err(Malformed::Layout(header.v));
        }
        let lines: Vec<&[u8]> = lines.collect();
        if header.changes.len() != lines.len() {
            return Err(Malformed::Count { named: header.changes.len(), found: lines.len() });
        }
        if lines.len() > MAX_CHANGES || bytes.len() - first.len() - 1 > MAX_SEGMENT_BYTES {
            return Err(Malformed::TooLarge);
        }
        let mut changes = Vec::with_capacity(lines.len());
        for (index, (line, hash)) in lines.iter().zip(&header.changes).enumerate() {
            if line.len() >= MAX_CHANGE_BYTES {
                return Err(Malformed::TooLarge);
            }
            if Digest::of(line) != *hash {
                return Err(Malformed::Hash { line: index + 2 });
            }
            changes.push(parse(line, index + 2)?);
        }
        Ok(Self { header, head: Digest::of(first), changes })
    }
}

fn parse<T: serde::de::DeserializeOwned>(line: &[u8], number: usize) -> Result<T, Malformed> {
    serde_json::from_slice(line).map_err(|source| Malformed::Line { line: number, source })
}

/// The object that makes a prefix a registry: `{"v":1,"id":"<uuid>"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Genesis {
    v: u32,
    /// The registry's id; `--take-over` names it.
    pub id: Uuid,
}

impl Genesis {
    /// A registry with this id.
    pub fn new(id: Uuid) -> Self {
        Self { v: LAYOUT, id }
    }

    fn line(self) -> String {
        serde_json::to_string(&self).expect("a number and a string always serialize")
    }

    /// The bytes of registry.json.
    pub fn encode(self) -> Bytes {
        format!("{}\n", self.line()).into()
    }

    /// The `prev` of segment 1.
    pub fn digest(self) -> Digest {
        Digest::of(self.line().as_bytes())
    }

    /// Reads registry.json. Other bytes for the same id would be another chain: they are refused.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let line = bytes.strip_suffix(b"\n").ok_or(Malformed::Truncated)?;
        let genesis: Self = parse(line, 1)?;
        if genesis.v != LAYOUT {
            return Err(Malformed::Layout(genesis.v));
        }
        if genesis.line().as_bytes() != line {
            return Err(Malformed::Hash { line: 1 });
        }
        Ok(genesis)
    }
}

#[cfg(test)]
mod tests;
