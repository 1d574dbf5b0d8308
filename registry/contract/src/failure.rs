//! Why a registry's process could not start, or had to end. The registry writes it to its termination message; the
//! kubelet shows that in the status of the pod, and the operator in a condition of the Registry.

use serde::{Deserialize, Serialize};

use crate::known::Known;

/// Declares the enum with the word of each variant, which is its name.
macro_rules! failures {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// One word for programs, fixed for ever.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Failure {
            $($(#[$doc])* $name,)*
        }

        impl Failure {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The word.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }
        }
    };
}

failures! {
    /// A flag, or the variable that stands for it, has a value that cannot be.
    ArgumentsInvalid,
    /// A port cannot be listened on.
    AddressUnavailable,
    /// A token file is missing or wrong.
    TokensUnusable,
    /// The file with mirrors is missing or wrong.
    MirrorsUnusable,
    /// The folder for uploads cannot be used.
    ScratchUnusable,
    /// There is no registry in the store, and none is to be begun.
    RegistryNotFound,
    /// The store's settings cannot work.
    StoreSettingsInvalid,
    /// The store does not keep what the log stands on.
    StoreUnsuitable,
    /// The store does not answer, or its disk fails.
    BackendUnreachable,
    /// The store does not accept the keys.
    CredentialsRejected,
    /// The store accepts the keys, but they lack a permission.
    AccessDenied,
    /// There is no such bucket.
    BucketNotFound,
    /// The prefix is filled, and not by this registry.
    BucketOwnedByAnother,
    /// Somebody else operates the registry.
    ForeignOwner,
    /// The log was raised to a format that this program is too old for.
    FormatTooNew,
    /// The log is damaged, or has a gap.
    LogDamaged,
    /// The log is behind what clients were told: the bucket was restored, or its end was deleted.
    LogRewound,
    /// A registry was in the store, and nothing of it is there.
    DataMissing,
    /// Another registry is in the store than was there.
    RegistryExchanged,
    /// The log is gone, and other objects of the registry are there.
    LogLost,
    /// The clock of the node is minutes off the store's.
    ClockWrong,
}

impl Failure {
    /// Whether what was acknowledged may be gone from the store: only a person can say how it goes on.
    pub fn is_about_data(self) -> bool {
        matches!(
            self,
            Self::DataMissing | Self::RegistryExchanged | Self::LogLost | Self::LogRewound | Self::LogDamaged
        )
    }

    /// The failure with this word; a newer registry may have one that is unknown here.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|failure| failure.as_str() == word)
    }
}

/// The termination message, in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastWords {
    /// The word of a [`Failure`], perhaps of a newer registry.
    pub reason: String,
    /// A sentence with the next step, for people.
    pub message: String,
    /// What the process knew of its registry, if it ended because the bucket is behind that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<Known>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_back() {
        for failure in Failure::ALL {
            assert_eq!(Failure::parse(failure.as_str()), Some(*failure));
        }
        assert_eq!(Failure::parse("SomethingNewer"), None);
    }
}
