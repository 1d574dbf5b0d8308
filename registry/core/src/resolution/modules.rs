//! Modules: for each that is imported, the package that exports it.
//!
//! The module `a.b.c` may be in the package `a`, `a.b` or `a.b.c`, and its name does not say in which. A package that the
//! build has already comes first; then the one with the longest name, which is the one that says most.

use super::budget::{Budget, TooMuch};
use super::packages::PackageWanted;
use super::range::Range;
use super::resolver::Resolver;
use super::suit::Suit;
use crate::package::{Coordinates, Name, Org, PackageId};
use crate::state::Release;

/// A module that a build imports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleWanted {
    pub org: Org,
    /// The full name, which has the form of a package's name.
    pub module: Name,
    /// The packages that the build has already, which may have the module.
    pub locked: Vec<PackageWanted>,
}

impl ModuleWanted {
    /// All packages that may have it, each with what would do of it.
    pub fn packages(&self) -> impl Iterator<Item = PackageWanted> {
        let latest = packages_of(&self.module).map(|name| PackageWanted {
            package: PackageId { org: self.org.clone(), name },
            range: Range::Latest,
        });
        self.locked.iter().cloned().chain(latest)
    }
}

impl<S: Fn(&Release) -> Suit> Resolver<'_, S> {
    /// The package of each of these, in their order; `None` where nobody exports it.
    pub fn modules(&self, wanted: &[ModuleWanted]) -> Result<Vec<Option<Coordinates>>, TooMuch> {
        let packages = wanted.iter().map(|wanted| 1 + wanted.locked.len()).sum();
        let mut budget = Budget::new(self.limits, packages)?;
        wanted.iter().map(|wanted| self.module(&mut budget, wanted)).collect()
    }

    fn module(&self, budget: &mut Budget, wanted: &ModuleWanted) -> Result<Option<Coordinates>, TooMuch> {
        let ModuleWanted { org, module, locked } = wanted;
        let mut locked: Vec<_> =
            locked.iter().filter(|l| l.package.org == *org && has_room(&l.package.name, module)).collect();
        locked.sort_by_key(|locked| std::cmp::Reverse(locked.package.name.as_str().len()));
        for PackageWanted { package, range } in locked {
            if let Some(found) = self.exporter(budget, package, range, module)? {
                return Ok(Some(found));
            }
        }
        for name in packages_of(module) {
            let package = PackageId { org: org.clone(), name };
            if let Some(found) = self.exporter(budget, &package, &Range::Latest, module)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The best version of a package of those that export the module.
    fn exporter(
        &self,
        budget: &mut Budget,
        package: &PackageId,
        range: &Range,
        module: &Name,
    ) -> Result<Option<Coordinates>, TooMuch> {
        let exports = |release: &Release| {
            release.description.modules.iter().any(|m| m.exported && m.name == module.as_str())
        };
        let choice = self.choose(budget, package, range, exports)?;
        Ok(choice.ok().map(|choice| choice.release.description.coordinates.clone()))
    }
}

/// Whether a package of this name may have such a module.
fn has_room(package: &Name, module: &Name) -> bool {
    let rest = module.as_str().strip_prefix(package.as_str());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The names of the packages that may have a module, the longest first.
fn packages_of(module: &Name) -> impl Iterator<Item = Name> {
    let mut rest = Some(module.as_str());
    std::iter::from_fn(move || {
        let name = rest?;
        rest = name.rsplit_once('.').map(|(shorter, _)| shorter);
        Some(name)
    })
    .filter_map(|name| name.parse().ok())
}
