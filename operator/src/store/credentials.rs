//! The keys of the store, as a Secret holds them.

use barre_crds::condition::Reason;
use k8s_openapi::api::core::v1::Secret;
use sha2::{Digest, Sha256};

use crate::{pass::problem::Problem, registry::token::value};

/// Keys of a Secret, and the variables that `object_store` reads.
pub(crate) const ACCESS_KEY_ID: (&str, &str) = ("accessKeyID", "AWS_ACCESS_KEY_ID");
pub(crate) const SECRET_ACCESS_KEY: (&str, &str) = ("secretAccessKey", "AWS_SECRET_ACCESS_KEY");
pub(crate) const SESSION_TOKEN: (&str, &str) = ("sessionToken", "AWS_SESSION_TOKEN");

/// The keys of the store. No `Debug`: they are secret.
#[derive(Clone)]
pub(crate) struct Keys {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    pub(crate) session_token: Option<String>,
}

impl Keys {
    /// Reads the keys of the Secret `name`.
    pub(crate) fn read(name: &str, secret: &Secret) -> Result<Self, Problem> {
        let empty = std::collections::BTreeMap::new();
        let data = secret.data.as_ref().unwrap_or(&empty);
        let text = |key: &str| value(data, key).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let required = |key: &str| {
            text(key).ok_or_else(|| {
                Problem::new(Reason::SecretKeyMissing, format!("Secret '{name}' has no key {key}; add it"))
            })
        };
        Ok(Self {
            access_key_id: required(ACCESS_KEY_ID.0)?,
            secret_access_key: required(SECRET_ACCESS_KEY.0)?,
            session_token: text(SESSION_TOKEN.0),
        })
    }

    /// Returns a short hash that changes with the keys. Salted and cut: it leads back to nothing.
    pub(crate) fn fingerprint(&self, salt: &str) -> String {
        let mut hash = Sha256::new();
        let session_token = self.session_token.as_deref().unwrap_or_default();
        for part in [salt, &self.access_key_id, &self.secret_access_key, session_token] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hex::encode(&hash.finalize()[..8])
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::ByteString;

    use super::*;

    fn secret(data: &[(&str, &str)]) -> Secret {
        let data = data
            .iter()
            .map(|(key, value)| ((*key).to_owned(), ByteString(value.as_bytes().into())))
            .collect();
        Secret { data: Some(data), ..Secret::default() }
    }

    #[test]
    fn a_missing_or_empty_key_is_named_and_values_are_not() {
        for data in [&[("accessKeyID", "hush")][..], &[("accessKeyID", "hush"), ("secretAccessKey", "")]] {
            let problem = Keys::read("store", &secret(data)).err().unwrap();
            assert_eq!(problem.reason, Reason::SecretKeyMissing);
            assert_eq!(problem.message, "Secret 'store' has no key secretAccessKey; add it");
        }
    }

    #[test]
    fn the_fingerprint_follows_the_used_keys_only() {
        let fingerprint =
            |data: &[(&str, &str)]| Keys::read("store", &secret(data)).ok().unwrap().fingerprint("salt");
        let used = [("accessKeyID", "a"), ("secretAccessKey", "b")];
        let first = fingerprint(&used);
        assert_eq!(first.len(), 16);
        assert_eq!(first, fingerprint(&[used[0], used[1], ("note", "rotated on Monday")]));
        assert_ne!(first, fingerprint(&[used[0], ("secretAccessKey", "c")]));
        assert_ne!(first, fingerprint(&[used[0], used[1], ("sessionToken", "t")]));
        assert_ne!(
            fingerprint(&[("accessKeyID", "ab"), used[1]]),
            fingerprint(&[used[0], ("secretAccessKey", "bb")])
        );
    }
}
