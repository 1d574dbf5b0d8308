//! What is selected, read and checked.

use std::collections::BTreeSet;

use barre_contract::mirror as contract;
use barre_contract::mirror::{Dependencies, Deprecated, Exact, Prereleases};

use super::rule::{Invalid, Problem, Rule};
use crate::distribution::Distribution;
use crate::package::{Coordinates, PackageId, Platform, Version};

/// Which packages and versions a mirror copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    pub(super) include: Vec<Rule>,
    pub(super) exclude: Vec<Rule>,
    pub(super) exact: BTreeSet<Coordinates>,
    pub(super) prereleases: Prereleases,
    pub(super) deprecated: Deprecated,
    pub(super) keep_latest: Option<usize>,
    pub(super) platforms: BTreeSet<Platform>,
    pub(super) minimum_distribution: Option<Distribution>,
    pub(super) dependencies: Dependencies,
    pub(super) max_packages: usize,
}

impl Selection {
    /// Reads one. The error names the entry that cannot be read.
    pub fn read(selection: &contract::Selection) -> Result<Self, Invalid> {
        let contract::Selection {
            include,
            exclude,
            exact,
            prereleases,
            deprecated,
            keep_latest,
            platforms,
            minimum_distribution,
            dependencies,
            max_packages,
        } = selection;
        if *keep_latest == Some(0) {
            return Err(Invalid { place: "keepLatest".to_owned(), problem: Problem::NoneKept });
        }
        Ok(Self {
            include: rules("include", include)?,
            exclude: rules("exclude", exclude)?,
            exact: exact_versions(exact)?,
            prereleases: *prereleases,
            deprecated: *deprecated,
            keep_latest: keep_latest.map(|count| count as usize),
            platforms: entries("platforms", platforms, |text, place| {
                text.parse().map_err(|e| Invalid { place: place.to_owned(), problem: Problem::Name(e) })
            })?,
            minimum_distribution: minimum_distribution.as_deref().map(distribution).transpose()?,
            dependencies: *dependencies,
            max_packages: *max_packages as usize,
        })
    }

    /// The platforms that are copied; all, if it names none.
    pub fn platforms(&self) -> &BTreeSet<Platform> {
        &self.platforms
    }

    /// The rule that excludes a version.
    pub(super) fn excluded(&self, package: &PackageId, version: &Version) -> Option<&Rule> {
        self.exclude.iter().find(|rule| rule.matches(package, version))
    }

    pub(super) fn takes_platform(&self, platform: &Platform) -> bool {
        self.platforms.is_empty() || self.platforms.contains(platform)
    }
}

/// Reads each entry of the list called `list`.
fn entries<E, T, C: FromIterator<T>>(
    list: &str,
    entries: &[E],
    read: impl Fn(&E, &str) -> Result<T, Invalid>,
) -> Result<C, Invalid> {
    entries.iter().enumerate().map(|(i, entry)| read(entry, &format!("{list}[{i}]"))).collect()
}

fn rules(list: &str, rules: &[contract::Rule]) -> Result<Vec<Rule>, Invalid> {
    entries(list, rules, Rule::read)
}

/// Without what ships with every distribution, which lock files name.
fn exact_versions(exact: &[Exact]) -> Result<BTreeSet<Coordinates>, Invalid> {
    let read = |exact: &Exact, place: &str| {
        let Exact { organization, name, version } = exact;
        let at = |e| Invalid { place: place.to_owned(), problem: Problem::Name(e) };
        let (org, name) = (organization.parse().map_err(at)?, name.parse().map_err(at)?);
        Ok(Coordinates { org, name, version: version.parse().map_err(at)? })
    };
    let mut exact: BTreeSet<Coordinates> = entries("exact", exact, read)?;
    exact.retain(|coordinates| !is_built_in(coordinates));
    Ok(exact)
}

/// Whether no upstream can have it.
pub(super) fn is_built_in(coordinates: &Coordinates) -> bool {
    coordinates.version.is_built_in()
}

fn distribution(text: &str) -> Result<Distribution, Invalid> {
    Distribution::of(text).ok_or_else(|| Invalid {
        place: "minimumDistribution".to_owned(),
        problem: Problem::Distribution(text.to_owned()),
    })
}
