//! What the client on the other side can use: its distribution and platforms; and which releases suit it, of those that
//! may be seen.

use std::sync::Arc;

use barre_core::distribution::Distribution;
use barre_core::package::{Platform, Version};
use barre_core::resolution::Suit;
use barre_core::state::Release;

use super::look::Choice;
use super::view::PackageView;

/// Distributions count from Swan Lake GA; a smaller number is the version of some other program.
const FIRST_DISTRIBUTION: u64 = 2201;
/// What a client of Java can use, where it does not say so itself.
const JAVA: &str = "java25,java21,java17,java11";

/// What suits whoever asks.
#[derive(Debug)]
pub struct Client {
    /// In the order of preference; `None` takes all.
    platforms: Option<Vec<Platform>>,
    distribution: Option<semver::Version>,
}

impl Client {
    /// A client with these platforms, separated by commas, and this user agent.
    pub fn new(platforms: Option<&str>, agent: Option<&str>) -> Self {
        let platforms = platforms.map(|list| list.split(',').filter_map(|p| p.trim().parse().ok()).collect());
        // `bal` sends the bare version. Anything else is somebody else, who takes everything.
        let distribution = agent.and_then(|agent| semver::Version::parse(agent.trim()).ok());
        let distribution = distribution.filter(|version| version.major >= FIRST_DISTRIBUTION);
        Self { platforms, distribution }
    }

    /// A client of Java and of this distribution, which does not say more of itself.
    pub fn java(distribution: Distribution) -> Self {
        Self::new(Some(JAVA), Some(&distribution.name()))
    }

    /// The same, which takes whatever is for its distribution: editors name one platform, and mean none.
    #[must_use]
    pub fn of_any_platform(&self) -> Self {
        Self { platforms: None, distribution: self.distribution.clone() }
    }

    /// The platforms as they appear in the text about an unknown package.
    pub fn platforms(&self) -> String {
        let platforms: Vec<_> = self.platforms.iter().flatten().map(Platform::as_str).collect();
        if platforms.is_empty() { "any".to_owned() } else { platforms.join(",") }
    }

