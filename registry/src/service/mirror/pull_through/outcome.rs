//! What came of asking an upstream for a version.

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is here now.
    Here,
    /// It does not come in, and why, where there is more to say. Follows a name.
    NotHere(Option<String>),
    /// Nobody knows: a sentence for a client.
    Away(String),
}
