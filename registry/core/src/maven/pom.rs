//! The POM of a version. It names no dependencies: what a build takes is locked in the bala, and Maven would fetch more.

use super::xml::{Document, Element};
use crate::description::Description;

/// The document of a release.
pub fn pom(description: &Description) -> String {
    let coordinates = &description.coordinates;
    let mut project = vec![
        Element::text("modelVersion", "4.0.0"),
        Element::text("groupId", coordinates.org.as_str()),
        Element::text("artifactId", coordinates.name.as_str()),
        Element::text("version", coordinates.version.to_string()),
        Element::text("packaging", "bala"),
    ];
    if !description.summary.is_empty() {
        project.push(Element::text("description", description.summary.as_str()));
    }
    Document(Element::of("project", project)).to_string()
}
