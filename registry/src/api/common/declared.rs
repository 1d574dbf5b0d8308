//! What API docs declare, as a query asks for it.

use std::sync::Arc;

use barre_core::access::Identity;
use barre_core::api_docs::{self, ModuleDocs};
use barre_core::declaration::Construct;
use barre_core::package::{Name, Org, Version};
use barre_core::search::Page;

use super::asked::words;
use super::error::Error;
use super::page::{numbered, page};
use super::query::Query;
use crate::service::Services;
use crate::service::files::Docs;
use crate::service::memory::Room;
use crate::service::read::{Client, Declared, DeclaredWanted, Freshness, PackageView, View};

/// A page of what is declared.
#[derive(Default)]
pub(crate) struct DeclaredPage {
    pub(crate) found: Vec<Declared>,
    pub(crate) count: usize,
}

/// Which page a query asks for. One that cannot be is the first one: clients crash on a refusal.
pub(crate) fn page_or_first(query: &Query) -> Page {
    page(query).unwrap_or_else(|_| numbered(None, None))
}

/// What a query finds for somebody: `q`, `org` (or several, with commas between) and `package`. What cannot be found is
/// not.
pub(crate) async fn find(
    services: &Services,
    identity: &Identity,
    client: &Client,
    construct: Option<Construct>,
    query: &Query,
) -> Result<DeclaredPage, Error> {
    let page = page_or_first(query);
    let orgs: Result<Vec<Org>, _> = match query.get("org") {
        Some(list) => list.split(',').map(|org| org.trim().parse()).collect(),
        None => Ok(Vec::new()),
    };
    let (Ok(words), Ok(orgs)) = (words(query), orgs) else { return Ok(DeclaredPage::default()) };
    let package = query.get("package").map(str::to_owned);
    let wanted = DeclaredWanted { construct, words, orgs, package };
    let client = client.of_any_platform();
    let looked = services
        .reads
        .look(identity, Freshness::Recent, |view| Some(Declared::find(&client, view, &wanted, page)));
    let (found, count) = looked.await?.unwrap_or_default();
    Ok(DeclaredPage { found, count })
}

/// A module of a version, and the room that it takes; nothing where there are no docs that have it.
pub(crate) async fn module(
    services: &Services,
    identity: &Identity,
    org: &Org,
    module: &str,
    version: Option<&Version>,
) -> Result<Option<(ModuleDocs, Room)>, Error> {
    let looked = services.reads.look(identity, Freshness::Recent, |view| {
        let package = package_of(view, org, module)?;
        let newest = || {
            let newest = Client::new(None, None).documented(&package);
            newest.map(|release| &release.description.coordinates.version)
        };
        let (release, docs) = package.docs(version.or_else(newest)?)?;
        Some((Arc::clone(release), Arc::clone(docs)))
    });
    let Some((release, docs)) = looked.await? else { return Ok(None) };
    let Docs { bytes, room } = services.files.docs(&release, &docs).await?;
    Ok(api_docs::module(&bytes, module).map(|module| (module, room)))
}

/// The package of a module: the one with the longest name that the module's begins with.
fn package_of<'a>(view: View<'a>, org: &Org, module: &str) -> Option<PackageView<'a>> {
    let mut rest = Some(module);
    while let Some(name) = rest {
        let found = name.parse::<Name>().ok().and_then(|name| view.package(org, &name));
        if found.is_some() {
            return found;
        }
        rest = name.rsplit_once('.').map(|(before, _)| before);
    }
    None
}
