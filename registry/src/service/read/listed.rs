//! A release in a list.

use std::sync::Arc;

use barre_core::description::Description;
use barre_core::state::Release;

use super::client::Client;
use super::view::{PackageView, View};

/// A release in a list, and what whoever uses it should hear.
pub struct Listed {
    pub release: Arc<Release>,
    pub deprecated: Option<String>,
}

impl Listed {
    /// A release of this package.
    pub fn of(package: &PackageView<'_>, release: &Arc<Release>) -> Self {
        let deprecated = package.deprecated(&release.description.coordinates.version).map(str::to_owned);
        Self { release: Arc::clone(release), deprecated }
    }

    /// The newest version of a package that this client can use.
    pub fn latest(client: &Client, package: &PackageView<'_>) -> Option<Self> {
        client.latest(package).map(|release| Self::of(package, release))
    }

    /// The tools that mention all these words, which are in lower case, each as the newest version that this client can use.
    pub fn tools(client: &Client, view: View<'_>, words: &[String]) -> Vec<Self> {
        let tools = view.tools().filter_map(|tool| Self::latest(client, &tool));
        tools.filter(|tool| words.iter().all(|word| tool.mentions(word))).collect()
    }

    /// Whether it says this of itself, whatever the case.
    fn mentions(&self, word: &str) -> bool {
        let Description { coordinates, tool, summary, keywords, .. } = &self.release.description;
        let names = [coordinates.org.as_str(), coordinates.name.as_str(), summary.as_str()].into_iter();
        let mut texts = names.chain(tool.as_deref()).chain(keywords.iter().map(String::as_str));
        texts.any(|text| text.to_lowercase().contains(word))
    }
}
