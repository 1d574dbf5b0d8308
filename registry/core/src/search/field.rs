//! Where in a package a word stands, and what it is worth there.

/// A set of places, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fields(u8);

/// How a word of a query and one of a package are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Likeness {
    Equal,
    /// The package's word begins with that of the query.
    Begins,
    /// They differ by a typo.
    Typo,
}

/// The worth of each set, equal, beginning and with a typo: it is looked up for every package that has a word.
static WORTH: [[u8; Fields::SETS]; 3] =
    [worths(Likeness::Equal), worths(Likeness::Begins), worths(Likeness::Typo)];

/// Whoever types the whole name means that package.
pub(super) const WHOLE_NAME: u16 = 1000;

impl Fields {
    pub(super) const NONE: Self = Self(0);
    pub(super) const NAME: Self = Self(1);
    pub(super) const ORG: Self = Self(2);
    pub(super) const KEYWORD: Self = Self(4);
    pub(super) const MODULE: Self = Self(8);
    pub(super) const SUMMARY: Self = Self(16);
    /// The word is the whole name.
    pub(super) const WHOLE: Self = Self(32);
    pub(super) const ALL: Self = Self(63);
    /// How many sets there are.
    const SETS: usize = 64;

    pub(super) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that are in both.
    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What a word is worth by the best of its places. What is equal at one place is worth more than what only begins so at
    /// the same, and a name that begins so more than anything that is equal in a summary: names are typed letter by letter.
    pub(super) fn worth(self, likeness: Likeness) -> u8 {
        WORTH[likeness as usize][usize::from(self.0)]
    }

    const fn has(self, fields: Self) -> bool {
        !self.and(fields).is_empty()
    }

    const fn weigh(self, likeness: Likeness) -> u8 {
        let equal = if self.has(Self::NAME.with(Self::WHOLE)) {
            100
        } else if self.has(Self::ORG) {
            60
        } else if self.has(Self::KEYWORD) {
            40
        } else if self.has(Self::MODULE) {
            30
        } else if self.has(Self::SUMMARY) {
            20
        } else {
            0
        };
        match likeness {
            Likeness::Equal => equal,
            Likeness::Begins => equal / 2,
            Likeness::Typo => equal / 5,
        }
    }
}

const fn worths(likeness: Likeness) -> [u8; Fields::SETS] {
    let mut worths = [0; Fields::SETS];
    let mut set = 0;
    while set <= Fields::ALL.0 {
        worths[set as usize] = Fields(set).weigh(likeness);
        set += 1;
    }
    worths
}
