//! JSON and TOML as manifests have them: bounded, without surprises, and with errors that name the file.

use std::fmt;

use serde::de::{DeserializeOwned, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::invalid::Invalid;

/// Parses a JSON object. `serde_json` limits depth and refuses lone surrogates and numbers like 1e400.
pub(super) fn parse<T: DeserializeOwned>(file: &'static str, bytes: &[u8]) -> Result<T, Invalid> {
    let text = text(file, bytes)?;
    let Object(fields) = serde_json::from_str(text).map_err(|error| problem(file, &error))?;
    serde_json::from_value(Value::Object(fields)).map_err(|error| problem(file, &error))
}

/// Parses a TOML file.
pub(super) fn parse_toml<T: DeserializeOwned>(file: &'static str, bytes: &[u8]) -> Result<T, Invalid> {
    toml::from_str(text(file, bytes)?).map_err(|error| problem(file, &error.message()))
}

fn text<'a>(file: &'static str, bytes: &'a [u8]) -> Result<&'a str, Invalid> {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err(problem(file, &"it begins with a byte-order mark, save it as plain UTF-8"));
    }
    str::from_utf8(bytes).map_err(|_| problem(file, &"it is not UTF-8, save it as UTF-8"))
}

/// Refuses `file`, with the first words of what a parser says.
pub(super) fn problem(file: &'static str, problem: &dyn fmt::Display) -> Invalid {
    let mut problem = problem.to_string();
    if let Some((cut, _)) = problem.char_indices().nth(200) {
        problem.truncate(cut);
        problem.push('…');
    }
    Invalid::Manifest { file, problem: problem.chars().flat_map(plain).collect() }
}

/// Line breaks and control characters have no place in an answer of one line.
fn plain(c: char) -> impl Iterator<Item = char> {
    let escaped = c.is_control().then(|| c.escape_debug());
    let kept = (!c.is_control()).then_some(c);
    kept.into_iter().chain(escaped.into_iter().flatten())
}

/// A JSON object without repeated keys: of two equal keys, each client would take another.
struct Object(Map<String, Value>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Unique;
        impl<'de> Visitor<'de> for Unique {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Object, A::Error> {
                let mut fields = Map::new();
                while let Some((key, value)) = access.next_entry::<String, Value>()? {
                    if fields.contains_key(&key) {
                        let key = super::invalid::excerpt(key.as_bytes());
                        return Err(A::Error::custom(format!("the key \"{key}\" is there twice")));
                    }
                    fields.insert(key, value);
                }
                Ok(Object(fields))
            }
        }
        deserializer.deserialize_map(Unique)
    }
}
