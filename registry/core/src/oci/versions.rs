//! Which versions of a package a client can use, for clients that do not ask about each: a list, behind a tag.

use std::collections::BTreeSet;

use super::content::Content;
use super::manifest::{Descriptor, of_blob};
use crate::distribution::Distribution;
use crate::package::Version;
use crate::state::Release;

/// The type of a list of versions, and of its one layer.
const VERSIONS: &str = "application/vnd.ballerina.index.layer.v1+json";
/// Of a package that was built with more distributions than ever were, the older ones have no list that is found by its
/// digest.
const MAX_DISTRIBUTIONS: usize = 100;

/// The blob that lists these versions, and its manifest.
pub fn versions(versions: &[&Version]) -> (Content, Content) {
    let blob = Content::json(&versions);
    let manifest = of_blob(Descriptor::of(VERSIONS, &blob), None);
    (blob, manifest)
}

/// The distributions that tell the lists of a package with these releases apart: for every other one the list is that of the
/// next lower of these.
pub fn thresholds<'a>(releases: impl Iterator<Item = &'a Release>) -> Vec<Distribution> {
    let built_with = releases.filter_map(|release| Distribution::of(&release.description.distribution));
    let mut all: BTreeSet<_> = built_with.collect();
    all.insert(Distribution::FIRST);
    // Below those that anything was built with there is the list of what says of none that it needs it.
    all.extend(all.clone().into_iter().map(Distribution::first_of_major));
    all.into_iter().rev().take(MAX_DISTRIBUTIONS).collect()
}
