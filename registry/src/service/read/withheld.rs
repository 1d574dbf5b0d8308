//! Why something is not there that somebody may see who names it exactly: it is not admitted. Whoever may not see it is told
//! what everybody is told of what does not exist.

use std::sync::Arc;

use barre_core::digest::Digest;
use barre_core::mirror::Verdict;
use barre_core::package::{Coordinates, Name, Org, PackageId, Version};
use barre_core::resolution::{PackageWanted, Range};

use super::artifacts::Artifacts;
use super::view::{PackageView, View};

impl<'a> View<'a> {
    /// Why this version is not there; nothing where it is nowhere. Follows a name.
    pub fn why_withheld(self, wanted: &Coordinates) -> Option<String> {
        if let Some(why) = self.asked.and_then(|asked| asked.note(wanted)) {
            return Some(why);
        }
        let Coordinates { org, name, version } = wanted;
        let (admitting, whole) = self.beyond_admission()?;
        why(whole.package(org, name)?.version(version).map(|release| admitting.verdict(release)))
    }

    /// Notes that of each of these packages the best version is wanted.
    pub fn note_wanted(self, wanted: impl Iterator<Item = PackageWanted>) {
        if let Some(asked) = self.asked {
            wanted.for_each(|wanted| asked.note_wanted(wanted));
        }
    }

    /// A package by its exact name, of which the newest version counts.
    pub fn newest_of(self, org: &Org, name: &Name) -> Option<PackageView<'a>> {
        self.note_newest(org, name);
        self.package(org, name)
    }

    /// Notes that the newest version of a package counts.
    pub fn note_newest(self, org: &Org, name: &Name) {
        let package = PackageId { org: org.clone(), name: name.clone() };
        self.note_wanted(std::iter::once(PackageWanted { package, range: Range::Latest }));
    }

    /// Notes those of the packages that were not found, by the versions that are asked for.
    pub fn note_missing<T, M>(self, wanted: &[PackageWanted], found: &[Result<T, M>]) {
        let Some(asked) = self.asked else { return };
        let missing = wanted.iter().zip(found).filter(|(_, found)| found.is_err());
        for (PackageWanted { package: PackageId { org, name }, range }, _) in missing {
            if let Some(version) = range.asked() {
                asked.note(&Coordinates { org: org.clone(), name: name.clone(), version: version.clone() });
            }
        }
    }

    /// The same of the tag of a version, of the package with this name in lower case.
    pub fn why_tag_withheld(self, (org, name): (&Org, &Name), version: &Version) -> Option<String> {
        // An upstream knows the spelling of its own names; most have no capital letters.
        let wanted = Coordinates { org: org.clone(), name: name.clone(), version: version.clone() };
        if let Some(why) = self.asked.and_then(|asked| asked.note(&wanted)) {
            return Some(why);
        }
        let (admitting, whole) = self.beyond_admission()?;
        admitting.verdict(whole.folded(org, name.as_str())?.first(version)?).why_not()
    }

    /// The same of a version of the package that a tool is in.
    pub fn why_tool_withheld(self, tool: &str, version: &Version) -> Option<String> {
        let (admitting, whole) = self.beyond_admission()?;
        why(whole.tool(tool)?.version(version).map(|release| admitting.verdict(release)))
    }

    /// The same of what has this digest, in the package with this name in lower case.
    pub fn why_digest_withheld(
        self,
        artifacts: &Artifacts,
        (org, name): (&Org, &Name),
        digest: Digest,
    ) -> Option<String> {
        let (admitting, whole) = self.beyond_admission()?;
        let package = whole.folded(org, name.as_str())?;
        let mut releases = package.versions().flat_map(|(_, releases)| releases);
        let bala = releases.find(|release| release.stored.digest == digest).map(Arc::clone);
        let found = bala.or_else(|| artifacts.find(whole, package, digest).map(|found| found.release))?;
        admitting.verdict(&found).why_not()
    }
}

/// What is denied comes first: no time helps there.
fn why(verdicts: impl Iterator<Item = Verdict>) -> Option<String> {
    let held = verdicts.filter(|verdict| *verdict != Verdict::Admitted);
    let first = |verdict: &Verdict| match verdict {
        Verdict::Denied { .. } => (false, None),
        Verdict::Waits { until } => (true, Some((until.is_none(), *until))),
        Verdict::Admitted => (true, None),
    };
    held.min_by_key(first)?.why_not()
}
