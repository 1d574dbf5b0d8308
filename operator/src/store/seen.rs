//! What a look at a store shows. In values alone.

use barre_contract::{bucket::Marker, known::Known};

use super::log::LogSeen;

/// What a look at the store showed.
#[derive(Default, Debug)]
pub(super) struct Look {
    pub(super) exists: bool,
    /// This very pass made it.
    pub(super) made: bool,
    pub(super) marker: Option<Marker>,
    /// There is state of a registry under the prefix.
    pub(super) filled: bool,
    /// Which registry is there.
    pub(super) named: Named,
    /// Where its log is, if it is the registry that is expected.
    pub(super) log: LogSeen,
}

impl Look {
    /// What is known of the registry from now on.
    pub(super) fn known(&self) -> Option<Known> {
        let LogSeen::At(cursor) = &self.log else { return None };
        Some(Known { registry_id: self.named.id()?.to_owned(), cursor: cursor.clone() })
    }
}

/// What registry.json says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Named {
    /// It is not there.
    #[default]
    Nobody,
    Unreadable,
    /// The id of the registry.
    Id(String),
}

impl Named {
    /// Returns the id.
    pub(super) fn id(&self) -> Option<&str> {
        if let Self::Id(id) = self { Some(id) } else { None }
    }
}
