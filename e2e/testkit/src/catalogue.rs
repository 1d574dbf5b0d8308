//! Facts on real packages: names, versions, platforms, modules and locked graphs of 698 versions of 109 packages, the
//! newest eight of each. In the file a graph is a list of places in `nodes`: most graphs share most of their nodes.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

/// One released version of one package.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    pub org: String,
    pub name: String,
    pub version: String,
    pub platform: String,
    /// Empty where neither manifest nor lock says.
    pub distribution: String,
    pub graalvm: Option<bool>,
    pub summary: String,
    pub keywords: Vec<String>,
    pub authors: Vec<String>,
    pub licenses: Vec<String>,
    pub repository: String,
    /// Whether it has an icon.
    pub icon: bool,
    /// Whether it extends the compiler.
    pub compiler_plugin: bool,
    /// The id of the `bal` tool in it.
    pub tool: Option<String>,
    /// Every module, the default one included.
    pub modules: Vec<String>,
    /// Those that others may import.
    pub exported: Vec<String>,
    /// Direct dependencies, as `org/name:version`.
    pub dependencies: Vec<String>,
    /// The locked graph without the package itself.
    pub graph: BTreeMap<String, Vec<String>>,
}

impl Package {
    /// `org/name:version`.
    pub fn coordinates(&self) -> String {
        format!("{}/{}:{}", self.org, self.name, self.version)
    }
}

/// All packages, sorted by organization, name and version.
pub fn packages() -> &'static [Package] {
    static PACKAGES: LazyLock<Vec<Package>> =
        LazyLock::new(|| read(include_str!("../testdata/catalogue.json")).expect("the file is well formed"));
    &PACKAGES
}

fn read(text: &str) -> serde_json::Result<Vec<Package>> {
    #[derive(Deserialize)]
    struct Catalogue {
        nodes: Vec<(String, Value)>,
        packages: Vec<Map<String, Value>>,
    }
    let Catalogue { nodes, packages } = serde_json::from_str(text)?;
    let package = |mut package: Map<String, Value>| {
        let places: Vec<usize> = serde_json::from_value(package["graph"].take())?;
        package["graph"] = places.into_iter().map(|place| nodes[place].clone()).collect();
        serde_json::from_value(package.into())
    };
    packages.into_iter().map(package).collect()
}

/// The package with these coordinates, `org/name:version`.
pub fn find(coordinates: &str) -> Option<&'static Package> {
    packages().iter().find(|package| package.coordinates() == coordinates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_is_listed_once() {
        assert_eq!(packages().len(), 698);
        let coordinates: std::collections::BTreeSet<_> =
            packages().iter().map(Package::coordinates).collect();
        assert_eq!(coordinates.len(), packages().len());
    }

    #[test]
    fn what_the_newest_http_needs_is_here() {
        let http = packages().iter().rfind(|package| package.name == "http").unwrap();
        let missing: Vec<_> =
            http.graph.keys().filter(|c| !c.ends_with(":0.0.0") && find(c).is_none()).collect();
        assert_eq!(missing, ["ballerina/data.jsondata:1.1.3"]);
    }
}
