//! The state as one identity sees it: what it may see, as far as that is admitted.

use std::sync::Arc;

use barre_core::access::{Action, Identity, Target, permission};
use barre_core::admission::Admitting;
use barre_core::change::Change;
use barre_core::graph::Node;
use barre_core::package::{Name, Org, PackageId, Version};
use barre_core::release::AttachedFile;
use barre_core::resolution::{Limits, Resolver, Suit};
use barre_core::search::{Found, Page, Query, Search};
use barre_core::state::body::About;
use barre_core::state::{Package, Release, State};
use jiff::Timestamp;

use super::asked::Asked;

/// What `identity` sees of a state.
#[derive(Clone, Copy)]
pub struct View<'a> {
    state: &'a State,
    sight: Sight<'a>,
    /// Who asks an upstream for what is not here; nobody, as long as it may only be new.
    pub(super) asked: Option<&'a Asked>,
}

/// Which releases are seen. For everybody else, and everything else, they do not exist.
#[derive(Clone, Copy)]
struct Sight<'a> {
    identity: &'a Identity,
    /// Nothing where everything is admitted.
    admitting: Option<Admitting<'a>>,
}

/// A package of which at least one release may be seen.
#[derive(Clone, Copy)]
pub struct PackageView<'a> {
    id: &'a PackageId,
    package: &'a Arc<Package>,
    sight: Sight<'a>,
    /// Only what contains this tool.
    tool: Option<&'a str>,
}

impl<'a> View<'a> {
    pub(super) fn new(state: &'a State, identity: &'a Identity, admitting: Option<Admitting<'a>>) -> Self {
        Self { state, sight: Sight { identity, admitting }, asked: None }
    }

    /// The same, where what is looked for in vain is noted.
    pub(super) fn asking(self, asked: Option<&'a Asked>) -> Self {
        Self { asked, ..self }
    }

    /// The rules of admission, and what could be seen if everything were admitted; nothing where everything is.
    pub(super) fn beyond_admission(self) -> Option<(Admitting<'a>, Self)> {
        let sight = Sight { admitting: None, ..self.sight };
        Some((self.sight.admitting?, Self { sight, ..self }))
    }

    /// A package by its exact name.
    pub fn package(self, org: &Org, name: &Name) -> Option<PackageView<'a>> {
        let (id, package) = self.state.package_entry(org, name)?;
        self.seen(id, package, None)
    }

    /// A package by its name in lower case.
    pub fn folded(self, org: &Org, name: &str) -> Option<PackageView<'a>> {
        self.package(org, self.state.spelling(org, name)?)
    }

    /// A package as far as it contains this tool.
    pub fn tool(self, tool: &'a str) -> Option<PackageView<'a>> {
        let PackageId { org, name } = self.state.tool(tool)?;
        let (id, package) = self.state.package_entry(org, name)?;
        self.seen(id, package, Some(tool))
    }

    /// Each tool's package as far as it contains that tool, in the order of their ids.
    pub fn tools(self) -> impl Iterator<Item = PackageView<'a>> {
        self.state.tools().into_iter().filter_map(move |id| self.tool(id))
    }

    /// The packages of one organization, in the order of their names.
    pub fn packages_of(self, org: &'a Org) -> impl Iterator<Item = PackageView<'a>> {
        self.state.packages_of(org).filter_map(move |(id, package)| self.seen(id, package, None))
    }

    /// The packages in the order of their names, from the first one or from behind one of them.
    pub fn packages_after(self, after: Option<&PackageId>) -> impl Iterator<Item = PackageView<'a>> {
        self.state.packages_after(after).filter_map(move |(id, package)| self.seen(id, package, None))
    }

    /// The packages with API docs of any version, in the order of their names.
    pub fn documented(self) -> impl Iterator<Item = PackageView<'a>> {
        self.state.documented().filter_map(move |PackageId { org, name }| self.package(org, name))
    }

    /// Whether a change may be read: what it is about is there, and may be seen. One that was rejected is about nothing.
    pub(super) fn tells(self, change: &Change) -> bool {
        match change.kind.about() {
            About::Registry => permission(self.sight.identity, Action::Admin, Target::Registry).is_ok(),
            About::Versions { org, name, version } => self.package(org, name).is_some_and(|package| {
                version.is_none_or(|version| package.version(version).next().is_some())
            }),
            About::Release { org, name, version, folder } => self.package(org, name).is_some_and(|package| {
                package.version(version).any(|release| release.stored.folder == folder)
            }),
        }
    }

    /// The locked graph of a release that was reached through this view.
    pub fn graph(self, release: &Release) -> Vec<Node> {
        self.state.graph(release)
    }

    fn seen(
        self,
        id: &'a PackageId,
        package: &'a Arc<Package>,
        tool: Option<&'a str>,
    ) -> Option<PackageView<'a>> {
        let view = PackageView { id, package, sight: self.sight, tool };
        view.versions().next().is_some().then_some(view)
    }

    /// Resolves what a build asks for, for somebody to whom a release that may be seen is what `suit` says.
    pub fn resolver<S: Fn(&Release) -> Suit>(
        self,
        suit: S,
    ) -> Resolver<'a, impl Fn(&Release) -> Suit + use<'a, S>> {
        Resolver::new(self.state, self.sight.suit(suit), Limits::default())
    }

    /// What is found by somebody to whom a release that may be seen is what `suit` says. What is not admitted is in no
    /// search.
    pub fn find<'s>(
        self,
        search: &'s Search,
        query: &Query,
        page: Page,
        suit: impl Fn(&Release) -> Suit,
    ) -> Found<'s> {
        let permitted = Sight { admitting: None, ..self.sight };
        search.find(query, page, permitted.suit(suit))
    }
}

