//! Builds balas: what `bal pack` would write for a package, byte for byte the same each time.
//!
//! `Bala::new("acme", "greet", "1.0.0")` is complete and valid; every method changes one thing, also to what no
//! registry may accept. `Bala::from(&package)` builds one of the [`catalogue`](crate::catalogue)'s packages.

pub mod archive;
mod layout;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::catalogue::Package;
use archive::Entry;

/// A package to be packed.
#[derive(Debug, Clone)]
pub struct Bala {
    org: String,
    name: String,
    version: String,
    platform: String,
    distribution: String,
    description: Option<String>,
    readme: String,
    icon: Option<Vec<u8>>,
    tool: Option<String>,
    compiler_plugin: bool,
    /// Each with whether it is exported; the default one first.
    modules: Vec<(String, bool)>,
    dependencies: Vec<String>,
    graph: BTreeMap<String, Vec<String>>,
    manifest: Map<String, Value>,
    files: Vec<(String, Vec<u8>)>,
    without: Vec<String>,
    raw: Vec<Entry>,
    schema4: bool,
}

impl Bala {
    /// A small public package for every platform.
    pub fn new(org: &str, name: &str, version: &str) -> Self {
        Self {
            org: org.into(),
            name: name.into(),
            version: version.into(),
            platform: "any".into(),
            distribution: "2201.12.0".into(),
            description: None,
            readme: format!("# {name}\n\nThe {name} package.\n"),
            icon: None,
            tool: None,
            compiler_plugin: false,
            modules: vec![(name.into(), true)],
            dependencies: Vec::new(),
            graph: BTreeMap::new(),
            manifest: Map::new(),
            files: Vec::new(),
            without: Vec::new(),
            raw: Vec::new(),
            schema4: false,
        }
    }

    /// What it runs on, for example `java21`.
    #[must_use]
    pub fn platform(mut self, platform: &str) -> Self {
        self.platform = platform.into();
        self
    }

    /// `public` or `private`.
    #[must_use]
    pub fn visibility(self, visibility: &str) -> Self {
        self.manifest("visibility", visibility)
    }

    /// The Ballerina distribution that built it.
    #[must_use]
    pub fn distribution(mut self, distribution: &str) -> Self {
        self.distribution = distribution.into();
        self
    }

    /// The description in the manifest.
    #[must_use]
    pub fn description(mut self, description: &str) -> Self {
        self.description = Some(description.into());
        self
    }

    /// The text of docs/README.md.
    #[must_use]
    pub fn readme(mut self, text: &str) -> Self {
        self.readme = text.into();
        self
    }

    /// The icon.
    #[must_use]
    pub fn icon(mut self, png: impl Into<Vec<u8>>) -> Self {
        self.icon = Some(png.into());
        self
    }

    /// The id of a `bal` tool.
    #[must_use]
    pub fn tool(mut self, id: &str) -> Self {
        self.tool = Some(id.into());
        self
    }

    /// A compiler plugin.
    #[must_use]
    pub fn compiler_plugin(mut self) -> Self {
        self.compiler_plugin = true;
        self
    }

    /// One more module, by its full name.
    #[must_use]
    pub fn module(mut self, name: &str, exported: bool) -> Self {
        self.modules.push((name.into(), exported));
        self
    }

    /// A direct dependency, `org/name:version`.
    #[must_use]
    pub fn dependency(mut self, coordinates: &str) -> Self {
        self.dependencies.push(coordinates.into());
        self.graph.entry(coordinates.into()).or_default();
        self
    }

    /// Sets a key of package.json; null removes it.
    #[must_use]
    pub fn manifest(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.manifest.insert(key.into(), value.into());
        self
    }

    /// Adds a file, or replaces one that would be written anyway.
    #[must_use]
    pub fn file(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.files.push((path.into(), bytes.into()));
        self
    }

    /// Leaves out a file.
    #[must_use]
    pub fn without(mut self, path: &str) -> Self {
        self.without.push(path.into());
        self
    }

    /// Adds a file of `len` bytes that do not compress.
    #[must_use]
    pub fn padding(self, len: usize) -> Self {
        let seed = format!("{}/{}:{}", self.org, self.name, self.version);
        self.file("resources/padding.bin", noise(&seed, len))
    }

    /// Adds an entry as it is, behind all others.
    #[must_use]
    pub fn raw(mut self, entry: Entry) -> Self {
        self.raw.push(entry);
        self
    }

    /// Packs it in the format of the Go implementation.
    #[must_use]
    pub fn schema4(mut self) -> Self {
        self.schema4 = true;
        self
    }

    /// `org/name:version`.
    pub fn coordinates(&self) -> String {
        format!("{}/{}:{}", self.org, self.name, self.version)
    }

    /// The name under which the client uploads it.
    pub fn file_name(&self) -> String {
        format!("{}-{}-{}-{}.bala", self.org, self.name, self.platform, self.version)
    }

    /// The entries of the archive, in the order of the real writer.
    pub fn entries(&self) -> Vec<Entry> {
        let mut files = if self.schema4 { layout::schema4(self) } else { layout::java(self) };
        for (path, bytes) in &self.files {
            match files.iter_mut().find(|(existing, _)| existing == path) {
                Some((_, content)) => content.clone_from(bytes),
                None => files.push((path.clone(), bytes.clone())),
            }
        }
        files.retain(|(path, _)| !self.without.contains(path));
        files
            .into_iter()
            .map(|(path, bytes)| Entry::new(path, bytes))
            .chain(self.raw.iter().cloned())
            .collect()
    }

    /// The bytes of the file.
    pub fn build(&self) -> Vec<u8> {
        archive::write(&self.entries())
    }
}

impl From<&Package> for Bala {
    fn from(package: &Package) -> Self {
        let mut bala = Self {
            platform: package.platform.clone(),
            distribution: package.distribution.clone(),
            description: Some(package.summary.clone()),
            icon: package.icon.then(|| png(&noise(&package.coordinates(), 2_000))),
            tool: package.tool.clone(),
            compiler_plugin: package.compiler_plugin,
            modules: package.modules.iter().map(|m| (m.clone(), package.exported.contains(m))).collect(),
            dependencies: package.dependencies.clone(),
            graph: package.graph.clone(),
            ..Self::new(&package.org, &package.name, &package.version)
        };
        for (key, value) in [
            ("keywords", Value::from(package.keywords.clone())),
            ("authors", Value::from(package.authors.clone())),
            ("licenses", Value::from(package.licenses.clone())),
            ("source_repository", Value::from(package.repository.clone())),
            ("graalvmCompatible", Value::from(package.graalvm)),
        ] {
            bala = bala.manifest(key, value);
        }
        bala
    }
}

/// What passes for an image: the signature of PNG, and `data`.
pub fn png(data: &[u8]) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n", data].concat()
}

/// Bytes that do not compress, the same for the same seed.
pub fn noise(seed: &str, len: usize) -> Vec<u8> {
    let mut state = seed.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.flatten().take(len).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_input_gives_equal_bytes() {
        let bala = || Bala::new("acme", "greet", "1.0.0").padding(10_000).build();
        assert_eq!(bala(), bala());
        assert!(bala().len() > 10_000);
    }

    #[test]
    fn entries_have_data_descriptors_as_real_ones_do() {
        let bytes = Bala::new("acme", "greet", "1.0.0").build();
        assert_eq!(&bytes[..4], b"PK\x03\x04");
        assert_eq!(bytes[6] & 8, 8);
        assert_eq!(&bytes[14..26], [0; 12]);
    }
}
