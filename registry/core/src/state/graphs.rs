//! Locked graphs, kept small: each coordinate is stored once and named by a number, equal graphs are shared.

use std::sync::Arc;

use imbl::{HashMap, Vector};

use crate::graph::Node;
use crate::package::Coordinates;

/// Nodes, each a package and its direct dependencies, as numbers of [`Graphs`].
pub(super) type InternedGraph = Box<[(u32, Box<[u32]>)]>;

/// All coordinates and graphs of a state.
#[derive(Clone, Default)]
pub(super) struct Graphs {
    coordinates: Vector<Coordinates>,
    numbers: HashMap<Coordinates, u32>,
    shared: HashMap<Arc<InternedGraph>, ()>,
}

impl Graphs {
    /// Stores a graph, or finds the equal one that is there.
    pub(super) fn intern(&mut self, nodes: &[Node]) -> Arc<InternedGraph> {
        let graph: InternedGraph = nodes
            .iter()
            .map(|node| {
                let dependencies = node.dependencies.iter().map(|d| self.number(d)).collect();
                (self.number(&node.package), dependencies)
            })
            .collect();
        if let Some((shared, ())) = self.shared.get_key_value(&graph) {
            return Arc::clone(shared);
        }
        let graph = Arc::new(graph);
        self.shared.insert(Arc::clone(&graph), ());
        graph
    }

    /// The nodes of a stored graph.
    pub(super) fn nodes(&self, graph: &InternedGraph) -> Vec<Node> {
        let name = |number: u32| self.coordinates[number as usize].clone();
        graph
            .iter()
            .map(|(package, dependencies)| Node {
                package: name(*package),
                dependencies: dependencies.iter().copied().map(name).collect(),
            })
            .collect()
    }

    fn number(&mut self, coordinates: &Coordinates) -> u32 {
        if let Some(number) = self.numbers.get(coordinates) {
            return *number;
        }
        let number =
            u32::try_from(self.coordinates.len()).expect("memory ends before four billion coordinates");
        self.coordinates.push_back(coordinates.clone());
        self.numbers.insert(coordinates.clone(), number);
        number
    }
}
