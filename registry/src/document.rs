//! release.json: what a bala says that is too large for the log. It lies beside the bala, and the log has its
//! digest, so its bytes are fixed once written; a golden file holds one of them.
//!
//! It holds only what the bala says. What is only known later (id, time, URLs, deprecation, counts) is filled in
//! per answer. An old pod may meet the document of a newer one: it refuses a version that it does not know.

use std::collections::BTreeMap;

use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::bala::{self, Bala};
use crate::change::Visibility;
use crate::package::{Name, Org, Platform, Version};

/// The version that this program writes.
const VERSION: u32 = 1;

/// Why bytes are no document.
#[derive(Debug, thiserror::Error)]
pub enum Invalid {
    #[error("release.json has version {0}, and this program knows only version {VERSION}")]
    Version(u32),
    #[error("release.json is not what this program wrote")]
    Json(#[from] serde_json::Error),
}

/// What a bala says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    v: u32,
    pub org: Org,
    pub name: Name,
    pub version: Version,
    pub platform: Platform,
    /// The format of the bala, for example `3.0.0`.
    pub bala_version: String,
    /// The Ballerina distribution that built it.
    pub distribution: String,
    /// The language specification.
    pub specification: String,
    pub implementation_vendor: String,
    pub visibility: Visibility,
    pub template: bool,
    /// Whether it works in a `GraalVM` native image; null when it does not say.
    pub graalvm: Option<bool>,
    /// The id of the `bal` tool in it.
    pub tool: Option<String>,
    pub summary: String,
    /// The path of its readme in `documents`.
    pub readme: Option<String>,
    pub icon: Option<Icon>,
    pub repository: String,
    pub keywords: Vec<String>,
    pub authors: Vec<String>,
    pub licenses: Vec<String>,
    pub modules: Vec<Module>,
    /// The texts below `docs/`, by their paths in the bala.
    pub documents: BTreeMap<String, String>,
}

/// A module of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Module {
    pub name: String,
    /// Whether other packages may import it.
    pub exported: bool,
    pub summary: String,
    /// The path of its readme in `documents`.
    pub readme: Option<String>,
}

/// A package's picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Icon {
    /// Its path in the bala.
    pub path: String,
    /// Base64 in the file.
    #[serde(with = "base64_text")]
    pub bytes: Vec<u8>,
}

impl Document {
    /// The readme, or nothing.
    pub fn readme(&self) -> &str {
        self.text(self.readme.as_deref())
    }

    /// The readme of `module`, or nothing.
    pub fn module_readme(&self, module: &Module) -> &str {
        self.text(module.readme.as_deref())
    }

    fn text(&self, path: Option<&str>) -> &str {
        path.and_then(|path| self.documents.get(path)).map_or("", String::as_str)
    }

    /// The bytes of the file: equal documents have equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("strings, numbers and lists always serialize")
    }

    /// Reads the file.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Invalid> {
        #[derive(Deserialize)]
        struct Versioned {
            v: u32,
        }
        let Versioned { v } = serde_json::from_slice(bytes)?;
        if v != VERSION {
            return Err(Invalid::Version(v));
        }
        Ok(serde_json::from_slice(bytes)?)
    }
}

impl From<&Bala> for Document {
    fn from(bala: &Bala) -> Self {
        // Without `..`: a field of a bala is in the document, or is left out here on purpose.
        let Bala {
            coordinates,
            platform,
            format: _,
            distribution,
            specification,
            implementation_vendor,
            visibility,
            template,
            graalvm,
            tool,
            summary,
            readme,
            icon,
            repository,
            keywords,
            authors,
            licenses,
            modules,
            graph: _, // in the log
            documents,
        } = bala.clone();
        Self {
            v: VERSION,
            org: coordinates.org,
            name: coordinates.name,
            version: coordinates.version,
            platform,
            bala_version: bala.bala_version().to_owned(),
            distribution,
            specification,
            implementation_vendor,
            visibility,
            template,
            graalvm,
            tool,
            summary,
            readme,
            icon: icon.map(|bala::Icon { path, bytes }| Icon { path, bytes }),
            repository,
            keywords,
            authors,
            licenses,
            modules: modules.into_iter().map(Module::from).collect(),
            documents,
        }
    }
}

impl From<bala::Module> for Module {
    fn from(module: bala::Module) -> Self {
        let bala::Module { name, exported, summary, readme } = module;
        Self { name, exported, summary, readme }
    }
}

/// Bytes as text in JSON.
mod base64_text {
    use base64::Engine as _;
    use serde::de::Error as _;

    use super::{Deserialize, Deserializer, STANDARD, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        STANDARD.encode(bytes).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use barre_testkit::bala::Bala as Package;

    use super::*;
    use crate::bala::Limits;

    fn document() -> Document {
        let package = Package::new("acme", "greet", "1.2.3-rc.1")
            .platform("java21")
            .module("greet.formal", false)
            .icon([0, 1, 2, 255])
            .tool("greet")
            .manifest("keywords", vec!["hello"])
            .manifest("authors", vec!["Ada"])
            .manifest("licenses", vec!["Apache-2.0"])
            .manifest("source_repository", "https://example.com/greet");
        let bala = bala::read(Cursor::new(package.build()), &Limits::default()).unwrap();
        Document::from(&bala)
    }

    #[test]
    fn the_bytes_never_change() {
        let golden = include_bytes!("../testdata/release-v1.json");
        let bytes = document().to_bytes();
        assert_eq!(String::from_utf8(bytes).unwrap(), str::from_utf8(golden).unwrap().trim_end());
        assert_eq!(Document::from_bytes(golden).unwrap(), document());
    }

    #[test]
    fn readmes_are_found() {
        let document = document();
        assert_eq!(document.readme(), "# greet\n\nThe greet package.\n");
        assert_eq!(document.module_readme(&document.modules[1]), "# greet.formal\n");
    }

    #[test]
    fn an_unknown_version_or_field_is_refused() {
        let text = String::from_utf8(document().to_bytes()).unwrap();
        let newer = text.replacen("{\"v\":1,", "{\"v\":2,", 1);
        assert!(matches!(Document::from_bytes(newer.as_bytes()), Err(Invalid::Version(2))));
        let more = text.replacen("{\"v\":1,", "{\"v\":1,\"more\":1,", 1);
        assert!(matches!(Document::from_bytes(more.as_bytes()), Err(Invalid::Json(_))));
    }
}
