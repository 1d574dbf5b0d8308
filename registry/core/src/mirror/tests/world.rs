//! An upstream that is a table, and a registry that has some of it.

use std::collections::{BTreeMap, BTreeSet};

use barre_contract::mirror::Selection as Wanted;
use jiff::Timestamp;
use uuid::Uuid;

use super::super::{
    Fact, Found, Plan, Planner, Question, Selection, Step, TooLarge, UpstreamVersion, Verdict,
};
use crate::change::{Change, Salt};
use crate::description::{Description, Visibility};
use crate::digest::Digest;
use crate::format::NEWEST;
use crate::graph::Node;
use crate::package::Coordinates;
use crate::release::{Origin, Stored};
use crate::segment::Genesis;
use crate::state::{Kind, Outcome, State, deprecated, opened, released};

/// What upstream has, and what it does not answer.
#[derive(Debug, Clone, Default)]
pub(super) struct World {
    pub(super) versions: BTreeMap<Coordinates, There>,
    pub(super) fails: BTreeSet<Question>,
}

/// A version, upstream or here.
#[derive(Debug, Clone)]
pub(super) struct There {
    pub(super) coordinates: Coordinates,
    pub(super) platforms: Vec<String>,
    pub(super) distribution: String,
    pub(super) deprecated: Option<String>,
    /// Other ones are other bytes.
    pub(super) bytes: String,
    pub(super) origin: Origin,
    /// What it needs directly.
    pub(super) needs: Vec<Coordinates>,
    /// Its lock, if it is not what these need.
    pub(super) graph: Option<Vec<Node>>,
}

/// Reads `x/a:1.0.0 < x/b:1.0.0 x/c:1.0.0`: a version, and what it needs.
pub(super) fn there(text: &str, origin: Origin) -> There {
    let Node { package, dependencies } = node(text);
    There {
        platforms: vec!["any".to_owned()],
        distribution: "2201.12.0".to_owned(),
        deprecated: None,
        bytes: package.to_string(),
        coordinates: package,
        origin,
        needs: dependencies,
        graph: None,
    }
}

fn node(text: &str) -> Node {
    let (package, needs) = text.split_once(" < ").unwrap_or((text, ""));
    let dependencies = needs.split_whitespace().map(|needed| needed.parse().unwrap()).collect();
    Node { package: package.parse().unwrap(), dependencies }
}

pub(super) fn graph(nodes: &[&str]) -> Vec<Node> {
    nodes.iter().map(|text| node(text)).collect()
}

pub(super) fn names<'a>(all: impl IntoIterator<Item = &'a Coordinates>) -> Vec<String> {
    all.into_iter().map(ToString::to_string).collect()
}

impl There {
    fn digest(&self, platform: &str) -> Digest {
        Digest::of(format!("{} {platform}", self.bytes).as_bytes())
    }
}

impl World {
    pub(super) fn new(versions: &[&str]) -> Self {
        let there = versions.iter().map(|text| there(text, Origin::Local));
        Self { versions: there.map(|t| (t.coordinates.clone(), t)).collect(), fails: BTreeSet::new() }
    }

    pub(super) fn version(&mut self, coordinates: &str) -> &mut There {
        self.versions.get_mut(&coordinates.parse().unwrap()).unwrap()
    }

    pub(super) fn deprecate(&mut self, coordinates: &str, message: &str) {
        self.version(coordinates).deprecated = Some(message.to_owned());
    }

    /// Locks a version with something else than its dependencies have by now.
    pub(super) fn graph(&mut self, coordinates: &str, nodes: &[&str]) {
        self.version(coordinates).graph = Some(graph(nodes));
    }

    /// The lock of a version: all that it needs.
    pub(super) fn lock(&self, own: &Coordinates) -> Vec<Node> {
        let mut nodes = BTreeMap::new();
        let mut rest = vec![own.clone()];
        while let Some(package) = rest.pop() {
            nodes.entry(package).or_insert_with_key(|package| {
                let dependencies = self.versions.get(package).map_or(vec![], |there| there.needs.clone());
                rest.extend(dependencies.iter().cloned());
                dependencies
            });
        }
        nodes.into_iter().map(|(package, dependencies)| Node { package, dependencies }).collect()
    }

    pub(super) fn answer(&self, question: &Question) -> Fact {
        if self.fails.contains(question) {
            return Fact::Unanswered(question.clone(), "500".to_owned());
        }
        let all = || self.versions.keys().cloned();
        match question.clone() {
            Question::Packages(org) => {
                let names = all().filter(|c| c.org == org).map(|c| c.name).collect();
                Fact::Packages(org, names)
            }
            Question::Versions(package) => {
                let versions = all().filter(|c| c.package() == package).map(|c| c.version).collect();
                Fact::Versions(package, versions)
            }
            Question::Version(coordinates) => {
                let version = self.versions.get(&coordinates).map(upstream_version).unwrap_or_default();
                Fact::Version(coordinates, version)
            }
            Question::Graph(coordinates) => {
                let own = self.versions[&coordinates].graph.clone();
                let graph = own.unwrap_or_else(|| self.lock(&coordinates));
                Fact::Graph(coordinates, graph)
            }
        }
    }

