//! `GET /packages?org=…`: the packages of an organization, or all, each with its newest version that the client can use.

use std::sync::Arc;

use barre_core::access::Identity;
use barre_core::description::Description;
use barre_core::package::Org;
use barre_core::search::Page;
use barre_core::state::Release;

use super::form::described;
use super::page::{Cut, cut, page};
use super::wire;
use crate::api::common::answer::Answer;
use crate::api::common::call::Call;
use crate::api::common::error::Error;
use crate::api::common::inputs::{Encoding, LinkBase};
use crate::api::common::made;
use crate::api::common::query::Query;
use crate::service::read::{Client, Freshness, PackageView};

pub(super) type ListInputs = (Client, LinkBase, Encoding);

/// A release in a list, and what whoever uses it should hear.
pub(super) struct Listed {
    pub(super) release: Arc<Release>,
    pub(super) deprecated: Option<String>,
}

impl Listed {
    /// A release of this package.
    pub(super) fn of(package: &PackageView<'_>, release: &Arc<Release>) -> Self {
        let deprecated = package.deprecated(&release.description.coordinates.version).map(str::to_owned);
        Self { release: Arc::clone(release), deprecated }
    }

    /// The newest version of a package that this client can use.
    pub(super) fn latest(client: &Client, package: &PackageView<'_>) -> Option<Self> {
        client.latest(package).map(|release| Self::of(package, release))
    }

    /// Whether it says this of itself, whatever the case. The word is in lower case.
    pub(super) fn mentions(&self, word: &str) -> bool {
        let Description { coordinates, tool, summary, keywords, .. } = &self.release.description;
        let names = [coordinates.org.as_str(), coordinates.name.as_str(), summary.as_str()].into_iter();
        let mut texts = names.chain(tool.as_deref()).chain(keywords.iter().map(String::as_str));
        texts.any(|text| text.to_lowercase().contains(word))
    }

    /// As JSON has it, without texts: no list reads those of a thousand packages.
    pub(super) fn json(&self, base: &str) -> wire::PackageJson<'_> {
        let url = wire::bala_url(base, &self.release);
        wire::PackageJson::new(&self.release, self.deprecated.as_deref(), None, url)
    }
}

/// What is there of the organization that a query names.
pub(super) async fn list(call: &Call<ListInputs>, query: &Query) -> Result<Answer, Error> {
    let identity = call.reader().await?;
    let page = page(query)?;
    let Cut { part, count } = listed(call, &identity, query.get("org"), page).await?;
    let (_, LinkBase(base), encoding) = &call.inputs;
    let packages = part.iter().map(|listed| listed.json(base)).collect();
    let list = wire::PackagesJson { packages, count, offset: page.offset, limit: page.limit };
    let (response, _) = made::untagged(call, *encoding, &list).await?;
    Ok(Answer::new(described(response)))
}

/// A page of the packages of one organization, or of all.
pub(super) async fn listed(
    call: &Call<ListInputs>,
    identity: &Identity,
    org: Option<&str>,
    page: Page,
) -> Result<Cut<Listed>, Error> {
    let (client, _, _) = &call.inputs;
    // What cannot be an organization has no packages.
    let org = org.map(str::parse::<Org>).transpose();
    let looked = call.services.reads.look(identity, Freshness::Recent, |view| {
        let newest = |package| Listed::latest(client, &package);
        let listed = match &org {
            Ok(Some(org)) => view.packages_of(org).filter_map(newest).collect(),
            Ok(None) => view.packages_after(None).filter_map(newest).collect(),
            Err(_) => Vec::new(),
        };
        Some(cut(page, listed, |listed: &Listed| &listed.release))
    });
    Ok(looked.await?.unwrap_or_default())
}
