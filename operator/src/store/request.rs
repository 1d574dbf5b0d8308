//! What is asked of a store.

use barre_contract::known::Cursor;
use barre_crds::registry::Storage;
use object_store::path::Path;
use sha2::{Digest, Sha256};

use super::{credentials::Credentials, description::Backend};

/// Whether a Registry may use this store, and how.
#[derive(Clone)]
pub(crate) struct Request<'a> {
    pub(crate) storage: &'a Storage,
    pub(crate) backend: &'a Backend,
    pub(crate) credentials: &'a Credentials,
    /// Who operates the Registry's log.
    pub(crate) owner: &'a str,
    /// The id of the registry that is to change hands.
    pub(crate) take_over: Option<&'a str>,
    /// What is known of what must be there.
    pub(crate) expected: &'a Expected,
}

/// What is known of a registry from earlier looks, and from its pods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Expected {
    /// Its id. Then the store is not made, and no other registry is begun in it.
    pub(crate) registry: Option<String>,
    /// How far its log had come.
    pub(crate) cursor: Option<Cursor>,
}

impl Request<'_> {
    /// Returns the path of an object of the registry.
    pub(super) fn path(&self, below: &str) -> Path {
        match &self.storage.prefix {
            Some(prefix) => Path::from(format!("{prefix}/{below}")),
            None => Path::from(below),
        }
    }

    /// Returns what tells two questions apart, without giving the credentials away.
    pub(super) fn fingerprint(&self, expected: &Expected) -> String {
        let storage = serde_json::to_string(self.storage).unwrap_or_default();
        let credentials = self.credentials.fingerprint(self.owner.as_bytes());
        let registry = expected.registry.as_deref().unwrap_or_default();
        let cursor = expected.cursor.as_ref().map(ToString::to_string).unwrap_or_default();
        let take_over = self.take_over.unwrap_or_default();
        let parts = [&storage, self.owner, take_over, &credentials, registry, &cursor];
        hex::encode(Sha256::digest(parts.join("\n")))
    }
}
