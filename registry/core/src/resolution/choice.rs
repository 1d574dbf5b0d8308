//! Choosing one release of a package.
//!
//! Of the versions in the range that suit, the first in this order: one that is not deprecated, or is the very one that is
//! asked for, before one that is; a stable one before a pre-release; a newer one before an older one. What is asked for is
//! what the build has: nobody is moved from one deprecated version to another, or to a pre-release.

use std::sync::Arc;

use super::budget::{Budget, TooMuch};
use super::range::Range;
use super::resolver::Resolver;
use super::suit::Suit;
use crate::package::{PackageId, Platform};
use crate::state::{Package, Release};

/// Why there is no version to give.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// Also where none may be seen.
    #[error("package not found: {0}")]
    Package(PackageId),
    #[error("{0} is a part of every distribution, and in no registry")]
    BuiltIn(PackageId),
    #[error("{0} has no {1}")]
    Version(PackageId, Range),
    #[error("{0} has no {1} for the platforms that are asked for")]
    Platform(PackageId, Range),
    #[error("{0} has no {1} for the distribution that asks")]
    Distribution(PackageId, Range),
}

/// A release, and what whoever uses its version should hear.
#[derive(Clone, Copy)]
pub(super) struct Choice<'a> {
    pub(super) release: &'a Arc<Release>,
    pub(super) deprecated: Option<&'a str>,
}

/// What is known so far of versions that do not do.
#[derive(Default)]
struct Seen {
    /// Some release may be seen.
    any: bool,
    platform: bool,
    distribution: bool,
}

impl<'a, S: Fn(&Release) -> Suit> Resolver<'a, S> {
    /// The best release in `range` of those that have what `has` looks for.
    pub(super) fn choose(
        &self,
        budget: &mut Budget,
        package: &PackageId,
        range: &Range,
        has: impl Fn(&Release) -> bool,
    ) -> Result<Result<Choice<'a>, Missing>, TooMuch> {
        budget.look()?;
        let Some(versions) = self.state.package(&package.org, &package.name) else {
            return Ok(Err(unknown(package)));
        };
        let mut seen = Seen::default();
        let mut best: Option<((bool, bool), Choice<'a>)> = None;
        for (version, releases) in versions.versions_in(range.bounds()).rev() {
            budget.look()?;
            let Some(release) = self.platform(releases, range, &mut seen).filter(|release| has(release))
            else {
                continue;
            };
            let deprecated = versions.deprecated(version);
            let avoided = deprecated.is_some() && range.asked() != Some(version);
            let rank = (avoided, version.is_pre_release());
            if best.as_ref().is_none_or(|(least, _)| rank < *least) {
                best = Some((rank, Choice { release, deprecated }));
            }
            // Whatever follows is older.
            if rank == (false, false) {
                break;
            }
        }
        match best {
            Some((_, choice)) => Ok(Ok(choice)),
            None => Ok(Err(self.why_not(budget, versions, package, range, &seen)?)),
        }
    }

    /// The release of one version for the platform that is liked best. Which was released first makes no difference.
    fn platform(
        &self,
        releases: &'a [Arc<Release>],
        range: &Range,
        seen: &mut Seen,
    ) -> Option<&'a Arc<Release>> {
        let mut best: Option<((usize, &Platform), &Arc<Release>)> = None;
        for release in releases {
            let place = match (self.suit)(release) {
                Suit::Hidden => continue,
                Suit::OtherPlatform => None,
                Suit::OtherDistribution { place } => {
                    seen.platform = true;
                    // Who names a version gets it, as when it is pulled: a build that is locked goes on.
                    matches!(range, Range::Exact(_)).then_some(place)
                }
                Suit::Suits { place } => {
                    (seen.platform, seen.distribution) = (true, true);
                    Some(place)
                }
            };
            seen.any = true;
            let Some(place) = place else { continue };
            let key = (place, &release.description.platform);
            if best.as_ref().is_none_or(|(least, _)| key < *least) {
                best = Some((key, release));
            }
        }
        best.map(|(_, release)| release)
    }

    fn why_not(
        &self,
        budget: &mut Budget,
        versions: &Package,
        package: &PackageId,
        range: &Range,
        seen: &Seen,
    ) -> Result<Missing, TooMuch> {
        let (id, range) = (package.clone(), range.clone());
        if seen.distribution {
            return Ok(Missing::Version(id, range));
        }
        if seen.platform {
            return Ok(Missing::Distribution(id, range));
        }
        if seen.any {
            return Ok(Missing::Platform(id, range));
        }
        for (_, releases) in versions.versions().rev() {
            budget.look()?;
            if releases.iter().any(|release| (self.suit)(release) != Suit::Hidden) {
                return Ok(Missing::Version(id, range));
            }
        }
        Ok(unknown(package))
    }
}

fn unknown(package: &PackageId) -> Missing {
    if package.is_built_in() { Missing::BuiltIn(package.clone()) } else { Missing::Package(package.clone()) }
}
