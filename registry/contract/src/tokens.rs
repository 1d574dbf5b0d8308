//! The token file: who may do what, by the hash of a secret. People write it too, see README.

use serde::{Deserialize, Serialize};

/// The key of a Secret that holds a token file.
pub const FILE: &str = "tokens.json";

/// How the secrets that we make begin, so that scanners find lost ones.
pub const PREFIX: &str = "barre_";
/// What follows: this many random bytes, in base64url without padding.
pub const SECRET_BYTES: usize = 32;
/// So many characters they make.
pub const SECRET_CHARS: usize = 43;

/// All organizations, in [`Entry::organizations`].
pub const ALL_ORGANIZATIONS: &str = "*";

/// A token file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub tokens: Vec<Entry>,
}

/// One token.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// What the token is for; it appears in the log of changes.
    pub name: String,
    /// Of the secret, in hex.
    pub sha256: String,
    pub actions: Vec<Action>,
    /// Names, or [`ALL_ORGANIZATIONS`].
    pub organizations: Vec<String>,
    /// When it ends, as RFC 3339 has it; never, where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}

/// What somebody does; each includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    Read,
    Publish,
    Admin,
}

impl Action {
    /// All of them, in order.
    pub const ALL: [Self; 3] = [Self::Read, Self::Publish, Self::Admin];

    /// As files and flags have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Publish => "publish",
            Self::Admin => "admin",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_as_people_write_it() {
        let text = r#"{"tokens":[{"name":"ci","sha256":"00","actions":["publish"],"organizations":["*"]}]}"#;
        let file: File = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&file).unwrap(), text);
        assert_eq!(file.tokens[0].actions, [Action::Publish]);
        for action in Action::ALL {
            assert_eq!(serde_json::to_value(action).unwrap(), action.as_str());
        }
    }
}
