//! Packages of one state, resolved for one client.

mod modules;
mod packages;
mod properties;
mod tools;

use std::fmt::Write as _;

use jiff::Timestamp;
use uuid::Uuid;

use super::*;
use crate::change::{Change, Salt};
use crate::description::{Description, Module, Visibility};
use crate::digest::Digest;
use crate::format::NEWEST;
use crate::graph::Node;
use crate::package::{Coordinates, PackageId, Platform, Version};
use crate::release::{Origin, Stored};
use crate::segment::Genesis;
use crate::state::deprecated::Deprecated;
use crate::state::released::Released;
use crate::state::{Kind, Outcome, Release, State};

/// A state under construction.
struct World(State);

impl World {
    fn new() -> Self {
        let mut world = Self(State::new(Genesis::new(Uuid::nil())));
        world.change(NEWEST.into());
        world
    }

    /// A state with these packages: `org/name:version`, and behind a space what that needs directly.
    fn of(packages: &[&str]) -> Self {
        let mut world = Self::new();
        for package in packages {
            world.publish(release(package));
        }
        world
    }

    fn change(&mut self, kind: Kind) {
        self.0.begin(Timestamp::UNIX_EPOCH);
        let change = Change { id: Uuid::nil(), salt: Salt([0; 16]), actor: "test".to_owned(), kind };
        assert_eq!(self.0.change(0, &change), Outcome::Accepted);
    }

    fn publish(&mut self, released: Released) {
        self.change(released.into());
    }

    fn deprecate(mut self, coordinates: &str) -> Self {
        let Coordinates { org, name, version } = coordinates.parse().unwrap();
        self.change(Deprecated { org, name, version: Some(version), message: "old".to_owned() }.into());
        self
    }

    /// What somebody gets who can use everything.
    fn resolve(&self, wanted: &[PackageWanted]) -> Vec<Result<PackageFound, Missing>> {
        let resolver = Resolver::new(&self.0, |_| Suit::Suits { place: 0 }, Limits::default());
        resolver.packages(wanted).unwrap()
    }

    /// The version that is given for one package, or why there is none.
    fn version(&self, wanted: &PackageWanted) -> String {
        shown(&self.resolve(std::slice::from_ref(wanted))[0])
    }
}

fn shown(found: &Result<PackageFound, Missing>) -> String {
    match found {
        Ok(found) => {
            let mut text = found.release.description.coordinates.version.to_string();
            if let Some(message) = &found.deprecated {
                write!(text, " ({message})").unwrap();
            }
            text
        }
        Err(missing) => missing.to_string(),
    }
}

/// A release of `org/name:version`, and behind a space what it needs directly.
fn release(text: &str) -> Released {
    let mut coordinates = text.split(' ').map(|coordinates| coordinates.parse::<Coordinates>().unwrap());
    let own = coordinates.next().unwrap();
    let dependencies: Vec<_> = coordinates.collect();
    let leaf = |package: &Coordinates| Node { package: package.clone(), dependencies: Vec::new() };
    let mut graph: Vec<_> = dependencies.iter().map(leaf).collect();
    graph.push(Node { package: own.clone(), dependencies });
    graph.sort();
    let module = Module { name: own.name.to_string(), exported: true, summary: String::new() };
    let digest = Digest::of(text.as_bytes());
    Released {
        description: Description {
            platform: Platform::any(),
            bala_version: String::new(),
            distribution: String::new(),
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
            modules: vec![module],
            coordinates: own,
        },
        graph,
        stored: Stored {
            digest,
            size: 1,
            folder: Uuid::from_slice(&digest.as_bytes()[..16]).unwrap(),
            document: digest,
            origin: Origin::Local,
            published: None,
        },
    }
}

/// The same for another platform.
fn on(platform: &str, text: &str) -> Released {
    let mut released = release(text);
    released.description.platform = platform.parse().unwrap();
    let digest = Digest::of(format!("{platform} {text}").as_bytes());
    released.stored.folder = Uuid::from_slice(&digest.as_bytes()[..16]).unwrap();
    released
}

/// `org/name`, or `org/name:version`.
fn wanted(text: &str, mode: Mode) -> PackageWanted {
    let (package, version) =
        text.split_once(':').map_or((text, None), |(p, v)| (p, Some(v.parse().unwrap())));
    let (org, name) = package.split_once('/').unwrap();
    let package = PackageId { org: org.parse().unwrap(), name: name.parse().unwrap() };
    PackageWanted { package, range: Range::new(version, mode) }
}

/// Whom every release suits but those for which `of` says something else.
fn everybody_but(of: impl Fn(&Release) -> Option<Suit>) -> impl Fn(&Release) -> Suit {
    move |release| of(release).unwrap_or(Suit::Suits { place: 0 })
}
