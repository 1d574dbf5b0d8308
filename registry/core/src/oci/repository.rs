//! The names of repositories.

use std::fmt;

use crate::package::{Name, Org};

/// The name of a package in lower case: that of its repository, whether the package is there or not.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RepositoryName {
    pub org: Org,
    /// Folded.
    pub name: Name,
}

impl RepositoryName {
    /// Reads a name; `None` where no package can be called so.
    pub fn parse(org: &str, name: &str) -> Option<Self> {
        let (org, name): (Org, Name) = (org.parse().ok()?, name.parse().ok()?);
        (name.folded() == name.as_str()).then_some(Self { org, name })
    }

    /// Whether it is that of the package with this name.
    pub fn is_of(&self, org: &Org, name: &Name) -> bool {
        self.org == *org && self.name.as_str() == name.folded()
    }
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.org, self.name)
    }
}
