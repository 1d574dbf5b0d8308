//! The locked graph: every package that this one needs, with what each needs directly.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::invalid::{Invalid, excerpt};
use crate::graph::Node;
use crate::package::{self, Coordinates};

const FILE: &str = "dependency-graph.json";

/// dependency-graph.json, as far as it is read.
#[derive(Debug, Default, Deserialize)]
pub(super) struct GraphFile {
    #[serde(default)]
    packages: Option<Vec<GraphPackage>>,
}

#[derive(Debug, Deserialize)]
struct GraphPackage {
    org: String,
    name: String,
    version: String,
    #[serde(default)]
    dependencies: Option<Vec<Self>>,
}

impl GraphFile {
    /// The nodes, sorted.
    pub(super) fn nodes(self, own: &Coordinates) -> Result<Vec<Node>, Invalid> {
        let mut nodes = Vec::new();
        for package in self.packages.unwrap_or_default() {
            let edges = package.dependencies.iter().flatten().map(coordinates).collect::<Result<_, _>>()?;
            nodes.push((coordinates(&package)?, edges));
        }
        sorted(FILE, nodes, own)
    }
}

fn coordinates(package: &GraphPackage) -> Result<Coordinates, Invalid> {
    let GraphPackage { org, name, version, .. } = package;
    parse(FILE, org, name, version)
}

/// Coordinates from the three strings of a manifest.
pub(super) fn parse(
    file: &'static str,
    org: &str,
    name: &str,
    version: &str,
) -> Result<Coordinates, Invalid> {
    let invalid = |source: package::Invalid| Invalid::Name { file, source };
    Ok(Coordinates {
        org: org.parse().map_err(invalid)?,
        name: name.parse().map_err(invalid)?,
        version: version.parse().map_err(invalid)?,
    })
}

/// One node for each package, in order, `own` among them.
pub(super) fn sorted(
    file: &'static str,
    nodes: Vec<(Coordinates, Vec<Coordinates>)>,
    own: &Coordinates,
) -> Result<Vec<Node>, Invalid> {
    if nodes.is_empty() {
        return Ok(vec![Node { package: own.clone(), dependencies: Vec::new() }]);
    }
    let mut graph = BTreeMap::new();
    for (package, mut dependencies) in nodes {
        dependencies.sort();
        dependencies.dedup();
        if dependencies.contains(&package) {
            return Err(Invalid::SelfDependency { package: shown(&package) });
        }
        if graph.get(&package).is_some_and(|known| *known != dependencies) {
            return Err(Invalid::Contradiction { package: shown(&package) });
        }
        graph.insert(package, dependencies);
    }
    // Without that node nobody would know what it needs directly.
    if !graph.contains_key(own) {
        return Err(Invalid::NotInGraph { file, package: shown(own) });
    }
    Ok(graph.into_iter().map(|(package, dependencies)| Node { package, dependencies }).collect())
}

fn shown(package: &Coordinates) -> String {
    excerpt(package.to_string().as_bytes())
}
