//! The lines of a feed, as far as a mirror reads them.

use barre_contract::known::Cursor;
use barre_core::digest::Digest;
use barre_core::graph::Node;
use barre_core::package::{Name, Org, PackageId, Platform, Version};
use jiff::Timestamp;
use serde::Deserialize;

/// A part of a feed.
pub(super) struct Page {
    /// Where it ends.
    pub(super) cursor: Cursor,
    pub(super) more: bool,
    /// Each with its time, in the order of the log.
    pub(super) happened: Vec<(Timestamp, Happened)>,
}

/// What happened, in the words of the log.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(super) enum Happened {
    Released(Box<Released>),
    Deprecated(Deprecated),
    Undeprecated(Undeprecated),
    #[serde(alias = "evicted", alias = "lost", rename = "removed")]
    Gone(Gone),
    /// Nothing that a mirror copies.
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
pub(super) struct Released {
    pub(super) org: Org,
    pub(super) name: Name,
    pub(super) version: Version,
    pub(super) platform: Platform,
    pub(super) digest: Digest,
    pub(super) size: u64,
    #[serde(default)]
    pub(super) published: Option<Timestamp>,
    #[serde(default)]
    pub(super) distribution: String,
    #[serde(default)]
    pub(super) graph: Vec<Node>,
}

#[derive(Deserialize)]
pub(super) struct Deprecated {
    org: Org,
    name: Name,
    #[serde(default)]
    pub(super) version: Option<Version>,
    pub(super) message: String,
}

#[derive(Deserialize)]
pub(super) struct Undeprecated {
    org: Org,
    name: Name,
    #[serde(default)]
    pub(super) version: Option<Version>,
}

#[derive(Deserialize)]
pub(super) struct Gone {
    org: Org,
    name: Name,
    pub(super) version: Version,
    #[serde(default)]
    pub(super) platform: Option<Platform>,
}

#[derive(Deserialize)]
struct First {
    cursor: Cursor,
    #[serde(default)]
    more: bool,
}

#[derive(Deserialize)]
struct Line {
    time: Timestamp,
    /// Without it, it is one that we may not see.
    #[serde(default)]
    change: Option<Happened>,
}

impl Page {
    /// Reads one; the error says which line is none.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        let mut lines = bytes.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty());
        let (_, first) = lines.next().ok_or("the feed of changes is empty")?;
        let unreadable = |at: usize| move |error| format!("line {} of the feed of changes: {error}", at + 1);
        let First { cursor, more } = serde_json::from_slice(first).map_err(unreadable(0))?;
        let mut happened = Vec::new();
        for (at, line) in lines {
            let Line { time, change } = serde_json::from_slice(line).map_err(unreadable(at))?;
            happened.extend(change.map(|change| (time, change)));
        }
        Ok(Self { cursor, more, happened })
    }
}

/// All of them name a package.
macro_rules! of_package {
    ($($type:ty),*) => {$(
        impl $type {
            pub(super) fn package(&self) -> PackageId {
                PackageId { org: self.org.clone(), name: self.name.clone() }
            }
        }
    )*};
}
of_package!(Deprecated, Undeprecated, Gone);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_is_read_whatever_else_happened_there() {
        let cursor = format!("7:sha256:{}", "0a".repeat(32));
        let time = "2026-11-23T10:00:00.000Z";
        let lines = [
            format!(r#"{{"cursor":"{cursor}","epoch":1,"more":true}}"#),
            format!(r#"{{"seq":5,"time":"{time}","change":{{"kind":"opened","owner":"us","epoch":1}}}}"#),
            format!(r#"{{"seq":5,"time":"{time}"}}"#),
            format!(r#"{{"seq":6,"time":"{time}","change":{{"kind":"from the future","x":[1]}}}}"#),
            format!(
                r#"{{"seq":7,"time":"{time}","change":{{"id":"x","actor":"token:a","kind":"deprecated","org":"a","name":"b","message":"old"}}}}"#
            ),
            format!(
                r#"{{"seq":7,"time":"{time}","change":{{"kind":"evicted","org":"a","name":"b","version":"1.0.0","platform":"any","why":"pruned"}}}}"#
            ),
        ];
        let page = Page::read(lines.join("\n").as_bytes()).unwrap();
        assert_eq!((page.cursor.to_string(), page.more), (cursor, true));
        let kinds: Vec<_> = page
            .happened
            .iter()
            .map(|(_, happened)| match happened {
                Happened::Other => "other",
                Happened::Deprecated(_) => "deprecated",
                Happened::Gone(_) => "gone",
                _ => "else",
            })
            .collect();
        assert_eq!(kinds, ["other", "other", "deprecated", "gone"]);
        let html = Page::read(b"<html>sign in</html>").err().unwrap();
        assert!(html.starts_with("line 1 of the feed"), "{html}");
        assert!(Page::read(b"").is_err());
    }
}
