//! `GET /packages?org=…`: the packages of an organization, or all, each with its newest version that the client can use.

use barre_core::access::Identity;
use barre_core::package::Org;
use barre_core::search::Page;

use super::form::described;
use super::wire;
use crate::api::common::answer::Answer;
use crate::api::common::call::Call;
use crate::api::common::error::Error;
use crate::api::common::inputs::{Encoding, LinkBase};
use crate::api::common::made;
use crate::api::common::page::{Cut, cut, page};
use crate::api::common::query::Query;
use crate::service::read::{Client, Freshness, Listed};

pub(super) type ListInputs = (Client, LinkBase, Encoding);

/// What is there of the organization that a query names.
pub(super) async fn list(call: &Call<ListInputs>, query: &Query) -> Result<Answer, Error> {
    let identity = call.reader().await?;
    let page = page(query)?;
    let Cut { part, count } = listed(call, &identity, query.get("org"), page).await?;
    let (_, LinkBase(base), encoding) = &call.inputs;
    let packages = part.iter().map(|listed| wire::PackageJson::listed(listed, base)).collect();
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
