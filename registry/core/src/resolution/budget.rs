//! How much one question may cost.

use crate::graph::Node;
use crate::package::Coordinates;

/// A node without what is in its fields.
const FIELDS: &str = r#"{"org":"","name":"","version":"","dependencies":[]},"#;

/// The most that is done for one question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Packages or modules that are asked for.
    pub wanted: usize,
    /// Packages and versions that are looked at.
    pub looks: usize,
    /// Of the graphs in the answer, as they are written down, in bytes.
    pub graphs: usize,
}

impl Default for Limits {
    /// A build with 400 packages, each with the largest graph that is known, asks for less.
    fn default() -> Self {
        Self { wanted: 1_000, looks: 500_000, graphs: 8 << 20 }
    }
}

/// A question that would cost more. The text is for the one who runs `bal`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TooMuch {
    #[error("more than {0} packages are asked for at once: ask for fewer at a time")]
    Wanted(usize),
    #[error("the packages that are asked for have more than {0} versions together: ask for fewer at a time")]
    Looks(usize),
    #[error(
        "the dependencies of what is asked for take more than {0} bytes together: ask for fewer at a time"
    )]
    Graphs(usize),
}

/// What is left of it.
pub(super) struct Budget {
    limits: Limits,
    looks: usize,
    graphs: usize,
}

impl Budget {
    /// The budget for a question about so many packages.
    pub(super) fn new(limits: Limits, wanted: usize) -> Result<Self, TooMuch> {
        if wanted > limits.wanted {
            return Err(TooMuch::Wanted(limits.wanted));
        }
        Ok(Self { limits, looks: limits.looks, graphs: limits.graphs })
    }

    /// Looks at one more package or version.
    pub(super) fn look(&mut self) -> Result<(), TooMuch> {
        self.looks = self.looks.checked_sub(1).ok_or(TooMuch::Looks(self.limits.looks))?;
        Ok(())
    }

    /// Puts a graph into the answer.
    pub(super) fn graph(&mut self, graph: &[Node]) -> Result<(), TooMuch> {
        let all = graph.iter().flat_map(|node| std::iter::once(&node.package).chain(&node.dependencies));
        let bytes = all.map(written).sum();
        self.graphs = self.graphs.checked_sub(bytes).ok_or(TooMuch::Graphs(self.limits.graphs))?;
        Ok(())
    }
}

/// What a node or an edge takes in an answer at most, in bytes: the names of its fields, and what is in them.
fn written(package: &Coordinates) -> usize {
    let Coordinates { org, name, version } = package;
    let semver::Version { major, minor, patch, pre, .. } = version.semver();
    let digits = |number: &u64| number.checked_ilog10().unwrap_or_default() as usize + 1;
    let version = [major, minor, patch].map(digits).iter().sum::<usize>() + "..-".len() + pre.len();
    FIELDS.len() + org.as_str().len() + name.as_str().len() + version
}
