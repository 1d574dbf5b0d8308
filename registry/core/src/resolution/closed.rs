//! Graphs in which every edge ends at a node.

use std::collections::HashSet;

use crate::graph::Node;
use crate::package::Coordinates;

/// The graph of `own` with a node for itself and for everything that is needed. Today's pushes have these nodes; what the
/// log may hold from before gets them, without dependencies.
pub(super) fn closed(mut graph: Vec<Node>, own: &Coordinates) -> Vec<Node> {
    let mut known: HashSet<&Coordinates> = graph.iter().map(|node| &node.package).collect();
    let needed = graph.iter().flat_map(|node| &node.dependencies);
    let missing: Vec<_> =
        std::iter::once(own).chain(needed).filter(|needed| known.insert(needed)).cloned().collect();
    graph.extend(missing.into_iter().map(|package| Node { package, dependencies: Vec::new() }));
    graph
}
