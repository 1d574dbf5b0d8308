//! The credentials of a store, as a Secret holds them.

use barre_contract::setting::Becomes;
use barre_crds::condition::Reason;
use k8s_openapi::api::core::v1::Secret;
use sha2::{Digest, Sha256};

use crate::pass::{problem::Problem, secret::value};

/// A key of the Secret, and the variable that `object_store` reads.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) variable: &'static str,
    pub(crate) optional: bool,
}

/// The credentials. No `Debug`: they are secret.
#[derive(Clone)]
pub(crate) struct Credentials(Vec<(&'static Key, Option<String>)>);

impl Credentials {
    /// Reads them from the Secret `name`.
    pub(crate) fn read(keys: &'static [Key], name: &str, secret: &Secret) -> Result<Self, Problem> {
        let read = |key: &'static Key| {
            let text = value(secret, key.name).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            if text.is_none() && !key.optional {
                let message = format!("Secret '{name}' has no key {}; add it", key.name);
                return Err(Problem::new(Reason::SecretKeyMissing, message));
            }
            if let Some(problem) = text.as_deref().and_then(|text| Becomes::Header.problem(text)) {
                let message = format!("{} in Secret '{name}' {problem}; correct it", key.name);
                return Err(Problem::new(Reason::CredentialsRejected, message));
            }
            Ok((key, text))
        };
        keys.iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Returns a short hash that changes with the credentials. Whoever does not know `key` cannot try weak ones with it.
    pub(crate) fn fingerprint(&self, key: &[u8]) -> String {
        let mut hash = Sha256::new();
        let values = self.0.iter().map(|(_, value)| value.as_deref().unwrap_or_default().as_bytes());
        for part in std::iter::once(key).chain(values) {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hex::encode(&hash.finalize()[..8])
    }

    /// Returns them by their variables.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().filter_map(|(key, value)| Some((key.variable, value.as_deref()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::fixture::{credentials, read};

    #[test]
    fn a_missing_or_empty_key_is_named_and_values_are_not() {
        for data in [&[("accessKeyID", "hush")][..], &[("accessKeyID", "hush"), ("secretAccessKey", "")]] {
            let problem = read(data).err().unwrap();
            assert_eq!(problem.reason, Reason::SecretKeyMissing);
            assert_eq!(problem.message, "Secret 'store' has no key secretAccessKey; add it");
        }
    }

    #[test]
    fn a_key_that_a_client_would_panic_at_is_named_and_not_repeated() {
        for (name, value, problem) in [
            ("accessKeyID", "hush\n", "has a line break"),
            ("sessionToken", "hush\n", "has a line break"),
            ("secretAccessKey", " hush", "has white space around it"),
            ("accessKeyID", "hüsh", "has characters that no key has"),
        ] {
            let sound = [("accessKeyID", "key"), ("secretAccessKey", "key")];
            let data: Vec<_> =
                sound.into_iter().filter(|(key, _)| *key != name).chain([(name, value)]).collect();
            let found = read(&data).err().unwrap();
            assert_eq!(found.reason, Reason::CredentialsRejected);
            assert_eq!(found.message, format!("{name} in Secret 'store' {problem}; correct it"));
        }
    }

    #[test]
    fn the_fingerprint_follows_the_used_keys_only() {
        let fingerprint = |data: &[(&str, &str)]| read(data).ok().unwrap().fingerprint(b"key");
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

    /// Another value would roll the pods of every Registry at an upgrade of the operator.
    #[test]
    fn the_fingerprint_never_changes() {
        assert_eq!(credentials("hush").fingerprint(b"cluster-1/team/packages"), "ef108d53f8dff826");
    }
}
