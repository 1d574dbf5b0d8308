//! The check of API docs when they come, and what of them goes into the log.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};

use super::nested::Nested;
use super::summary::summary;
use crate::declaration::{Construct, Declaration, MAX_DECLARATIONS, MAX_DECLARED_BYTES, Quality};
use crate::package::{Coordinates, excerpt};

/// Longest file, in bytes.
pub const MAX_DOCS_BYTES: u64 = 8 * 1024 * 1024;
/// Most modules of one package.
const MAX_MODULES: usize = 100;
/// Most declarations that are read; the log gets fewer.
const MAX_READ: usize = 20_000;
/// Longest name of a module or declaration, in bytes.
const MAX_NAME_BYTES: usize = 256;

/// Why something is no API docs of a package. The texts are for the one who uploads it.
#[derive(Debug, thiserror::Error)]
pub enum InvalidDocs {
    #[error(
        "this is not an api-docs.json as `bal doc` writes it, with the modules of a package below \
         docsData: {0}"
    )]
    Json(#[from] serde_json::Error),
    #[error("there is no module in these API docs: run `bal doc` in the folder of the package")]
    Empty,
    #[error(
        "these are API docs of {stated}, and not of {wanted}: upload them to the version that they are of"
    )]
    Other { stated: String, wanted: Coordinates },
}

/// What API docs declare, if they are those of this package: as much of it as the log holds.
pub fn declared(json: &[u8], wanted: &Coordinates) -> Result<Vec<Declaration>, InvalidDocs> {
    serde_json::from_slice::<Nested>(json)?;
    let mut read = Read::default();
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let modules = Member { name: "modules", seed: List { each: Each::Module, read: &mut read } };
    Member { name: "docsData", seed: modules }.deserialize(&mut deserializer)?;
    if read.modules.is_empty() {
        return Err(InvalidDocs::Empty);
    }
    for stated in read.modules {
        if !stated.is_of(wanted) {
            let Stated { org, id, version } = stated;
            let stated = excerpt(&format!("{org}/{id}:{version}"));
            return Err(InvalidDocs::Other { stated, wanted: wanted.clone() });
        }
    }
    Ok(listed(read.declared))
}

/// As many as there is room for: of each kind the first ones, the kinds in the order of what they are worth.
fn listed(mut declared: Vec<Declaration>) -> Vec<Declaration> {
    declared.sort_by_key(|declaration| declaration.construct);
    let mut bytes = 0;
    let fits = |declaration: &Declaration| {
        bytes += declaration.bytes();
        bytes <= MAX_DECLARED_BYTES
    };
    declared.into_iter().take(MAX_DECLARATIONS).take_while(fits).collect()
}

/// What was read so far.
#[derive(Default)]
struct Read {
    modules: Vec<Stated>,
    declared: Vec<Declaration>,
}

/// What a module says that it is.
#[derive(Default)]
struct Stated {
    org: String,
    id: String,
    version: String,
}

impl Stated {
    fn is_of(&self, wanted: &Coordinates) -> bool {
        let Coordinates { org, name, version } = wanted;
        let below = self.id.strip_prefix(name.as_str());
        let named = below.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        self.org == org.as_str() && named && self.version == version.to_string()
    }
}

/// An object of which one member is read, which must be there.
struct Member<S> {
    name: &'static str,
    seed: S,
}

impl<'de, S: DeserializeSeed<'de, Value = ()>> DeserializeSeed<'de> for Member<S> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, S: DeserializeSeed<'de, Value = ()>> Visitor<'de> for Member<S> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with \"{}\"", self.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut seed = Some(self.seed);
        while let Some(name) = members.next_key::<String>()? {
            if name != self.name {
                members.next_value::<IgnoredAny>()?;
                continue;
            }
            let seed = seed.take().ok_or_else(|| A::Error::duplicate_field(self.name))?;
            members.next_value_seed(seed)?;
        }
        if seed.is_some() { Err(A::Error::missing_field(self.name)) } else { Ok(()) }
    }
}

