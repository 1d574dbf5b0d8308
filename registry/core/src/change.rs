//! A change: one line of a segment, the unit of what happens to a registry.
//!
//! The bytes of a change are fixed for ever: its hash is in the header of its segment. `testdata/` holds one
//! of each kind, and a test compares. A reader refuses a kind or a field that it does not know: skipping one
//! would give two pods two states.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::state::kind::Kind;

/// Longest change, in bytes with its newline.
pub const MAX_CHANGE_BYTES: usize = 256 * 1024;

/// One line of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Random; how a writer recognizes its own change after an unclear answer of the store.
    pub id: Uuid,
    /// Random; keeps the hash in the header from confirming a guess at a body that is withheld.
    pub salt: Salt,
    /// Who asked for it, for example `token:ci`.
    pub actor: String,
    /// What happened.
    pub kind: Kind,
}

/// 16 random bytes, as 32 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Salt(pub [u8; 16]);

impl Change {
    /// The line, without its newline.
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).expect("strings, numbers and lists always serialize")
    }
}

impl Serialize for Change {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Line<'a> {
            id: Uuid,
            salt: String,
            actor: &'a str,
            kind: &'static str,
            #[serde(flatten)]
            body: &'a Kind,
        }
        let Self { id, salt, actor, kind } = self;
        Line { id: *id, salt: hex::encode(salt.0), actor, kind: kind.name(), body: kind }
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Change {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // By hand, because serde cannot refuse unknown fields of a flattened, tagged enum.
        let mut fields = Map::deserialize(deserializer)?;
        let id = take(&mut fields, "id")?;
        let salt: String = take(&mut fields, "salt")?;
        let actor = take(&mut fields, "actor")?;
        let kind: String = take(&mut fields, "kind")?;
        let kind = Kind::read(&kind, Value::Object(fields)).map_err(D::Error::custom)?;
        let mut bytes = [0; 16];
        hex::decode_to_slice(&salt, &mut bytes).map_err(D::Error::custom)?;
        Ok(Self { id, salt: Salt(bytes), actor, kind })
    }
}

fn take<T: serde::de::DeserializeOwned, E: serde::de::Error>(
    fields: &mut Map<String, Value>,
    field: &'static str,
) -> Result<T, E> {
    let value = fields.remove(field).ok_or_else(|| E::missing_field(field))?;
    serde_json::from_value(value).map_err(E::custom)
}
