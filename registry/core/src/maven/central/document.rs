//! What all documents begin with.

use std::fmt;

use super::super::xml::Element;
use crate::distribution::Distribution;

/// A document, which is written down by `Display`.
#[derive(Debug)]
pub struct Document<'a>(Element<'a>);

impl<'a> Document<'a> {
    /// The document of an artifact in a group, for a distribution.
    pub(super) fn new(
        distribution: Distribution,
        group: &str,
        artifact: &'a str,
        elements: impl IntoIterator<Item = Element<'a>>,
    ) -> Self {
        let group = Element::text("groupId", format!("{}.{group}", distribution.tag()));
        let head = [group, Element::text("artifactId", artifact)];
        Self(Element::of("metadata", head.into_iter().chain(elements).collect()))
    }
}

impl fmt::Display for Document<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}", self.0)
    }
}
