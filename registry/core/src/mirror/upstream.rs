//! What upstream is asked, and what it has said.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::digest::Digest;
use crate::graph::Node;
use crate::package::{Coordinates, Name, Org, PackageId, Platform, Version};

/// What a plan needs to know to go on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// Which packages an organization has.
    Packages(Org),
    /// Which versions a package has.
    Versions(PackageId),
    /// What a version is: for which platforms it is there, and whether it is deprecated.
    Version(Coordinates),
    /// What it was built with.
    Graph(Coordinates),
}

/// An answer. What upstream does not have is an answer as well: an empty one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    Packages(Org, BTreeSet<Name>),
    Versions(PackageId, BTreeSet<Version>),
    Version(Coordinates, UpstreamVersion),
    /// The locked graph, itself included.
    Graph(Coordinates, Vec<Node>),
    /// It was asked and did not answer, or not in words that are understood.
    Unanswered(Question, String),
}

/// One version, as upstream has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UpstreamVersion {
    /// What whoever uses it should hear.
    pub deprecated: Option<String>,
    /// For each platform one.
    pub found: Vec<Found>,
}

/// One bala, as upstream describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub coordinates: Coordinates,
    pub platform: Platform,
    /// Of the bala, where upstream says it.
    pub digest: Option<Digest>,
    /// Of the bala, in bytes.
    pub size: Option<u64>,
    /// When it was published there.
    pub published: Option<Timestamp>,
    /// The distribution that built it; empty where upstream does not say.
    pub distribution: String,
}

/// Either what upstream said, or why it did not.
pub(super) type Answer<T> = Result<T, String>;

/// All that upstream has said so far.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) packages: BTreeMap<Org, Answer<BTreeSet<Name>>>,
    pub(super) versions: BTreeMap<PackageId, Answer<BTreeSet<Version>>>,
    pub(super) version: BTreeMap<Coordinates, Answer<UpstreamVersion>>,
    pub(super) graphs: BTreeMap<Coordinates, Answer<Vec<Node>>>,
}

impl Facts {
    pub(super) fn learn(&mut self, fact: Fact) {
        match fact {
            Fact::Packages(org, names) => drop(self.packages.insert(org, Ok(names))),
            Fact::Versions(package, versions) => drop(self.versions.insert(package, Ok(versions))),
            Fact::Version(coordinates, mut version) => {
                version.found.retain(|found| found.coordinates == coordinates);
                version.found.sort_by(|a, b| a.platform.cmp(&b.platform));
                version.found.dedup_by(|a, b| a.platform == b.platform);
                self.version.insert(coordinates, Ok(version));
            }
            Fact::Graph(coordinates, graph) => drop(self.graphs.insert(coordinates, Ok(graph))),
            Fact::Unanswered(question, why) => match question {
                Question::Packages(org) => drop(self.packages.insert(org, Err(why))),
                Question::Versions(package) => drop(self.versions.insert(package, Err(why))),
                Question::Version(coordinates) => drop(self.version.insert(coordinates, Err(why))),
                Question::Graph(coordinates) => drop(self.graphs.insert(coordinates, Err(why))),
            },
        }
    }
}
