//! The first token of a Registry, and what the server is told about it.

use barre_contract::tokens::{ALL_ORGANIZATIONS, Action, Entry, FILE, File, PREFIX, SECRET_BYTES};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// The key of the Secret `<name>-admin` under which a person finds the first token.
pub(crate) const TOKEN_KEY: &str = "token";
/// The key of a Secret under which the server finds tokens.
pub(crate) const TOKENS_KEY: &str = FILE;

/// A token that nobody has seen yet. No `Debug`: it is a secret.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct AdminToken(String);

impl AdminToken {
    /// Makes a token of random bytes.
    pub(crate) fn new(random: [u8; SECRET_BYTES]) -> Self {
        Self(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random)))
    }

    /// Returns the token itself.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// Returns the token file that lets it do everything.
    pub(crate) fn file(&self) -> String {
        let entry = Entry {
            name: "admin".to_owned(),
            sha256: hex::encode(Sha256::digest(&self.0)),
            actions: Action::ALL.to_vec(),
            organizations: vec![ALL_ORGANIZATIONS.to_owned()],
            expires: None,
        };
        // By way of a value, which sorts the fields: the bytes of a Secret are those of the release before.
        serde_json::json!(File { tokens: vec![entry] }).to_string()
    }
}

#[cfg(test)]
mod tests {
    use barre_contract::tokens::SECRET_CHARS;

    use super::*;

    #[test]
    fn the_server_is_told_the_hash_and_not_the_token() {
        let token = AdminToken::new([7; SECRET_BYTES]);
        assert_eq!(token.text().len(), PREFIX.len() + SECRET_CHARS);
        let tokens = token.file();
        assert!(!tokens.contains(token.text()));
        insta::assert_snapshot!(tokens);
    }
}
