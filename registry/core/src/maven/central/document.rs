//! What all documents begin with.

use super::super::xml::{Document, Element};
use crate::distribution::Distribution;

/// The document of an artifact in a group, for a distribution.
pub(super) fn document<'a>(
    distribution: Distribution,
    group: &str,
    artifact: &'a str,
    elements: impl IntoIterator<Item = Element<'a>>,
) -> Document<'a> {
    let group = Element::text("groupId", format!("{}.{group}", distribution.tag()));
    let head = [group, Element::text("artifactId", artifact)];
    Document(Element::of("metadata", head.into_iter().chain(elements).collect()))
}
