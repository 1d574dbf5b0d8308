//! The part of a bucket's layout that both programs know. Paths are below the prefix of the registry's store.

use serde::{Deserialize, Serialize};

/// Says that a Registry made this bucket, or took it empty: a [`Marker`]. Written by the operator alone.
pub const MARKER: &str = "provisioned.json";
/// The registry's id: [`Genesis`]. Written by the registry alone, once.
pub const GENESIS: &str = "registry.json";

/// The folder of the log.
pub const LOG: &str = "log";
/// The path of a segment of the log.
pub fn segment(seq: u64) -> String {
    format!("{LOG}/{seq:016}.jsonl")
}

/// The sequence number in the path of a segment; `None` for any other path. The whole path counts: a copy of the log in a
/// folder below it is no part of it.
pub fn segment_seq(path: &str) -> Option<u64> {
    let digits = path.strip_prefix(LOG)?.strip_prefix('/')?.strip_suffix(".jsonl")?;
    if digits.len() == 16 && digits.bytes().all(|b| b.is_ascii_digit()) { digits.parse().ok() } else { None }
}

/// The folder of the packages' bytes.
pub const RELEASES: &str = "releases";
/// The folder of the states that starts begin from.
pub const CHECKPOINTS: &str = "checkpoint";
/// The folder of what is on its way in: nothing in it counts until it is published, and what lies there for a day goes.
pub const UPLOADS: &str = "uploads";

/// The folder of what runs of mirrors tell: each in a folder of its own, below that of its mirror.
pub const MIRRORS: &str = "mirrors";

/// The folders that hold a registry's state: where one of them has an object, the prefix is filled. Whatever else lies
/// there does not count.
pub const STATE: [&str; 3] = [LOG, RELEASES, CHECKPOINTS];

/// What [`GENESIS`] says, as far as others than the registry need to know.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Genesis {
    /// The registry's id, a UUID.
    pub id: String,
}

/// What [`MARKER`] says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    v: u8,
    /// Whose bucket it is, see [`owner`](crate::owner).
    pub owner: String,
    /// How it came to be.
    pub bucket: Provenance,
}

/// How a marked bucket came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Provenance {
    /// The operator made it.
    Created,
    /// It was there and empty, or another Registry gave it up.
    Taken,
}

impl Marker {
    /// The mark of `owner`.
    pub fn new(owner: impl Into<String>, bucket: Provenance) -> Self {
        Self { v: 1, owner: owner.into(), bucket }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_segments_have_a_sequence_number() {
        assert_eq!(segment(42), "log/0000000000000042.jsonl");
        assert_eq!(segment_seq(&segment(42)), Some(42));
        for other in [
            "log/7.jsonl",
            "log/0000000000000007.json",
            "log/000000000000000x.jsonl",
            "log",
            "log/backup/0000000000000009.jsonl",
        ] {
            assert_eq!(segment_seq(other), None, "{other}");
        }
    }

    #[test]
    fn the_marker_never_changes() {
        let marker = Marker::new("cluster/team/packages", Provenance::Created);
        let text = r#"{"v":1,"owner":"cluster/team/packages","bucket":"Created"}"#;
        assert_eq!(serde_json::to_string(&marker).unwrap(), text);
        assert_eq!(serde_json::from_str::<Marker>(text).unwrap(), marker);
    }
}
