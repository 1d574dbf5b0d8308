//! Rules by the organization and, where they name one, the package that they are about: of many, those that may be about a
//! version are found at once.

use std::collections::HashMap;

use crate::mirror::Rule;
use crate::package::{Coordinates, Name, Org};

/// Rules, each with something that goes with it.
#[derive(Debug)]
pub(super) struct Table<T>(HashMap<Org, OfOrg<T>>);

#[derive(Debug)]
struct OfOrg<T> {
    of_package: HashMap<Name, Vec<(Rule, T)>>,
    of_several: Vec<(Rule, T)>,
}

impl<T> Table<T> {
    pub(super) fn add(&mut self, rule: Rule, with: T) {
        let rules = self
            .0
            .entry(rule.organization().clone())
            .or_insert_with(|| OfOrg { of_package: HashMap::new(), of_several: Vec::new() });
        match rule.package() {
            Some(package) => rules.of_package.entry(package.name).or_default().push((rule, with)),
            None => rules.of_several.push((rule, with)),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What goes with the first rule that is about this version.
    pub(super) fn find(&self, coordinates: &Coordinates) -> Option<&T> {
        let rules = self.0.get(&coordinates.org)?;
        let (package, version) = (coordinates.package(), &coordinates.version);
        let mut about =
            rules.of_package.get(&coordinates.name).into_iter().flatten().chain(&rules.of_several);
        about.find(|(rule, _)| rule.matches(&package, version)).map(|(_, with)| with)
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}