    /// The versions that suit this client, newest first.
    pub fn versions<'a>(&self, package: &PackageView<'a>) -> Vec<&'a Version> {
        let suits =
            |seen: Vec<&'a Arc<Release>>| self.best(seen.into_iter().filter(|r| self.runs(r))).is_some();
        package.versions().rev().filter_map(|(version, seen)| suits(seen).then_some(version)).collect()
    }

    /// The first release of each version where that one suits this client, newest version first. Where a path has no
    /// platform, the first one is what it leads to for ever.
    pub fn firsts<'a>(&self, package: &PackageView<'a>) -> Vec<&'a Arc<Release>> {
        let firsts = package.versions().rev().filter_map(|(version, _)| package.first(version));
        firsts.filter(|release| matches!(self.suit(release), Suit::Suits { .. })).collect()
    }

    /// The newest release that suits this client: stable if there is one, otherwise a pre-release.
    pub fn latest<'a>(&self, package: &PackageView<'a>) -> Option<&'a Arc<Release>> {
        self.newest(package, |_| true)
    }

    /// The same, of the versions that are not deprecated.
    pub fn newest_in_use<'a>(&self, package: &PackageView<'a>) -> Option<&'a Arc<Release>> {
        self.newest(package, |version| package.deprecated(version).is_none())
    }

    /// The newest version in use that suits this client, of those that have API docs.
    pub fn documented<'a>(&self, package: &PackageView<'a>) -> Option<&'a Arc<Release>> {
        self.newest(package, |version| {
            package.deprecated(version).is_none() && package.docs(version).is_some()
        })
    }

    /// The release of a version that suits this client. Who names a version gets it, whatever its distribution. Another one
    /// may suit it better for as long as platforms may join the version.
    pub fn exact<'a>(
        &self,
        package: &PackageView<'a>,
        version: &Version,
    ) -> Option<Choice<&'a Arc<Release>>> {
        let (rank, release) = self.ranked(package.version(version))?;
        let open_until = if rank == 0 { None } else { package.joinable_until(version) };
        Some(Choice { found: release, open_until })
    }

    /// The release of a version of which a client wants to know what it is. One that names a single platform does not mean
    /// to use it, but wants to deprecate the whole version.
    pub fn described<'a>(
        &self,
        package: &PackageView<'a>,
        version: &Version,
    ) -> Option<Choice<&'a Arc<Release>>> {
        let single = self.platforms.as_ref().is_some_and(|list| list.len() == 1);
        let other = || package.version(version).next().filter(|_| single);
        self.exact(package, version).or_else(|| other().map(Choice::last))
    }

    /// The newest release that suits, of a package of which a client wants to know what it is; of any for one that names a
    /// single platform, as above.
    pub fn latest_described<'a>(&self, package: &PackageView<'a>) -> Option<&'a Arc<Release>> {
        let single = self.platforms.as_ref().is_some_and(|list| list.len() == 1);
        let any = || Self { platforms: None, distribution: None }.latest(package).filter(|_| single);
        self.latest(package).or_else(any)
    }

    /// What a release is to this client, when a build asks for its dependencies.
    pub fn suit(&self, release: &Release) -> Suit {
        match self.place(release) {
            None => Suit::OtherPlatform,
            Some(place) if self.runs(release) => Suit::Suits { place },
            Some(place) => Suit::OtherDistribution { place },
        }
    }

    /// Why no release of this version suits, or of no version; empty where there is none. Follows a name and a colon.
    pub fn why_not(&self, package: &PackageView<'_>, version: Option<&Version>) -> String {
        let Some(version) = version else {
            let other = package.versions().any(|(_, seen)| self.best(seen.into_iter()).is_some());
            return match &self.distribution {
                Some(ours) if other => format!("its versions need another distribution than {ours}"),
                _ => format!("its versions are for other platforms than {}", self.platforms()),
            };
        };
        let there: Vec<_> = package.version(version).map(|r| r.description.platform.as_str()).collect();
        if there.is_empty() {
            return String::new();
        }
        format!("it is there for {}, and not for {}", there.join(","), self.platforms())
    }

    /// What suits best of the newest of these versions: of a stable one if there is one.
    fn newest<'a>(
        &self,
        package: &PackageView<'a>,
        wanted: impl Fn(&Version) -> bool,
    ) -> Option<&'a Arc<Release>> {
        let mut pre_release = None;
        for (version, seen) in package.versions().rev().filter(|(version, _)| wanted(version)) {
            match self.best(seen.into_iter().filter(|release| self.runs(release))) {
                Some(release) if version.is_pre_release() => pre_release = pre_release.or(Some(release)),
                None => {}
                stable => return stable,
            }
        }
        pre_release
    }

    /// The release for the platform that comes first in the client's list, `any` behind it.
    fn best<'a>(&self, releases: impl Iterator<Item = &'a Arc<Release>>) -> Option<&'a Arc<Release>> {
        self.ranked(releases).map(|(_, release)| release)
    }

    /// The same, with its place in the list.
    fn ranked<'a>(
        &self,
        releases: impl Iterator<Item = &'a Arc<Release>>,
    ) -> Option<(usize, &'a Arc<Release>)> {
        let ranked = releases.filter_map(|release| Some((self.place(release)?, release)));
        ranked.min_by_key(|(rank, _)| *rank)
    }

    /// The place of a release's platform in the list, `any` behind it; `None` where it is not there.
    fn place(&self, release: &Release) -> Option<usize> {
        let Some(list) = &self.platforms else { return Some(0) };
        let platform = &release.description.platform;
        let any = (*platform == Platform::any()).then_some(list.len());
        list.iter().position(|listed| listed == platform).or(any)
    }

    /// Whether this client's distribution can use a release: the same major version, and not an older one than
    /// the release was built with.
    fn runs(&self, release: &Release) -> bool {
        let Some(ours) = &self.distribution else { return true };
        let Ok(theirs) = semver::Version::parse(&release.description.distribution) else { return true };
        theirs.major == ours.major && theirs.minor <= ours.minor
    }
}

#[cfg(test)]
mod tests;
