//! `maven-metadata.xml`: the versions of a package.

use jiff::Timestamp;

use super::xml::{Document, Element};
use crate::package::{PackageId, Version};

/// The document of a package that has these versions, in ascending order, the last of which was `updated` then.
///
/// Maven asks for `LATEST` and `RELEASE`: the highest of all, and the highest that is no pre-release, where there is one.
pub fn metadata(package: &PackageId, versions: &[Version], updated: Timestamp) -> String {
    let stable = versions.iter().rfind(|version| !version.is_pre_release());
    let highest = versions.last();
    let named = |name, version: Option<&Version>| version.map(|v| Element::text(name, v.to_string()));
    let listed = versions.iter().map(|version| Element::text("version", version.to_string())).collect();
    let latest = [named("latest", highest), named("release", stable.or(highest))];
    let rest = [
        Element::of("versions", listed),
        Element::text("lastUpdated", updated.strftime("%Y%m%d%H%M%S").to_string()),
    ];
    let metadata = Element::of(
        "metadata",
        vec![
            Element::text("groupId", package.org.as_str()),
            Element::text("artifactId", package.name.as_str()),
            Element::of("versioning", latest.into_iter().flatten().chain(rest).collect()),
        ],
    );
    Document(metadata).to_string()
}
