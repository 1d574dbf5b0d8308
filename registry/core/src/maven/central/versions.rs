//! The versions of a package: all that a client learns of it before it takes one.

use super::super::xml::{Document, Element};
use super::document::document;
use crate::distribution::Distribution;
use crate::package::PackageId;
use crate::state::Release;

/// The versions that a distribution can use of a package, each with whether it is deprecated.
pub fn versions<'a>(
    distribution: Distribution,
    package: &'a PackageId,
    versions: impl Iterator<Item = (&'a Release, bool)>,
) -> Document<'a> {
    let versions = versions.map(|(release, deprecated)| version(distribution, release, deprecated)).collect();
    let versions = Element::of("versions", versions);
    document(distribution, package.org.as_str(), package.name.as_str(), [versions])
}

fn version(distribution: Distribution, release: &Release, deprecated: bool) -> Element<'_> {
    let described = &release.description;
    // Clients compare it with their own, and pass over what is none. Who asks can use this one.
    let built_with = match Distribution::of(&described.distribution) {
        Some(_) => described.distribution.clone(),
        None => distribution.name(),
    };
    let exported = described.modules.iter().filter(|module| module.exported);
    let modules = exported.map(|module| Element::of("module", vec![Element::text("name", &module.name)]));
    Element::of(
        "version",
        vec![
            Element::text("number", described.coordinates.version.to_string()),
            Element::text("platform", described.platform.as_str()),
            Element::text("isDeprecated", deprecated.to_string()),
            Element::text("ballerinaVersion", built_with),
            Element::of("modules", modules.collect()),
        ],
    )
}
