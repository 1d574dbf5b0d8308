//! A package as a repository, and what is found in it.

use std::sync::Arc;

use barre_core::distribution::Distribution;
use barre_core::oci::{self, Content, Reference, RepositoryName};
use barre_core::package::Version;
use barre_core::state::Release;
use http::StatusCode;

use super::refusal::{Code, Refusal};
use crate::api::common::path::PathPart;
use crate::service::read::{Artifacts, Client, PackageView, View};

/// A repository by its name.
#[derive(Debug)]
pub(super) struct Repository(pub(super) RepositoryName);

/// Why something is not found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Missing {
    Repository,
    /// The repository is there.
    Content,
    /// It is kept from those who could see it, because of this.
    Withheld(String),
}

impl Repository {
    /// What cannot be a name is the name of nothing.
    pub(super) fn parse(org: &PathPart, name: &PathPart) -> Result<Self, Refusal> {
        let parsed = RepositoryName::parse(org.as_str(), name.as_str());
        parsed.map(Self).ok_or_else(|| unknown(&format!("{org}/{name}")))
    }

    /// The same where something is to be pushed.
    pub(super) fn to_push(org: &PathPart, name: &PathPart) -> Result<Self, Refusal> {
        let text = "packages are pushed to /v2/<organization>/<package>, in lower case";
        let parsed = RepositoryName::parse(org.as_str(), name.as_str());
        parsed.map(Self).ok_or_else(|| Refusal::bad(Code::NameInvalid, text))
    }

    /// The package, of what may be seen.
    pub(super) fn package<'a>(&self, view: View<'a>) -> Result<PackageView<'a>, Missing> {
        view.folded(&self.0.org, self.0.name.as_str()).ok_or(Missing::Repository)
    }

    /// The same, where the newest version of it counts.
    pub(super) fn newest_of<'a>(&self, view: View<'a>) -> Result<PackageView<'a>, Missing> {
        view.note_newest(&self.0.org, &self.0.name);
        self.package(view)
    }

    /// What this reference stands for is missing, and perhaps because it is not admitted.
    pub(super) fn withheld(
        &self,
        view: View<'_>,
        artifacts: &Artifacts,
        wanted: &Reference,
        missing: Missing,
    ) -> Missing {
        let repository = (&self.0.org, &self.0.name);
        let why = match wanted {
            Reference::Version(version) => view.why_tag_withheld(repository, version),
            Reference::Digest(digest) => view.why_digest_withheld(artifacts, repository, *digest),
            Reference::AllVersions | Reference::VersionsFor(_) | Reference::Unknown => None,
        };
        why.map_or(missing, Missing::Withheld)
    }

    /// What somebody is told who asks it for something that is called so.
    pub(super) fn refuse(&self, missing: Missing, code: Code, what: &str) -> Refusal {
        match missing {
            Missing::Repository => unknown(&self.text()),
            Missing::Content => Refusal::unknown(code, format!("{what} is not in {}", self.text())),
            // Other credentials would not help.
            Missing::Withheld(why) => {
                let text = format!("{what} is not in {}: {why}", self.text());
                Refusal::bad(code, text).with_status(StatusCode::NOT_FOUND)
            }
        }
    }

    /// The name as clients write it.
    pub(super) fn text(&self) -> String {
        self.0.to_string()
    }
}

fn unknown(name: &str) -> Refusal {
    Refusal::unknown(Code::NameUnknown, format!("package {name} is not here"))
}

/// What a client of this asks for the right to do, where its name could be that of a repository.
pub(super) fn scope(org: &PathPart, name: &PathPart) -> String {
    Repository::parse(org, name).map_or_else(
        |_| super::challenge::CATALOG.to_owned(),
        |repository| format!("repository:{}:pull", repository.text()),
    )
}

/// The same for the right to push as well.
pub(super) fn push_scope(org: &PathPart, name: &PathPart) -> String {
    let scope = scope(org, name);
    scope.strip_suffix("pull").map_or_else(|| scope.clone(), |scope| format!("{scope}pull,push"))
}

/// The release that the tag of a version stands for, for ever: the first one.
pub(super) fn tagged<'a>(package: PackageView<'a>, version: &Version) -> Option<&'a Arc<Release>> {
    package.first(version)
}

/// The list of the versions whose tags are of use to a distribution, newest first, and its manifest.
pub(super) fn versions(
    package: PackageView<'_>,
    distribution: Option<Distribution>,
) -> Option<(Content, Content)> {
    let client = distribution.map_or_else(|| Client::new(None, None), Client::java);
    let tagged = client.firsts(&package).into_iter();
    let versions: Vec<_> = tagged.map(|release| &release.description.coordinates.version).collect();
    (!versions.is_empty()).then(|| oci::versions(&versions))
}

/// All such lists, each with its manifest.
pub(super) fn all_versions(package: PackageView<'_>) -> impl Iterator<Item = (Content, Content)> {
    let releases = package.versions().flat_map(|(_, seen)| seen).map(|release| &**release);
    let distributions = oci::thresholds(releases).into_iter().map(Some);
    [None].into_iter().chain(distributions).filter_map(move |distribution| versions(package, distribution))
}
