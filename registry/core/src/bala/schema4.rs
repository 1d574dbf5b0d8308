//! Schema 4: `Bala.toml`, `Ballerina.toml`, `Dependencies.toml` (the Go implementation of Ballerina).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{Read, Seek};

use serde::de::Visitor;
use serde::{Deserialize, Deserializer};

use super::archive::Archive;
use super::invalid::Invalid;
use super::limits::Limits;
use super::manifest::{self, Declared, Layout, Manifest};
use super::{graph, json};
use crate::graph::Node;
use crate::lock::{Lock, Locked, Reference};
use crate::package::Coordinates;

const BALA: &str = "Bala.toml";
const PACKAGE: &str = "Ballerina.toml";
const LOCK: &str = "Dependencies.toml";

#[derive(Debug, Deserialize)]
struct BalaToml {
    bala: Option<Schema>,
    #[serde(default)]
    build: Build,
    #[serde(default)]
    modules: Vec<ModuleEntry>,
}

#[derive(Debug, Deserialize)]
struct Schema {
    schema_version: Option<SchemaVersion>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Build {
    ballerina_version: String,
    implementation_vendor: String,
    language_spec_version: String,
    platform: String,
}

#[derive(Debug, Deserialize)]
struct ModuleEntry {
    name: String,
    #[serde(default)]
    export: bool,
}

#[derive(Debug, Deserialize)]
struct PackageToml {
    package: PackageTable,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PackageTable {
    org: String,
    name: String,
    version: String,
    license: Vec<String>,
    authors: Vec<String>,
    keywords: Vec<String>,
    repository: String,
    visibility: String,
    icon: Option<String>,
    readme: Option<String>,
    description: String,
    template: bool,
    export: Vec<String>,
}

/// Whether it is 4, as a text or as a number.
#[derive(Debug)]
struct SchemaVersion {
    is_4: bool,
}

impl<'de> Deserialize<'de> for SchemaVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrNumber;
        impl Visitor<'_> for TextOrNumber {
            type Value = SchemaVersion;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a version")
            }

            fn visit_str<E>(self, text: &str) -> Result<SchemaVersion, E> {
                Ok(SchemaVersion { is_4: text == "4" })
            }

            fn visit_i64<E>(self, number: i64) -> Result<SchemaVersion, E> {
                Ok(SchemaVersion { is_4: number == 4 })
            }
        }
        deserializer.deserialize_any(TextOrNumber)
    }
}

/// Reads the three files.
pub(super) fn read<R: Read + Seek>(archive: &mut Archive<R>, limits: &Limits) -> Result<Manifest, Invalid> {
    let bala: BalaToml = json::parse_toml(BALA, &manifest::file(archive, BALA, limits)?)?;
    if !bala.bala.and_then(|bala| bala.schema_version).is_some_and(|version| version.is_4) {
        return Err(json::problem(
            BALA,
            &"its schema_version is not 4, the only one that this registry reads",
        ));
    }
    let toml: PackageToml = json::parse_toml(PACKAGE, &manifest::file(archive, PACKAGE, limits)?)?;
    let package = toml.package;
    let coordinates = graph::parse(PACKAGE, &package.org, &package.name, &package.version)?;
    let lock: Lock = json::parse_toml(LOCK, &manifest::file(archive, LOCK, limits)?)?;
    let in_archive = |path: &String| archive.has(path);
    Ok(Manifest {
        graph: nodes(lock.package, &coordinates)?,
        modules: bala.modules.into_iter().map(|module| declared(module, &package.name)).collect(),
        coordinates,
        layout: Layout::Schema4,
        file: BALA,
        platform: if bala.build.platform.is_empty() { "any".into() } else { bala.build.platform },
        distribution: bala.build.ballerina_version,
        specification: bala.build.language_spec_version,
        implementation_vendor: bala.build.implementation_vendor,
        visibility: package.visibility,
        template: package.template,
        graalvm: None,
        tool: None,
        description: package.description,
        // They name files of the project, which this format does not pack so far.
        readme: package.readme.filter(in_archive),
        icon: package.icon.filter(in_archive),
        repository: package.repository,
        keywords: package.keywords,
        authors: package.authors,
        licenses: package.license,
        exported: package.export.into_iter().map(|module| full(module, &package.name)).collect(),
    })
}

/// The lock names edges without their versions: joins them with what it locks.
fn nodes(lock: Vec<Locked>, own: &Coordinates) -> Result<Vec<Node>, Invalid> {
    let (test_only, lock): (Vec<_>, Vec<_>) = lock.into_iter().partition(Locked::is_for_tests);
    let test_only: BTreeSet<_> = test_only.into_iter().map(|package| (package.org, package.name)).collect();
    let mut versions = BTreeMap::new();
    for package in &lock {
        let Locked { org, name, version, .. } = package;
        let coordinates = graph::parse(LOCK, org, name, version)?;
        if versions.insert((org.clone(), name.clone()), coordinates).is_some() {
            return Err(json::problem(LOCK, &format_args!("it locks two versions of {org}/{name}")));
        }
    }
    let mut nodes = Vec::new();
    for package in &lock {
        let Some(coordinates) = versions.get(&(package.org.clone(), package.name.clone())) else { continue };
        let mut edges = Vec::new();
        for Reference { org, name } in &package.dependencies {
            let key = (org.clone(), name.clone());
            match versions.get(&key) {
                Some(needed) => edges.push(needed.clone()),
                None if test_only.contains(&key) => {}
                None => {
                    let dependency = super::invalid::excerpt(format!("{org}/{name}").as_bytes());
                    return Err(Invalid::NoVersion { package: coordinates.to_string(), dependency });
                }
            }
        }
        nodes.push((coordinates.clone(), edges));
    }
    graph::sorted(LOCK, nodes, own)
}

fn declared(module: ModuleEntry, package: &str) -> Declared {
    let name = full(module.name, package);
    Declared { name, exported: module.export, description: String::new(), readme: None }
}

/// A module may be named in full or within its package.
fn full(module: String, package: &str) -> String {
    let is_full = module == package || module.strip_prefix(package).is_some_and(|rest| rest.starts_with('.'));
    if is_full { module } else { format!("{package}.{module}") }
}
