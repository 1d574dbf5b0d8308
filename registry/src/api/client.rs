//! What the client on the other side can use: its distribution and platforms, from the headers that `bal`
//! sends; and which releases of a package suit it and may be seen.

use std::sync::Arc;

use http::HeaderMap;
use http::header::{HeaderName, USER_AGENT};

use crate::change::Visibility;
use crate::package::{Platform, Version};
use crate::permission::{Action, Identity, Target, permission};
use crate::state::{Package, Release};

pub(super) const PLATFORM: HeaderName = HeaderName::from_static("ballerina-platform");
/// Distributions count from Swan Lake GA; a smaller number is the version of some other program.
const FIRST_DISTRIBUTION: u64 = 2201;

/// Who asks, and what suits them.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) identity: Identity,
    /// In the order of preference; `None` takes all.
    platforms: Option<Vec<Platform>>,
    distribution: Option<semver::Version>,
}

impl Client {
    pub(super) fn new(identity: Identity, headers: &HeaderMap) -> Self {
        let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let platforms =
            text(&PLATFORM).map(|list| list.split(',').filter_map(|p| p.trim().parse().ok()).collect());
        // `bal` sends the bare version. Anything else is somebody else, who takes everything.
        let distribution = text(&USER_AGENT).and_then(|agent| semver::Version::parse(agent.trim()).ok());
        let distribution = distribution.filter(|version| version.major >= FIRST_DISTRIBUTION);
        Self { identity, platforms, distribution }
    }

    /// The platforms as they appear in the text about an unknown package.
    pub(super) fn platforms(&self) -> String {
        let platforms: Vec<_> = self.platforms.iter().flatten().map(Platform::as_str).collect();
        if platforms.is_empty() { "any".to_owned() } else { platforms.join(",") }
    }

    /// The versions that suit this client, newest first.
    pub(super) fn versions<'a>(&self, package: &'a Package) -> Vec<&'a Version> {
        let suits = |releases: &[Arc<Release>]| self.best(releases.iter().filter(|r| self.runs(r))).is_some();
        package.versions().rev().filter(|(_, releases)| suits(releases)).map(|(version, _)| version).collect()
    }

    /// The newest release that suits this client: stable if there is one, otherwise a pre-release.
    pub(super) fn latest<'a>(&self, package: &'a Package) -> Option<&'a Arc<Release>> {
        let mut versions = self.versions(package);
        versions.sort_by_key(|version| !version.semver().pre.is_empty());
        let releases = package.version(versions.first()?);
        self.best(releases.iter().filter(|release| self.runs(release)))
    }

    /// The release of a version that suits this client. Who names a version gets it, whatever its distribution.
    pub(super) fn exact<'a>(&self, package: &'a Package, version: &Version) -> Option<&'a Arc<Release>> {
        self.best(package.version(version).iter())
    }

    /// Whether this client may see a release.
    pub(super) fn sees(&self, release: &Release) -> bool {
        let details = &release.details;
        let target = Target::Package { org: &details.org, visibility: details.visibility };
        permission(&self.identity, Action::Read, target).is_ok()
    }

    /// The release for the platform that comes first in the client's list, `any` behind it.
    fn best<'a>(&self, releases: impl Iterator<Item = &'a Arc<Release>>) -> Option<&'a Arc<Release>> {
        let ranked = releases.filter(|release| self.sees(release)).filter_map(|release| {
            let rank = match &self.platforms {
                None => 0,
                Some(list) => {
                    let platform = &release.details.platform;
                    let any = (*platform == Platform::any()).then_some(list.len());
                    list.iter().position(|listed| listed == platform).or(any)?
                }
            };
            Some((rank, release))
        });
        ranked.min_by_key(|(rank, _)| *rank).map(|(_, release)| release)
    }

    /// Whether this client's distribution can use a release: the same major version, and not an older one than
    /// the release was built with.
    fn runs(&self, release: &Release) -> bool {
        let Some(ours) = &self.distribution else { return true };
        let Ok(theirs) = semver::Version::parse(&release.details.distribution) else { return true };
        theirs.major == ours.major && theirs.minor <= ours.minor
    }
}

/// Whether everyone who may read this registry sees a release.
pub(super) fn is_public(release: &Release) -> bool {
    release.details.visibility == Visibility::Public
}

#[cfg(test)]
mod tests;
