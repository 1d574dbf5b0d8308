//! Whether a release is of use to whoever asks.

/// What a release is to whoever asks. A `place` is that of its platform in the list of those that they can use: the first
/// one is liked best.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suit {
    /// They may not see it: for them it does not exist.
    Hidden,
    /// They can use no bala for its platform.
    OtherPlatform,
    /// It was built with a distribution that theirs cannot follow.
    OtherDistribution { place: usize },
    /// They can use it.
    Suits { place: usize },
}
