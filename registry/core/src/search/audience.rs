//! For whom a document of a package is: whether whoever asks may see it, and can use any version of it.
//!
//! Many packages are for the same: each audience is there once, and is asked once for each query.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::Arc;

use crate::resolution::Suit;
use crate::state::Release;

/// Who a document is for.
pub(super) struct Audience {
    gate: Gate,
    /// They can use the package if they can use one of these.
    releases: Vec<Arc<Release>>,
}

/// Who may see a document.
#[derive(Clone)]
pub(super) enum Gate {
    /// Whoever may read the registry.
    Everybody,
    /// Those who may see this release, which is private.
    Those(Arc<Release>),
    /// Those who may not.
    Others(Arc<Release>),
}

impl Audience {
    /// Whether it includes somebody to whom a release is what `suit` says.
    pub(super) fn includes(&self, suit: impl Fn(&Release) -> Suit) -> bool {
        let may = match &self.gate {
            Gate::Everybody => true,
            Gate::Those(release) => suit(release) != Suit::Hidden,
            Gate::Others(release) => suit(release) == Suit::Hidden,
        };
        may && self.releases.iter().any(|release| matches!(suit(release), Suit::Suits { .. }))
    }
}

/// Gives each audience a number.
#[derive(Default)]
pub(super) struct Audiences {
    numbers: HashMap<String, u32>,
    audiences: Vec<Audience>,
}

impl Audiences {
    /// The number of the audience of a document of these releases.
    pub(super) fn number(&mut self, gate: Gate, releases: &[&Arc<Release>]) -> u32 {
        let least = least(releases);
        let mut key = match &gate {
            Gate::Everybody => String::new(),
            Gate::Those(release) => format!("+{}", release.description.coordinates.org),
            Gate::Others(release) => format!("-{}", release.description.coordinates.org),
        };
        for release in &least {
            let described = &release.description;
            // Writing to a string does not fail.
            let _ = write!(key, " {} {}", described.platform, described.distribution);
        }
        if let Some(number) = self.numbers.get(&key) {
            return *number;
        }
        let next = u32::try_from(self.audiences.len()).unwrap_or(u32::MAX);
        self.numbers.insert(key, next);
        self.audiences.push(Audience { gate, releases: least.into_iter().map(Arc::clone).collect() });
        next
    }

    pub(super) fn done(self) -> Vec<Audience> {
        self.audiences
    }
}

/// Of the releases for one platform and one line of distributions, that of the oldest: whoever can use any of them can use
/// this one.
fn least<'a>(releases: &[&'a Arc<Release>]) -> Vec<&'a Arc<Release>> {
    // Most packages have one: then there is nothing to compare.
    if let [only] = releases {
        return vec![only];
    }
    let mut least = BTreeMap::new();
    for release in releases {
        let distribution = semver::Version::parse(&release.description.distribution).ok();
        let line = distribution.as_ref().map(|version| version.major);
        let kept = least
            .entry((&release.description.platform, line))
            .or_insert_with(|| (distribution.clone(), *release));
        if distribution < kept.0 {
            *kept = (distribution, *release);
        }
    }
    least.into_values().map(|(_, release)| release).collect()
}