impl<'a> Sight<'a> {
    fn sees(self, release: &Release) -> bool {
        let described = &release.description;
        let target = Target::Package { org: &described.coordinates.org, visibility: described.visibility };
        permission(self.identity, Action::Read, target).is_ok()
            && self.admitting.is_none_or(|admitting| admitting.admits(release))
    }

    /// What a release is, whether it is seen or not.
    fn suit<S: Fn(&Release) -> Suit>(self, suit: S) -> impl Fn(&Release) -> Suit + use<'a, S> {
        move |release: &Release| if self.sees(release) { suit(release) } else { Suit::Hidden }
    }
}

impl<'a> PackageView<'a> {
    /// Its name.
    pub fn id(self) -> &'a PackageId {
        self.id
    }

    /// With what may not be seen of it.
    pub(super) fn whole(self) -> &'a Arc<Package> {
        self.package
    }

    /// The versions in ascending order, each with what may be seen of it in the order of its release.
    pub fn versions(self) -> impl DoubleEndedIterator<Item = (&'a Version, Vec<&'a Arc<Release>>)> {
        let seen = move |(version, releases): (&'a Version, &'a [Arc<Release>])| {
            let seen: Vec<_> = releases.iter().filter(|release| self.sees(release)).collect();
            (!seen.is_empty()).then_some((version, seen))
        };
        self.package.versions().filter_map(seen)
    }

    /// What may be seen of one version, in the order of its release.
    pub fn version(self, version: &Version) -> impl Iterator<Item = &'a Arc<Release>> {
        self.package.version(version).iter().filter(move |release| self.sees(release))
    }

    /// The first release of a version, if that one is seen. Where a path has no platform, it is what the path leads to for ever:
    /// another one never takes its place.
    pub fn first(self, version: &Version) -> Option<&'a Arc<Release>> {
        let mut releases = self.package.version(version).iter();
        releases.find(|release| self.means(release)).filter(|release| self.sees(release))
    }

    /// The last time at which another platform may join a version.
    pub fn joinable_until(self, version: &Version) -> Option<Timestamp> {
        self.package.joinable_until(version)
    }

    /// The files beside the bala of a release that was reached through this view, in the order in which they came.
    pub fn attached(self, release: &Release) -> impl Iterator<Item = &'a Arc<AttachedFile>> {
        self.package.attached(release)
    }

    /// The API docs of a version, and the release that has them, of what may be seen.
    pub fn docs(self, version: &Version) -> Option<(&'a Arc<Release>, &'a Arc<AttachedFile>)> {
        self.version(version).find_map(|release| Some((release, self.package.docs(release)?)))
    }

    /// What whoever uses a version should hear, if it is deprecated.
    pub fn deprecated(self, version: &Version) -> Option<&'a str> {
        self.package.deprecated(version)
    }

    pub(super) fn sees(self, release: &Release) -> bool {
        self.means(release) && self.sight.sees(release)
    }

    fn means(self, release: &Release) -> bool {
        self.tool.is_none_or(|tool| release.description.contains_tool(tool))
    }
}
