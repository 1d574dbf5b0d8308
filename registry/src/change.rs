//! A change: one line of a segment, the unit of what happens to a registry.
//!
//! The bytes of a change are fixed for ever: its hash is in the header of its segment. `testdata/` holds one
//! of each kind, and a test compares. A reader refuses a kind or a field that it does not know: skipping one
//! would give two pods two states.

use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::digest::Digest;
use crate::millis;
use crate::package::{Coordinates, Name, Org, Platform, Version};

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

/// What a change does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Kind {
    /// Somebody begins to operate the log.
    Opened(Opened),
    /// From here on, kinds and rules of this format may appear.
    Format(Format),
    /// A bala was published.
    Released(Box<Released>),
    /// These release ids will never be accepted: their unreferenced files are about to be deleted.
    Condemned(Condemned),
}

/// The first change of an epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opened {
    /// Who operates the log from here on; a pod of another owner stops.
    pub owner: String,
    /// One more than the epoch before.
    pub epoch: u64,
}

/// Raises the format of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Format {
    /// The oldest program that may read.
    pub reader: u32,
    /// The oldest program that may write.
    pub writer: u32,
}

/// A bala was published. Everything but `release`, `document`, `origin` and `published` is read from the bala itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Released {
    pub org: Org,
    pub name: Name,
    pub version: Version,
    pub platform: Platform,
    /// The format of the bala, for example `3.0.0`.
    pub bala_version: String,
    /// The Ballerina distribution that built it, for example `2201.12.0`; empty when the bala does not say.
    pub distribution: String,
    /// The language specification, for example `2024R1`; empty when the bala does not say.
    pub specification: String,
    /// Of the bala.
    pub digest: Digest,
    /// Of the bala, in bytes.
    pub size: u64,
    /// The folder that holds the bala and its release.json.
    pub release: Uuid,
    /// Of release.json.
    pub document: Digest,
    pub origin: Origin,
    /// When its origin published it, in milliseconds; only of what a mirror copied.
    #[serde(default, with = "millis::optional", skip_serializing_if = "Option::is_none")]
    pub published: Option<Timestamp>,
    pub visibility: Visibility,
    pub template: bool,
    /// Whether it works in a `GraalVM` native image, where the bala says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub graalvm: Option<bool>,
    /// The id of the `bal` tool that it contains.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// The path of the icon in release.json's folder of documents, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    pub summary: String,
    pub repository: String,
    pub keywords: Vec<String>,
    pub authors: Vec<String>,
    pub licenses: Vec<String>,
    pub modules: Vec<Module>,
    /// The locked dependencies, itself included, sorted.
    pub graph: Vec<Node>,
}

/// A module of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Module {
    pub name: String,
    /// Whether other packages may import it.
    pub exported: bool,
    pub summary: String,
}

/// One package of a locked graph, with what it depends on directly.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    pub package: Coordinates,
    /// Sorted.
    pub dependencies: Vec<Coordinates>,
}

/// Where a release came from. An organization has one origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Pushed here.
    Local,
    /// Copied by the mirror with this uid.
    Mirror(String),
}

/// Who may see a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everyone who may read the registry.
    Public,
    /// Those with read for its organization.
    Private,
}

/// Release ids that will never be accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condemned {
    pub releases: Vec<Uuid>,
}

impl Change {
    /// A change with a fresh id and salt.
    pub fn new(actor: impl Into<String>, kind: Kind) -> Self {
        Self { id: Uuid::new_v4(), salt: Salt(*Uuid::new_v4().as_bytes()), actor: actor.into(), kind }
    }

    /// The line, without its newline.
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).expect("strings, numbers and lists always serialize")
    }
}

impl Released {
    /// Organization, name and version.
    pub fn coordinates(&self) -> Coordinates {
        Coordinates { org: self.org.clone(), name: self.name.clone(), version: self.version.clone() }
    }
}

impl Kind {
    fn name(&self) -> &'static str {
        match self {
            Self::Opened(_) => "opened",
            Self::Format(_) => "format",
            Self::Released(_) => "released",
            Self::Condemned(_) => "condemned",
        }
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
        let body = Value::Object(fields);
        let kind = match kind.as_str() {
            "opened" => serde_json::from_value(body).map(Kind::Opened),
            "format" => serde_json::from_value(body).map(Kind::Format),
            "released" => serde_json::from_value(body).map(Kind::Released),
            "condemned" => serde_json::from_value(body).map(Kind::Condemned),
            unknown => return Err(D::Error::custom(format!("unknown kind of change \"{unknown}\""))),
        }
        .map_err(D::Error::custom)?;
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
