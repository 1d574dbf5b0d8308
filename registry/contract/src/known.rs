//! What is known of a registry outside its bucket: which one it is, and how far its log had come. Without it nobody could
//! tell a bucket that was emptied, exchanged or restored from one that is as it should be.
//!
//! The operator reads it from the bucket, keeps it in the status of the Registry, and hands it to the pods; a pod that
//! finds its bucket behind what it has told its clients says so in its last words.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The key of the ConfigMap with the id, and the environment variable with it: the registry must be there, and be this one.
pub const ID_KEY: &str = "registryID";
pub const ID_VARIABLE: &str = "BARRE_REGISTRY_ID";
/// The same for a [`Cursor`] that must be in the log.
pub const CURSOR_KEY: &str = "logCursor";
pub const CURSOR_VARIABLE: &str = "BARRE_LOG_CURSOR";
/// The same for what a person gave up: an id or a cursor that need not be there any more.
pub const LOSS_KEY: &str = "acceptLoss";
pub const LOSS_VARIABLE: &str = "BARRE_ACCEPT_LOSS";
/// The environment variable with the path of a file that outlives the process and not the pod. There the pod keeps what it
/// knew when it found its bucket behind that: it would not know after its next start.
pub const MEMORY_VARIABLE: &str = "BARRE_MEMORY";

/// A place in a log. Its text is `SEQ:HEAD`, the number of a segment and the hash of the segment's header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    pub seq: u64,
    /// `sha256:` and 64 hex digits.
    pub head: String,
}

/// What is known of a registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Known {
    /// Its id, a UUID.
    #[serde(rename = "registryID")]
    pub registry_id: String,
    /// How far its log had come at least.
    #[serde(rename = "logCursor")]
    pub cursor: Cursor,
}

/// What a person gave up: an id, a cursor, or nothing.
#[derive(Debug, Clone, Copy)]
pub struct GivenUp<'a>(pub Option<&'a str>);

impl GivenUp<'_> {
    /// Whether it is this id or this cursor.
    pub fn names(self, text: &str) -> bool {
        self.0 == Some(text)
    }

    /// Whether a pod that had read this far need not find it any more. Pods knew more or less: who gave up what the one that
    /// knew most had read gave up what the others had.
    pub fn covers(self, cursor: &Cursor) -> bool {
        self.0.and_then(|text| text.parse::<Cursor>().ok()).is_some_and(|lost| cursor.seq <= lost.seq)
    }
}

/// A text that is no cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidCursor;

impl fmt::Display for InvalidCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("use SEQ:sha256:HEX, the number of a segment and the hash of its header")
    }
}

impl std::error::Error for InvalidCursor {}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq, self.head)
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let (seq, head) = text.split_once(':').ok_or(InvalidCursor)?;
        let hex = head.strip_prefix("sha256:").ok_or(InvalidCursor)?;
        if hex.len() != 64 || !hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(InvalidCursor);
        }
        Ok(Self { seq: seq.parse().map_err(|_| InvalidCursor)?, head: head.to_owned() })
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_json_and_back() {
        let head = format!("sha256:{}", "0a".repeat(32));
        let known =
            Known { registry_id: "0198c0de".to_owned(), cursor: Cursor { seq: 12, head: head.clone() } };
        let text = format!(r#"{{"registryID":"0198c0de","logCursor":"12:{head}"}}"#);
        assert_eq!(serde_json::to_string(&known).unwrap(), text);
        assert_eq!(serde_json::from_str::<Known>(&text).unwrap(), known);
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in ["", "12", "12:", "12:sha256:", "x:sha256:00", &format!("12:sha256:{}", "0A".repeat(32))]
        {
            assert_eq!(text.parse::<Cursor>(), Err(InvalidCursor), "{text}");
        }
    }
}
