//! How much one question may cost.

/// The most that is done for one question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Packages or modules that are asked for.
    pub wanted: usize,
    /// Packages and versions that are looked at.
    pub looks: usize,
    /// Nodes and edges of the graphs in the answer.
    pub entries: usize,
}

impl Default for Limits {
    /// A build with 200 packages, each with the largest graph that is known, asks for less.
    fn default() -> Self {
        Self { wanted: 1_000, looks: 500_000, entries: 50_000 }
    }
}

/// A question that would cost more. The text is for the one who runs `bal`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TooMuch {
    #[error("more than {0} packages are asked for at once: ask for fewer at a time")]
    Wanted(usize),
    #[error("the packages that are asked for have more than {0} versions together: ask for fewer at a time")]
    Looks(usize),
    #[error("the dependencies of what is asked for are more than {0} together: ask for fewer at a time")]
    Entries(usize),
}

/// What is left of it.
pub(super) struct Budget {
    limits: Limits,
    looks: usize,
    entries: usize,
}

impl Budget {
    /// The budget for a question about so many packages.
    pub(super) fn new(limits: Limits, wanted: usize) -> Result<Self, TooMuch> {
        if wanted > limits.wanted {
            return Err(TooMuch::Wanted(limits.wanted));
        }
        Ok(Self { limits, looks: limits.looks, entries: limits.entries })
    }

    /// Looks at one more package or version.
    pub(super) fn look(&mut self) -> Result<(), TooMuch> {
        self.looks = self.looks.checked_sub(1).ok_or(TooMuch::Looks(self.limits.looks))?;
        Ok(())
    }

    /// Puts so many nodes and edges into the answer.
    pub(super) fn take(&mut self, entries: usize) -> Result<(), TooMuch> {
        self.entries = self.entries.checked_sub(entries).ok_or(TooMuch::Entries(self.limits.entries))?;
        Ok(())
    }
}
