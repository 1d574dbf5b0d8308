//! An upstream that speaks the protocol of Central, which every registry for `bal` does.
//!
//! It tells nothing of its own accord, and one version at a time, so that what is here already is asked about in groups: their
//! locked graphs come with a word about deprecation. Of these versions only some are looked at in full in each run, others in
//! the next, to notice one whose bytes have changed.

mod wire;

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use barre_core::mirror::{Fact, Found, Question, UpstreamVersion};
use barre_core::package::{Coordinates, Name, Org, PackageId, Platform, Version};
use barre_core::release::Origin;
use barre_core::state::{Release, State};
use http::header::{ACCEPT, HeaderName, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::before::{Before, found};
use crate::service::mirror::transport::{Ask, Error, Transport, short};
use wire::{Described, Listed, Resolved};

/// The platforms that there are, those for Java before the one for all: an upstream gives the first one that it has.
const PLATFORMS: [&str; 5] = ["java25", "java21", "java17", "java11", "any"];
const PLATFORM: HeaderName = HeaderName::from_static("ballerina-platform");
/// Packages in one part of a list, and the most parts.
const PAGE: usize = 1000;
const PAGES: usize = 1000;
/// Versions in one question about graphs.
const GROUP: usize = 50;
/// What is here is looked at in full while another platform may join it, and otherwise so many of them in each run.
const JOINABLE: SignedDuration = SignedDuration::from_hours(48);
const LOOKS: usize = 500;
/// Longest answers, in bytes: a list of packages, one of the versions of a package, and what is said of one, readmes included.
const LIST_BYTES: u64 = 64 << 20;
const VERSIONS_BYTES: u64 = 2 << 20;
const VERSION_BYTES: u64 = 8 << 20;

/// One upstream by that protocol.
pub(super) struct Central {
    transport: Transport,
    origin: Origin,
    state: Arc<State>,
    now: Timestamp,
    /// In the order in which they are asked for.
    platforms: Vec<Platform>,
}

impl Central {
    pub(super) fn new(transport: Transport, id: &str, before: Before) -> Self {
        let Before { state, now, mut platforms, watches, .. } = before;
        // A version that upstream has for others only is not one that it has no more.
        if watches || platforms.is_empty() {
            platforms = PLATFORMS.iter().filter_map(|platform| platform.parse().ok()).collect();
        }
        platforms.sort_by_key(|platform| *platform == Platform::any());
        Self { transport, origin: Origin::Mirror(id.to_owned()), state, now, platforms }
    }

    /// Questions as they are asked: one by one, or those together that one request answers.
    pub(super) fn grouped(&self, questions: Vec<Question>) -> Vec<Vec<Question>> {
        let (mut single, mut together, mut here) = (Vec::new(), Vec::new(), Vec::new());
        for question in questions {
            match &question {
                Question::Graph(_) => together.push(question),
                Question::Version(coordinates) if self.settled_here(coordinates) => here.push(question),
                _ => single.push(vec![question]),
            }
        }
        here.sort_by_cached_key(|question| {
            let mut hasher = DefaultHasher::new();
            (question_text(question), self.now.as_second()).hash(&mut hasher);
            hasher.finish()
        });
        let rest = here.split_off(here.len().min(LOOKS));
        single.extend(here.into_iter().map(|question| vec![question]));
        single.extend(together.chunks(GROUP).map(<[_]>::to_vec));
        single.extend(rest.chunks(GROUP).map(<[_]>::to_vec));
        single
    }

    /// The answers to a group.
    pub(super) async fn ask(&self, group: &[Question]) -> Result<Vec<Fact>, Error> {
        if let [question] = group {
            match question.clone() {
                Question::Packages(org) => {
                    let names = self.packages(&org).await?;
                    return Ok(vec![Fact::Packages(org, names)]);
                }
                Question::Versions(package) => {
                    let versions = self.versions(&package).await?;
                    return Ok(vec![Fact::Versions(package, versions)]);
                }
                Question::Version(coordinates) => {
                    let version = self.version(&coordinates).await?;
                    return Ok(vec![Fact::Version(coordinates, version)]);
                }
                Question::Graph(_) => {}
            }
        }
        let coordinates: Vec<_> = group.iter().filter_map(of_version).collect();
        let resolved = self.resolved(&coordinates).await?;
        Ok(group.iter().map(|question| self.resolved_fact(question, &resolved)).collect())
    }

    /// Whether this is a version that this mirror brought, and that nothing joins any more.
    fn settled_here(&self, coordinates: &Coordinates) -> bool {
        let releases = self.here(coordinates);
        let old = |release: &Arc<Release>| {
            let published = release.stored.published.unwrap_or(release.created);
            self.now.duration_since(published) > JOINABLE
        };
        !releases.is_empty() && releases.iter().all(old)
    }

    /// What this mirror brought of a version.
    fn here(&self, coordinates: &Coordinates) -> &[Arc<Release>] {
        let package = self.state.package(&coordinates.org, &coordinates.name);
        let releases = package.map_or(&[][..], |package| package.version(&coordinates.version));
        let ours = releases.first().is_some_and(|release| release.stored.origin == self.origin);
        if ours { releases } else { &[] }
    }

    /// All that this mirror brought, in the words of an upstream.
    pub(super) fn brought(&self) -> impl Iterator<Item = (PackageId, Version, UpstreamVersion)> {
        self.state.packages().flat_map(|(id, package)| {
            package.versions().filter_map(|(version, releases)| {
                let ours = releases.first().is_some_and(|release| release.stored.origin == self.origin);
                let found = releases.iter().map(|release| found(release)).collect();
                let deprecated = package.deprecated(version).map(str::to_owned);
                ours.then(|| (id.clone(), version.clone(), UpstreamVersion { deprecated, found }))
            })
        })
    }

    async fn packages(&self, org: &Org) -> Result<BTreeSet<Name>, Error> {
        let mut names = BTreeSet::new();
        let mut offset = 0;
        for _ in 0..PAGES {
            let mut url = self.url(&["packages"]);
            url.query_pairs_mut()
                .append_pair("org", org.as_str())
                .append_pair("limit", &PAGE.to_string())
                .append_pair("offset", &offset.to_string())
                .append_pair("readme", "false");
            let listed: Listed = match self.transport.json(&self.described(url, LIST_BYTES)).await {
                Err(Error::NotFound(says)) => {
                    absent(&says)?;
                    break;
                }
                listed => listed?,
            };
            offset += listed.packages.len();
            names.extend(listed.packages.iter().filter_map(|package| package.name_in(org)));
            if listed.is_last(offset, PAGE) {
                break;
            }
        }
        Ok(names)
    }

    async fn versions(&self, package: &PackageId) -> Result<BTreeSet<Version>, Error> {
        let url = self.url(&["packages", package.org.as_str(), package.name.as_str()]);
        let listed: Vec<String> = match self.transport.json(&self.described(url, VERSIONS_BYTES)).await {
            Err(Error::NotFound(says)) => {
                absent(&says)?;
                Vec::new()
            }
            listed => listed?,
        };
        Ok(listed.iter().filter_map(|version| version.parse().ok()).collect())
    }

    /// All platforms of a version. Each answer is about the first of the platforms that are asked for, or about any.
    async fn version(&self, coordinates: &Coordinates) -> Result<UpstreamVersion, Error> {
        let mut version = UpstreamVersion::default();
        let mut rest = self.platforms.clone();
        while !rest.is_empty() {
            let Some(json) = self.platform(coordinates, &rest).await? else { break };
            let found = json.found(coordinates).map_err(|why| Error::unreadable(&why))?;
            let platform = found.platform.clone();
            let known = version.found.iter().any(|known| known.platform == platform);
            if known || !rest.contains(&platform) && platform != Platform::any() {
                break;
            }
            version.deprecated = json.deprecated();
            version.found.push(found);
            // This one comes behind all others.
            if platform == Platform::any() {
                break;
            }
            rest.retain(|other| *other != platform);
        }
        Ok(version)
    }

    async fn platform(
        &self,
        coordinates: &Coordinates,
        platforms: &[Platform],
    ) -> Result<Option<Described>, Error> {
        let ask = Ask::get(self.version_url(coordinates), VERSION_BYTES);
        match self.transport.json(&for_platforms(ask, platforms, "application/json")).await {
            Err(Error::NotFound(says)) => absent(&says).map(|()| None),
            json => json.map(Some),
        }
    }

    /// What is said of versions together: half of them at a time, where all are too many.
    async fn resolved(&self, coordinates: &[Coordinates]) -> Result<Vec<Resolved>, Error> {
        let mut open = vec![coordinates];
        let mut resolved = Vec::new();
        while let Some(part) = open.pop() {
            let url = self.url(&["packages", "resolve-dependencies"]);
            let ask = Ask::post(url, wire::question(part), LIST_BYTES);
            let ask = for_platforms(ask, &self.platforms, "application/json");
            match self.transport.json::<wire::Resolution>(&ask).await {
                Ok(answer) => resolved.extend(answer.resolved),
                Err(Error::Status { .. } | Error::TooLarge { .. }) if part.len() > 1 => {
                    let (first, second) = part.split_at(part.len() / 2);
                    open.extend([first, second]);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(resolved)
    }

    fn resolved_fact(&self, question: &Question, resolved: &[Resolved]) -> Fact {
        let Some(coordinates) = of_version(question) else {
            return Fact::Unanswered(question.clone(), "it cannot be asked so".to_owned());
        };
        let resolved = resolved.iter().find(|resolved| resolved.is(&coordinates));
        match (question, resolved) {
            (Question::Graph(_), Some(resolved)) => match resolved.graph() {
                Ok(graph) => Fact::Graph(coordinates, graph),
                Err(why) => Fact::Unanswered(question.clone(), short(&why)),
            },
            (Question::Version(_), Some(resolved)) => {
                let found = self.here(&coordinates).iter().map(|release| found(release)).collect();
                Fact::Version(coordinates, UpstreamVersion { deprecated: resolved.deprecated(), found })
            }
            (Question::Version(_), None) => Fact::Version(coordinates, UpstreamVersion::default()),
            _ => Fact::Unanswered(question.clone(), "upstream does not resolve it".to_owned()),
        }
    }

    /// The bytes of a bala. Where they are is asked anew, because links to it may hold for minutes only.
    pub(super) fn download(&self, found: &Found, limit: u64) -> Ask {
        let ask = Ask::get(self.version_url(&found.coordinates), limit);
        for_platforms(ask, std::slice::from_ref(&found.platform), "application/octet-stream")
    }

    fn version_url(&self, Coordinates { org, name, version }: &Coordinates) -> Url {
        self.url(&["packages", org.as_str(), name.as_str(), &version.to_string()])
    }

    fn url(&self, parts: &[&str]) -> Url {
        let parts: Vec<_> = ["2.0", "registry"].iter().chain(parts).copied().collect();
        self.transport.url(&parts)
    }

    fn described(&self, url: Url, limit: u64) -> Ask {
        for_platforms(Ask::get(url, limit), &self.platforms, "application/json")
    }
}

fn for_platforms(mut ask: Ask, platforms: &[Platform], accept: &'static str) -> Ask {
    let platforms: Vec<_> = platforms.iter().map(Platform::as_str).collect();
    if let Ok(platforms) = HeaderValue::from_str(&platforms.join(",")) {
        ask.headers.insert(PLATFORM, platforms);
    }
    ask.headers.insert(ACCEPT, HeaderValue::from_static(accept));
    ask
}

/// Whether a 404 says that there is no such package. Of anything else that answers so, as a proxy does, nobody knows what
/// it means: what an upstream does not have may be pruned here.
fn absent(says: &str) -> Result<(), Error> {
    if says.contains("package not found") {
        return Ok(());
    }
    Err(Error::Unreadable(format!("404, without the words \"package not found\" ({says})")))
}

fn of_version(question: &Question) -> Option<Coordinates> {
    match question {
        Question::Graph(coordinates) | Question::Version(coordinates) => Some(coordinates.clone()),
        Question::Packages(_) | Question::Versions(_) => None,
    }
}

fn question_text(question: &Question) -> String {
    of_version(question).map(|coordinates| coordinates.to_string()).unwrap_or_default()
}