/// What is in a list.
#[derive(Clone, Copy)]
enum Each {
    Module,
    Declaration(Construct),
}

/// A list; `null` is an empty one.
struct List<'r> {
    each: Each,
    read: &'r mut Read,
}

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        match self.each {
            Each::Module => while elements.next_element_seed(Module(&mut *self.read))?.is_some() {},
            Each::Declaration(construct) => {
                while let Some(declared) = elements.next_element::<Declared>()? {
                    self.read.declared.extend(declared.of(construct)?);
                    if self.read.declared.len() > MAX_READ {
                        let text =
                            format!("there are too many declarations, at most {MAX_READ} are possible");
                        return Err(A::Error::custom(text));
                    }
                }
            }
        }
        Ok(())
    }
}

/// One module.
struct Module<'r>(&'r mut Read);

impl<'de> DeserializeSeed<'de> for Module<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Module<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a module")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let Self(read) = self;
        let mut stated = Stated::default();
        let first = read.declared.len();
        while let Some(member) = members.next_key::<String>()? {
            match (member.as_str(), construct(&member)) {
                ("orgName", _) => stated.org = members.next_value()?,
                ("id", _) => stated.id = name(members.next_value()?)?,
                ("version", _) => stated.version = members.next_value()?,
                (_, Some(construct)) => {
                    members.next_value_seed(List { each: Each::Declaration(construct), read: &mut *read })?;
                }
                (_, None) => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        for declaration in &mut read.declared[first..] {
            declaration.module.clone_from(&stated.id);
        }
        read.modules.push(stated);
        if read.modules.len() > MAX_MODULES {
            let text = format!("there are too many modules, at most {MAX_MODULES} are possible");
            return Err(A::Error::custom(text));
        }
        Ok(())
    }
}

/// What is in the list of a module that is called so.
fn construct(list: &str) -> Option<Construct> {
    Some(match list {
        "clients" => Construct::Client,
        "listeners" => Construct::Listener,
        "serviceTypes" => Construct::ServiceType,
        "functions" => Construct::Function,
        "classes" => Construct::Class,
        "objectTypes" | "abstractObjects" => Construct::ObjectType,
        "records" => Construct::Record,
        "enums" => Construct::Enum,
        "errors" => Construct::Error,
        "constants" => Construct::Constant,
        "annotations" => Construct::Annotation,
        "variables" => Construct::Variable,
        "configurables" => Construct::Configurable,
        // One list for each form of a type: unionTypes, tableTypes.
        "types" => Construct::Type,
        other if other.ends_with("Types") => Construct::Type,
        _ => return None,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a declaration")]
struct Declared {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    is_isolated: Option<bool>,
    #[serde(default)]
    is_closed: Option<bool>,
    #[serde(default)]
    is_distinct: Option<bool>,
    #[serde(default)]
    is_read_only: Option<bool>,
}

impl Declared {
    /// What has no name cannot be found.
    fn of<E: de::Error>(self, construct: Construct) -> Result<Option<Declaration>, E> {
        let Some(declared) = self.name.filter(|name| !name.is_empty()) else { return Ok(None) };
        let words = [
            (self.is_isolated, Quality::Isolated),
            (self.is_closed, Quality::Closed),
            (self.is_distinct, Quality::Distinct),
            (self.is_read_only, Quality::Readonly),
        ];
        let qualities = words.into_iter().filter(|(is, _)| *is == Some(true)).map(|(_, word)| word).collect();
        let summary = summary(&self.description.unwrap_or_default());
        Ok(Some(Declaration { construct, module: String::new(), name: name(declared)?, summary, qualities }))
    }
}

fn name<E: de::Error>(name: String) -> Result<String, E> {
    if name.len() <= MAX_NAME_BYTES {
        return Ok(name);
    }
    let length = name.len();
    Err(E::custom(format!("a name has {length} bytes, at most {MAX_NAME_BYTES} are possible")))
}
