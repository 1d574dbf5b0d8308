//! The package that a tool is in, and the versions with it.

use super::super::xml::{Document, Element};
use super::document::document;
use crate::distribution::Distribution;
use crate::package::{PackageId, Version};

/// The group of tools, each an artifact by its id.
pub const TOOLS: &str = "__tools__";

/// The versions with a tool that a distribution can use, given newest first. Clients take the first one for the latest, so
/// pre-releases come last.
pub fn tool<'a>(
    distribution: Distribution,
    id: &'a str,
    package: &'a PackageId,
    versions: &[&Version],
) -> Document<'a> {
    let (pre_releases, stable): (Vec<&Version>, Vec<_>) =
        versions.iter().copied().partition(|version| version.is_pre_release());
    let ordered = stable.into_iter().chain(pre_releases);
    let versions = ordered.map(|version| Element::text("version", version.to_string())).collect();
    let elements = [
        Element::of("versions", versions),
        Element::text("org", package.org.as_str()),
        Element::text("package", package.name.as_str()),
    ];
    document(distribution, TOOLS, id, elements)
}
