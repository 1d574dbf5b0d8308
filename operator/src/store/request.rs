//! What is asked of a store.

use barre_crds::registry::Storage;
use sha2::{Digest, Sha256};

use super::{credentials::Credentials, description::Backend};

/// Whether a Registry may use this store, and how.
pub(crate) struct Request<'a> {
    pub(crate) storage: &'a Storage,
    pub(crate) backend: &'a Backend,
    pub(crate) credentials: &'a Credentials,
    /// Who operates the Registry's log.
    pub(crate) owner: &'a str,
    /// The id of the registry that is to change hands.
    pub(crate) take_over: Option<&'a str>,
}

impl Request<'_> {
    /// Returns what tells two questions apart, without giving the credentials away.
    pub(super) fn fingerprint(&self) -> String {
        let storage = serde_json::to_string(self.storage).unwrap_or_default();
        let credentials = self.credentials.fingerprint(self.owner);
        let parts = [&storage, self.owner, self.take_over.unwrap_or_default(), &credentials];
        hex::encode(Sha256::digest(parts.join("\n")))
    }
}
