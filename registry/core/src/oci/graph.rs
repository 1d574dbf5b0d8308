//! The locked graph of a package, in the form in which a bala has it. Clients read no modules from it, but fail where it has
//! no list of them.

use serde::Serialize;

use super::content::Content;
use crate::graph::Node;
use crate::package::{Coordinates, Name, Org, Version};

#[derive(Serialize)]
struct Graph<'a> {
    packages: Vec<Package<'a>>,
    modules: [&'a str; 0],
}

#[derive(Serialize)]
struct Package<'a> {
    org: &'a Org,
    name: &'a Name,
    version: &'a Version,
    dependencies: Vec<Dependency<'a>>,
}

#[derive(Serialize)]
struct Dependency<'a> {
    org: &'a Org,
    name: &'a Name,
    version: &'a Version,
}

/// The blob of a locked graph.
pub(super) fn graph(nodes: &[Node]) -> Content {
    let packages = nodes.iter().map(|Node { package, dependencies }| Package {
        org: &package.org,
        name: &package.name,
        version: &package.version,
        dependencies: dependencies.iter().map(Dependency::from).collect(),
    });
    Content::json(&Graph { packages: packages.collect(), modules: [] })
}

impl<'a> From<&'a Coordinates> for Dependency<'a> {
    fn from(Coordinates { org, name, version }: &'a Coordinates) -> Self {
        Self { org, name, version }
    }
}
