//! The locked graph: every package that this one needs, with what each needs directly.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::invalid::{Invalid, excerpt};
use crate::graph::Node;
use crate::package::{self, Coordinates};

const FILE: &str = "dependency-graph.json";

/// dependency-graph.json, as far as it is read.
#[derive(Debug, Deserialize)]
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
    dependencies: Option<Vec<Dependency>>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    org: String,
    name: String,
    version: String,
}

impl GraphFile {
    /// The nodes, sorted.
    pub(super) fn nodes(self, own: &Coordinates) -> Result<Vec<Node>, Invalid> {
        let mut nodes = Vec::new();
        for GraphPackage { org, name, version, dependencies } in self.packages.unwrap_or_default() {
            let edge = |d: Dependency| parse(FILE, &d.org, &d.name, &d.version);
            let edges = dependencies.into_iter().flatten().map(edge).collect::<Result<_, _>>()?;
            nodes.push((parse(FILE, &org, &name, &version)?, edges));
        }
        sorted(FILE, nodes, own)
    }
}

/// Coordinates from the three strings of a manifest, as they may be published.
pub(super) fn parse(
    file: &'static str,
    org: &str,
    name: &str,
    version: &str,
) -> Result<Coordinates, Invalid> {
    let invalid = |source: package::Invalid| Invalid::Name { file, source };
    let coordinates = Coordinates {
        org: org.parse().map_err(invalid)?,
        name: name.parse().map_err(invalid)?,
        version: version.parse().map_err(invalid)?,
    };
    coordinates.check_publishable().map_err(invalid)?;
    Ok(coordinates)
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
    check_nodes(file, &graph)?;
    Ok(graph.into_iter().map(|(package, dependencies)| Node { package, dependencies }).collect())
}

/// Clients look up every edge among the nodes, and take one version of each package.
fn check_nodes(file: &'static str, graph: &BTreeMap<Coordinates, Vec<Coordinates>>) -> Result<(), Invalid> {
    for (package, dependencies) in graph {
        if let Some(missing) = dependencies.iter().find(|needed| !graph.contains_key(needed)) {
            let (package, dependency) = (shown(package), shown(missing));
            return Err(Invalid::NoNode { file, package, dependency });
        }
    }
    let mut neighbours = graph.keys().zip(graph.keys().skip(1));
    match neighbours.find(|(a, b)| (&a.org, &a.name) == (&b.org, &b.name)) {
        Some((first, second)) => {
            Err(Invalid::TwoVersions { file, first: shown(first), second: shown(second) })
        }
        None => Ok(()),
    }
}

fn shown(package: &Coordinates) -> String {
    excerpt(package.to_string().as_bytes())
}
