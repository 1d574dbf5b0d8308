//! Why the log cannot be used, by a request or by this process.

use std::time::Duration;

use barre_core::segment::Malformed;
use barre_core::state::ChainError;

use crate::store;

/// Why the outcome of a change is not known, in words for a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// It may or may not hold.
    #[error(
        "the registry's storage did not confirm the change in time, it may or may not have been stored: try again, \
         which is safe"
    )]
    Unknown,
    /// It was not written.
    #[error(
        "the registry is read-only: its log is damaged, or written by a newer program. Tell its operators"
    )]
    ReadOnly,
    /// It was not written.
    #[error(
        "the clock of this server is minutes off its storage's, it writes nothing: tell the registry's operators"
    )]
    Clock,
    /// It was not written.
    #[error("the change is larger than the registry's log takes")]
    TooLarge,
    /// It was not written.
    #[error("the registry could not read what it was about to write, and wrote nothing: tell its operators")]
    Unreadable,
}

/// The log cannot be read far enough to answer. The text is for a client.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Unavailable {
    #[error("the registry cannot reach its storage: try again in a moment")]
    Storage,
    #[error("the registry's log is damaged, it serves only what it has read: tell its operators")]
    Damaged,
}

/// How long after an answer that would stop a process the same is asked again: it may have come from something in between.
pub(super) const AGAIN: Duration = Duration::from_millis(500);

/// Why this process must stop using the log.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// Only a pod of the present owner may serve.
    #[error("the registry is now operated by \"{owner}\"")]
    ForeignOwner { owner: String },
    /// This program is too old.
    #[error(
        "the log needs a program that reads format {needed}, this one reads up to {ours}: run the newer release"
    )]
    Format { needed: u32, ours: u32 },
    /// The local disk failed; what it holds is known only after a new start.
    #[error("the store's folder cannot be written")]
    Disk(#[source] store::Error),
    /// Somebody changed the bucket behind our back: this process has told clients what is no longer there.
    #[error(
        "segment {seq} is no longer in the store, or has changed: the bucket was emptied, or restored from an old backup. \
         Restore a newer backup"
    )]
    Rewritten { seq: u64 },
    /// A segment does not continue the log.
    #[error("segment {seq} is damaged")]
    Damaged { seq: u64, source: Damage },
    /// A segment is missing although a later one is there.
    #[error("segment {seq} is missing from the log, and segment {later} is there")]
    Gap { seq: u64, later: u64 },
}

/// What is wrong with a segment.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    #[error("it cannot be read")]
    Malformed(#[from] Malformed),
    #[error("it does not continue the log")]
    Chain(#[from] ChainError),
    #[error("it has a change of kind \"{0}\", which is newer than this program")]
    Newer(&'static str),
}

impl Stop {
    /// Whether the process must end. Otherwise it goes on serving what it has read, and writes no more.
    pub(super) fn is_end(&self) -> bool {
        !matches!(self, Self::Damaged { .. } | Self::Gap { .. })
    }

    /// Whether another reason takes the place of this one: the first one stays, unless it only ended writing and the other
    /// ends the process.
    pub(super) fn yields_to(&self, later: &Self) -> bool {
        !self.is_end() && later.is_end()
    }

    /// Whether the process may write again once segment `seq` was applied: nothing else was wrong.
    pub(super) fn is_lifted_by(&self, seq: u64) -> bool {
        matches!(self, Self::Damaged { seq: closed, .. } | Self::Gap { seq: closed, .. } if *closed == seq)
    }

    /// Whether the log went on to others, and all that was read of it until then holds.
    pub fn is_orderly(&self) -> bool {
        matches!(self, Self::ForeignOwner { .. } | Self::Format { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Key;

    #[test]
    fn a_stop_ends_the_process_or_its_writing_and_may_be_lifted() {
        let lost = store::Error::missing(&Key::Genesis);
        for (stop, ends, lifted, orderly) in [
            (Stop::ForeignOwner { owner: "them".to_owned() }, true, false, true),
            (Stop::Format { needed: 3, ours: 2 }, true, false, true),
            (Stop::Disk(lost), true, false, false),
            (Stop::Rewritten { seq: 5 }, true, false, false),
            (Stop::Damaged { seq: 5, source: Damage::Newer("x") }, false, true, false),
            (Stop::Gap { seq: 5, later: 7 }, false, true, false),
        ] {
            let found = (stop.is_end(), stop.is_lifted_by(5), stop.is_orderly());
            assert_eq!(found, (ends, lifted, orderly), "{stop}");
            assert!(!stop.is_lifted_by(4) && !stop.is_lifted_by(7), "{stop}");
            assert_eq!(stop.yields_to(&Stop::Rewritten { seq: 6 }), !ends, "{stop}");
            assert!(!stop.yields_to(&Stop::Gap { seq: 6, later: 7 }), "{stop}");
        }
    }
}
