//! What the locks name and is not among the releases: the catalogue has the newest eight of each package.

use std::collections::BTreeMap;

use barre_core::package::Coordinates;
use barre_testkit::catalogue::{Package, find, packages};

/// For each of these a release with what a lock says that it needs.
pub(super) fn gaps() -> Vec<Package> {
    let mut gaps = BTreeMap::new();
    for package in packages() {
        let absent = package.graph.keys().filter(|node| !node.ends_with(":0.0.0") && find(node).is_none());
        for node in absent {
            gaps.entry(node.clone()).or_insert_with(|| part(package, node));
        }
    }
    gaps.into_values().collect()
}

/// The release that this node of the lock of `package` stands for.
fn part(package: &Package, node: &str) -> Package {
    let Coordinates { org, name, version } = node.parse().unwrap();
    let mut graph = BTreeMap::new();
    let mut rest = package.graph[node].clone();
    while let Some(needed) = rest.pop() {
        let needs = package.graph[&needed].clone();
        if graph.insert(needed, needs.clone()).is_none() {
            rest.extend(needs);
        }
    }
    Package {
        org: org.to_string(),
        name: name.to_string(),
        version: version.to_string(),
        modules: vec![name.to_string()],
        exported: vec![name.to_string()],
        dependencies: package.graph[node].clone(),
        graph,
        tool: None,
        compiler_plugin: false,
        ..package.clone()
    }
}