    /// Answers until nothing is open. What was asked, in order.
    pub(super) fn answer_all<V: Fn(&Found) -> Verdict>(
        &self,
        planner: &mut Planner<V>,
    ) -> Result<(Plan, Vec<Question>), (TooLarge, Vec<Question>)> {
        let mut asked: Vec<Question> = Vec::new();
        loop {
            match planner.step() {
                Ok(Step::Done(plan)) => return Ok((*plan, asked)),
                Err(too_large) => return Err((too_large, asked)),
                Ok(Step::Ask(questions)) => {
                    for question in questions {
                        assert!(!asked.contains(&question), "{question:?} is asked again");
                        planner.learn(self.answer(&question));
                        asked.push(question);
                    }
                }
            }
        }
    }

    pub(super) fn run<V: Fn(&Found) -> Verdict>(
        &self,
        mut planner: Planner<V>,
    ) -> (Result<Plan, TooLarge>, Vec<Question>) {
        match self.answer_all(&mut planner) {
            Ok((plan, asked)) => (Ok(plan), asked),
            Err((too_large, asked)) => (Err(too_large), asked),
        }
    }

    pub(super) fn plan(&self, state: &State, wanted: &Wanted, verdict: impl Fn(&Found) -> Verdict) -> Plan {
        let selection = Selection::read(wanted).unwrap();
        self.run(Planner::new(selection, "m".to_owned(), state.clone(), verdict)).0.unwrap()
    }
}

fn upstream_version(there: &There) -> UpstreamVersion {
    let found = there.platforms.iter().map(|platform| Found {
        coordinates: there.coordinates.clone(),
        platform: platform.parse().unwrap(),
        digest: Some(there.digest(platform)),
        size: Some(1),
        published: Some(Timestamp::UNIX_EPOCH),
        distribution: there.distribution.clone(),
    });
    UpstreamVersion { deprecated: there.deprecated.clone(), found: found.collect() }
}

impl State {
    /// A registry that has these.
    pub(super) fn for_testing(versions: &[There]) -> Self {
        let mut state = Self::new(Genesis::new(Uuid::nil()));
        state.begin(Timestamp::UNIX_EPOCH);
        state.accept(0, opened::Opened { owner: "us".to_owned(), epoch: 1 }.into());
        state.accept(1, NEWEST.into());
        for there in versions {
            for platform in &there.platforms {
                state.begin(Timestamp::UNIX_EPOCH);
                state.accept(0, release(there, platform).into());
            }
            let Coordinates { org, name, version } = there.coordinates.clone();
            if let Some(message) = there.deprecated.clone() {
                state.accept(1, deprecated::Deprecated { org, name, version: Some(version), message }.into());
            }
        }
        state
    }

    fn accept(&mut self, index: usize, kind: Kind) {
        let (id, salt, actor) = (Uuid::nil(), Salt([0; 16]), "test".to_owned());
        assert_eq!(self.change(index, &Change { id, salt, actor, kind }), Outcome::Accepted);
    }
}

fn release(there: &There, platform: &str) -> released::Released {
    let leaf = |needed: &Coordinates| Node { package: needed.clone(), dependencies: Vec::new() };
    let own = Node { package: there.coordinates.clone(), dependencies: there.needs.clone() };
    let direct = || std::iter::once(own).chain(there.needs.iter().map(leaf)).collect();
    let graph = there.graph.clone().unwrap_or_else(direct);
    let folder = Digest::of(format!("{} {platform}", there.coordinates).as_bytes());
    released::Released {
        description: Description {
            coordinates: there.coordinates.clone(),
            platform: platform.parse().unwrap(),
            bala_version: "3.0.0".to_owned(),
            distribution: there.distribution.clone(),
            specification: String::new(),
            visibility: Visibility::Public,
            template: false,
            graalvm: None,
            tool: None,
            icon: None,
            summary: String::new(),
            repository: String::new(),
            keywords: Vec::new(),
            authors: Vec::new(),
            licenses: Vec::new(),
            modules: Vec::new(),
        },
        graph,
        stored: Stored {
            digest: there.digest(platform),
            size: 1,
            folder: Uuid::from_slice(&folder.as_bytes()[..16]).unwrap(),
            document: Digest::of(b"{}"),
            origin: there.origin.clone(),
            published: None,
        },
    }
}
