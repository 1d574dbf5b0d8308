//! The reason of a condition: one of ours, or a word of a registry that is newer than this operator.

use std::fmt;

use barre_contract::failure::Failure;
use barre_crds::condition::Reason;

/// Kubernetes allows far more; a registry needs no more.
const LONGEST: usize = 64;

/// A reason as conditions hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    Ours(Reason),
    /// Shown as it is; nothing is decided by it.
    Newer(String),
}

impl Word {
    /// Returns the reason of a condition that was stored.
    pub(crate) fn stored(word: &str) -> Self {
        Reason::parse(word).map_or_else(|| Self::Newer(word.to_owned()), Self::Ours)
    }

    /// Returns the reason that a registry gave; nothing if conditions would not accept its form.
    pub(crate) fn said(word: &str) -> Option<Self> {
        if let Some(failure) = Failure::parse(word) {
            return Some(Self::Ours(failure.into()));
        }
        let valid = word.len() <= LONGEST
            && word.starts_with(|c: char| c.is_ascii_alphabetic())
            && word.chars().all(|c| c.is_ascii_alphanumeric());
        valid.then(|| Self::stored(word))
    }

    /// Returns the word itself.
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Ours(reason) => reason.as_str(),
            Self::Newer(word) => word,
        }
    }
}

impl From<Reason> for Word {
    fn from(reason: Reason) -> Self {
        Self::Ours(reason)
    }
}

impl PartialEq<Reason> for Word {
    fn eq(&self, other: &Reason) -> bool {
        *self == Self::Ours(*other)
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_registry_says_is_understood_or_shown() {
        assert_eq!(Word::said("ForeignOwner"), Some(Word::Ours(Reason::ForeignOwner)));
        assert_eq!(Word::said("LyingStore2"), Some(Word::Newer("LyingStore2".into())));
        for bad in ["", "no reason", "2Fast", "Ü", &"a".repeat(LONGEST + 1)] {
            assert_eq!(Word::said(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_stored_word_comes_back() {
        for word in ["BucketCreated", "StoreUnsuitable", "SomethingNewer"] {
            assert_eq!(Word::stored(word).to_string(), word);
        }
    }
}
