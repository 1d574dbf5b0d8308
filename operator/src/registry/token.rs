//! The first token of a Registry, and what the server is told about it.

use barre_crds::Registry;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use k8s_openapi::{ByteString, api::core::v1::Secret};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::pass::names;

/// The key of a Secret under which the server finds tokens.
pub(crate) const TOKENS_KEY: &str = "tokens.json";
/// The key under which a person finds the first token.
const TOKEN_KEY: &str = "token";

/// A token that nobody has seen yet. No `Debug`: it is a secret.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct AdminToken(String);

impl AdminToken {
    /// Makes a token of 32 random bytes.
    pub(crate) fn new(random: [u8; 32]) -> Self {
        Self(format!("barre_{}", URL_SAFE_NO_PAD.encode(random)))
    }

    /// Returns the Secret that keeps it: the token for people, its hash for the server.
    pub(crate) fn secret(&self, registry: &Registry) -> Secret {
        let hash = hex::encode(Sha256::digest(&self.0));
        let entry = json!({
            "name": "admin",
            "sha256": hash,
            "actions": ["read", "publish", "admin"],
            "organizations": ["*"],
        });
        let tokens = json!({ "tokens": [entry] }).to_string();
        let data = [(TOKEN_KEY, self.0.clone()), (TOKENS_KEY, tokens)];
        Secret {
            metadata: names::child(registry, names::admin(registry)),
            type_: Some("Opaque".into()),
            data: Some(data.map(|(key, value)| (key.to_owned(), ByteString(value.into_bytes()))).into()),
            ..Secret::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::fixture;

    #[test]
    fn the_server_is_told_the_hash_and_not_the_token() {
        let secret = AdminToken::new([7; 32]).secret(&fixture::minimal());
        let data = secret.data.unwrap();
        let token = String::from_utf8(data["token"].0.clone()).unwrap();
        assert_eq!(token.len(), "barre_".len() + 43);
        let tokens = String::from_utf8(data["tokens.json"].0.clone()).unwrap();
        assert!(!tokens.contains(&token));
        insta::assert_snapshot!(tokens);
    }

    #[test]
    fn the_secret_dies_with_the_registry() {
        let secret = AdminToken::new([7; 32]).secret(&fixture::minimal());
        assert_eq!(secret.metadata.name.as_deref(), Some("packages-admin"));
        assert_eq!(secret.metadata.owner_references.unwrap()[0].name, "packages");
    }
}
