//! Locked graphs, kept small: each coordinate is stored once and named by a number, and equal graphs are shared. A graph names
//! the package that it belongs to; without that name, those of many versions are equal.

use std::sync::Arc;

use imbl::{HashMap, Vector};

use crate::graph::Node;
use crate::package::Coordinates;

/// Numbers of [`Graphs`].
type Numbers = Box<[u32]>;

/// Nodes, each a package and its direct dependencies.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct InternedGraph {
    /// The place of the package's own node among the others, and its dependencies.
    own: Option<(usize, Numbers)>,
    others: Box<[(u32, Numbers)]>,
}

/// All coordinates and graphs of a state.
#[derive(Clone, Default)]
pub(super) struct Graphs {
    coordinates: Vector<Coordinates>,
    numbers: HashMap<Coordinates, u32>,
    shared: HashMap<Arc<InternedGraph>, ()>,
}

impl Graphs {
    /// Stores the graph of `own`, or finds the equal one that is there.
    pub(super) fn intern(&mut self, own: &Coordinates, nodes: &[Node]) -> Arc<InternedGraph> {
        let place = nodes.iter().position(|node| node.package == *own);
        let others = nodes.iter().enumerate().filter(|(i, _)| Some(*i) != place);
        let graph = InternedGraph {
            own: place.map(|place| (place, self.numbers(&nodes[place].dependencies))),
            others: others
                .map(|(_, node)| (self.number(&node.package), self.numbers(&node.dependencies)))
                .collect(),
        };
        if let Some((shared, ())) = self.shared.get_key_value(&graph) {
            return Arc::clone(shared);
        }
        let graph = Arc::new(graph);
        self.shared.insert(Arc::clone(&graph), ());
        graph
    }

    /// The nodes of the graph that was stored for `own`.
    pub(super) fn nodes(&self, own: &Coordinates, graph: &InternedGraph) -> Vec<Node> {
        let name = |number: u32| self.coordinates[number as usize].clone();
        let node = |package: Coordinates, dependencies: &Numbers| Node {
            package,
            dependencies: dependencies.iter().copied().map(name).collect(),
        };
        let others = graph.others.iter();
        let mut nodes: Vec<_> =
            others.map(|(package, dependencies)| node(name(*package), dependencies)).collect();
        if let Some((place, dependencies)) = &graph.own {
            nodes.insert(*place, node(own.clone(), dependencies));
        }
        nodes
    }

    fn numbers(&mut self, coordinates: &[Coordinates]) -> Numbers {
        coordinates.iter().map(|coordinates| self.number(coordinates)).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn node(package: &str, dependencies: &[&str]) -> Node {
        let dependencies = dependencies.iter().map(|d| d.parse().unwrap()).collect();
        Node { package: package.parse().unwrap(), dependencies }
    }

    #[test]
    fn versions_with_equal_dependencies_share_their_graph() {
        let mut graphs = Graphs::default();
        let mut intern = |version: &str, library: &str| {
            let (own, library) = (format!("acme/greet:{version}"), format!("acme/lib:{library}"));
            graphs.intern(&own.parse().unwrap(), &[node(&own, &[&library]), node(&library, &[])])
        };
        let (first, second, third) =
            (intern("1.0.0", "1.0.0"), intern("1.0.1", "1.0.0"), intern("1.0.2", "2.0.0"));
        assert!(Arc::ptr_eq(&first, &second));
        assert!(!Arc::ptr_eq(&second, &third));
        assert_eq!(graphs.coordinates.len(), 2, "only libraries are named");
    }

    #[test]
    fn what_was_stored_comes_back_whatever_it_is() {
        let own: Coordinates = "acme/greet:1.0.0".parse().unwrap();
        let me = "acme/greet:1.0.0";
        for nodes in [
            vec![],
            vec![node(me, &[])],
            vec![node("a/a:1.0.0", &["b/b:1.0.0"]), node(me, &["a/a:1.0.0"]), node("b/b:1.0.0", &[])],
            vec![node("a/a:1.0.0", &[me])],
            vec![node(me, &["a/a:1.0.0"]), node(me, &[me]), node("a/a:1.0.0", &[])],
        ] {
            let mut graphs = Graphs::default();
            let graph = graphs.intern(&own, &nodes);
            assert_eq!(graphs.nodes(&own, &graph), nodes);
        }
    }
}
