//! Why something is not there that somebody may see who names it exactly: it is not admitted. Whoever may not see it is told
//! what everybody is told of what does not exist.

use std::sync::Arc;

use barre_core::digest::Digest;
use barre_core::mirror::Verdict;
use barre_core::package::{Coordinates, Name, Org, Version};

use super::artifacts::Artifacts;
use super::view::View;

impl View<'_> {
    /// Why this version is not there; nothing where it is nowhere. Follows a name.
    pub fn why_withheld(self, wanted: &Coordinates) -> Option<String> {
        let Coordinates { org, name, version } = wanted;
        let (admitting, whole) = self.beyond_admission()?;
        why(whole.package(org, name)?.version(version).map(|release| admitting.verdict(release)))
    }

    /// The same of the tag of a version, of the package with this name in lower case.
    pub fn why_tag_withheld(self, (org, name): (&Org, &Name), version: &Version) -> Option<String> {
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
