//! The JSON of versions and graphs that a build gets, and of what it does not. No field is ever left out, and none is
//! `null`: clients read them without looking.

use barre_core::graph::Node;
use barre_core::package::{Coordinates, Name, Org, Version};
use barre_core::resolution::PackageFound;
use serde::{Serialize, Serializer};

/// What there is of what was asked for, and what there is not.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Resolution<'a> {
    pub(crate) resolved: Vec<ResolvedJson<'a>>,
    pub(crate) unresolved: Vec<UnresolvedJson<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResolvedJson<'a> {
    org: &'a Org,
    name: &'a Name,
    version: &'a Version,
    dependency_graph: NodesJson<'a>,
    is_deprecated: bool,
    deprecate_message: &'a str,
}

/// A package as it was asked for.
#[derive(Debug, Serialize)]
pub(crate) struct UnresolvedJson<'a> {
    pub(crate) org: &'a str,
    pub(crate) name: &'a str,
    pub(crate) version: &'a str,
    pub(crate) reason: String,
}

/// Written down as they are: a graph is not kept twice.
#[derive(Debug)]
struct NodesJson<'a>(&'a [Node]);

#[derive(Debug)]
struct EdgesJson<'a>(&'a [Coordinates]);

#[derive(Debug, Serialize)]
struct NodeJson<'a> {
    org: &'a Org,
    name: &'a Name,
    version: &'a Version,
    dependencies: EdgesJson<'a>,
}

impl<'a> ResolvedJson<'a> {
    pub(crate) fn new(found: &'a PackageFound) -> Self {
        let Coordinates { org, name, version } = &found.release.description.coordinates;
        Self {
            org,
            name,
            version,
            dependency_graph: NodesJson(&found.graph),
            is_deprecated: found.deprecated.is_some(),
            deprecate_message: found.deprecated.as_deref().unwrap_or_default(),
        }
    }
}

/// What a graph takes in memory, in bytes.
pub(crate) fn held(found: &PackageFound) -> usize {
    let node = |node: &Node| size_of::<Node>() + node.dependencies.len() * size_of::<Coordinates>();
    found.graph.iter().map(node).sum()
}

impl<'a> NodeJson<'a> {
    fn new(package: &'a Coordinates, dependencies: &'a [Coordinates]) -> Self {
        let Coordinates { org, name, version } = package;
        Self { org, name, version, dependencies: EdgesJson(dependencies) }
    }
}

impl Serialize for NodesJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|node| NodeJson::new(&node.package, &node.dependencies)))
    }
}

impl Serialize for EdgesJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // What these need is with their own nodes.
        serializer.collect_seq(self.0.iter().map(|package| NodeJson::new(package, &[])))
    }
}
