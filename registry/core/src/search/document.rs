//! What of a package is searched: what its newest version says of itself.

use std::sync::Arc;

use jiff::Timestamp;

use super::audience::Gate;
use super::field::Fields;
use super::words::{lower, whole, words};
use crate::description::{Description, Visibility};
use crate::state::{Package, Release};

/// A package, as some of those who ask see it.
pub(super) struct Document<'a> {
    pub(super) gate: Gate,
    /// All that they see, but for what is deprecated.
    pub(super) releases: Vec<&'a Arc<Release>>,
    pub(super) created: Timestamp,
    /// Of how many words its name is.
    pub(super) name_words: u8,
    description: &'a Description,
}

/// The documents of a package, as far as it is admitted: one, or, where what is newest is not for everybody, one for each
/// side.
pub(super) fn documents<'a>(package: &'a Package, admits: &impl Fn(&Release) -> bool) -> Vec<Document<'a>> {
    let in_use = package.versions().rev().filter(|(version, _)| package.deprecated(version).is_none());
    let all: Vec<_> = in_use.flat_map(|(_, releases)| releases).filter(|release| admits(release)).collect();
    let public: Vec<_> = all.iter().copied().filter(|release| !is_private(release)).collect();
    let Some(private) = all.iter().copied().find(|release| is_private(release)) else {
        return document(Gate::Everybody, all).into_iter().collect();
    };
    let (those, others) = (Gate::Those(Arc::clone(private)), Gate::Others(Arc::clone(private)));
    [document(those, all), document(others, public)].into_iter().flatten().collect()
}

fn is_private(release: &Release) -> bool {
    release.description.visibility == Visibility::Private
}

/// The document of these releases, newest first.
fn document(gate: Gate, releases: Vec<&Arc<Release>>) -> Option<Document<'_>> {
    // Of the platforms of a version the first by name, never the one that came first.
    let newest = releases.iter().min_by(|one, other| {
        let [one, other] = [one, other].map(|release| &release.description);
        let stable = |description: &Description| description.coordinates.version.is_pre_release();
        let by_version = other.coordinates.version.cmp(&one.coordinates.version);
        stable(one).cmp(&stable(other)).then(by_version).then_with(|| one.platform.cmp(&other.platform))
    })?;
    let name = newest.description.coordinates.name.as_str();
    Some(Document {
        gate,
        created: newest.stored.published.unwrap_or(newest.created),
        name_words: u8::try_from(words(name).count()).unwrap_or(u8::MAX),
        description: &newest.description,
        releases,
    })
}

impl Document<'_> {
    /// Tells of each word of it where it stands, what is worth the most first. Some come more than once.
    pub(super) fn each_term(&self, mut add: impl FnMut(&str, Fields)) {
        let Description { coordinates, keywords, modules, summary, .. } = self.description;
        let name = coordinates.name.as_str();
        add(&whole(name), Fields::WHOLE);
        words(name).for_each(|word| add(&word, Fields::NAME));
        // `awss3`
        add(&words(name).collect::<String>(), Fields::NAME);
        let org = [(coordinates.org.as_str(), Fields::ORG)].into_iter();
        for (text, fields) in org.chain(keywords.iter().map(|keyword| (keyword.as_str(), Fields::KEYWORD))) {
            add(&lower(text), fields);
            // Most are a single word.
            if text.contains(|c: char| !c.is_alphanumeric()) {
                words(text).for_each(|word| add(&word, fields));
            }
        }
        modules.iter().flat_map(|module| words(&module.name)).for_each(|word| add(&word, Fields::MODULE));
        words(summary).for_each(|word| add(&word, Fields::SUMMARY));
    }
}
