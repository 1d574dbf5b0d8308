//! The token file: who may do what, by the hash of a secret. People write it too, see README.
//!
//! Both programs read it with [`parse`], so that the operator can say what a registry is going to say.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::error::Category;

use crate::names::organization_problem;

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

/// A token of a file that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub name: String,
    /// Of the secret.
    pub sha256: [u8; 32],
    pub actions: Vec<Action>,
    /// Names that can be organizations, or [`ALL_ORGANIZATIONS`].
    pub organizations: Vec<String>,
    pub expires: Option<Timestamp>,
}

/// Reads a token file. What is wrong is said in the names of fields alone: a value may be a secret in the wrong place.
pub fn parse(bytes: &[u8]) -> Result<Vec<Token>, String> {
    let file: File = serde_json::from_slice(bytes).map_err(|error| describe(&error))?;
    let checked = file.tokens.into_iter().enumerate();
    checked.map(|(index, entry)| token(entry).map_err(|what| format!("tokens[{index}].{what}"))).collect()
}

fn token(entry: Entry) -> Result<Token, &'static str> {
    let Entry { name, sha256: hash, actions, organizations, expires } = entry;
    let mut sha256 = [0; 32];
    hex::decode_to_slice(hash, &mut sha256)
        .map_err(|_| "sha256 must be 64 hex digits: the hash, not the token")?;
    if name.is_empty() || name.len() > 128 || name.chars().any(char::is_control) {
        return Err("name must have 1 to 128 characters");
    }
    if actions.is_empty() {
        return Err("actions is empty");
    }
    let all = organizations.iter().any(|name| name == ALL_ORGANIZATIONS);
    if !all && organizations.iter().any(|name| organization_problem(name).is_some()) {
        return Err("organizations must be names of organizations, or \"*\"");
    }
    let expires = expires.map(|time| time.parse()).transpose();
    let expires =
        expires.map_err(|_| "expires must be a time as RFC 3339 has it, such as 2027-01-01T00:00:00Z")?;
    Ok(Token { name, sha256, actions, organizations, expires })
}

/// Serde's own text may quote a value, or what stands where a field should: a secret, too.
fn describe(error: &serde_json::Error) -> String {
    let place = format!("at line {} column {}", error.line(), error.column());
    let text = error.to_string();
    if let Some((_, expected)) =
        text.rsplit_once("`, expected ").filter(|_| text.starts_with("unknown field"))
    {
        return format!("unknown field, expected {expected}");
    }
    let about_fields = ["missing field", "duplicate field"];
    if about_fields.iter().any(|known| text.starts_with(known)) {
        return text;
    }
    match error.classify() {
        Category::Data => format!("a value is not what it should be, {place}"),
        _ => format!("not JSON, {place}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_file_is_read_and_of_another_one_no_value_is_repeated() {
        let hash = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
        let sound = format!(
            r#"{{"tokens":[{{"name":"ci","sha256":"{}","actions":["publish"],"organizations":["acme"],"expires":"2027-01-01T00:00:00Z"}}]}}"#,
            hash.to_uppercase()
        );
        let tokens = parse(sound.as_bytes()).unwrap();
        assert_eq!((tokens[0].sha256[0], tokens[0].organizations[0].as_str()), (0x2b, "acme"));
        assert_eq!(tokens[0].expires.unwrap().to_string(), "2027-01-01T00:00:00Z");
        for (from, to, expected) in [
            ("T00:00:00Z", "", "tokens[0].expires must be a time"),
            (&*hash.to_uppercase(), "hunter2", "tokens[0].sha256 must be 64 hex digits"),
            ("\"acme\"", "\"Hunter2\"", "tokens[0].organizations must be names"),
            ("\"ci\"", "\"hunter\\n2\"", "tokens[0].name must have"),
            ("[\"publish\"]", "[]", "tokens[0].actions is empty"),
            ("[\"publish\"]", "[\"hunter2\"]", "a value is not what it should be, at line 1"),
            ("\"expires\"", "\"hunter2\"", "unknown field, expected one of `name`, `sha256`"),
            ("\"expires\"", "\"`, expected hunter2`, expected \"", "unknown field, expected one of `name`"),
            ("{\"tokens\"", "{\"hunter2\"", "unknown field, expected `tokens` at line 1"),
            ("\"expires\"", "\"name\"", "duplicate field `name`"),
            ("\"actions\":[\"publish\"],", "", "missing field `actions`"),
            ("}]}", "", "not JSON"),
        ] {
            let problem = parse(sound.replace(from, to).as_bytes()).unwrap_err();
            assert!(problem.contains(expected), "{problem}");
            assert!(!problem.to_lowercase().contains("hunter"), "{problem}");
        }
    }

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
