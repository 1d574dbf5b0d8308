//! What API docs declare, as a question finds it.

use barre_core::declaration::Construct;
use barre_core::maven::central::{Found, Part};
use barre_core::package::Coordinates;
use barre_core::search::Page;

use super::metadata::Asked;
use crate::api::common::declared::{DeclaredPage, find, page_or_first};
use crate::api::common::error::Error;
use crate::api::common::inputs::LinkBase;
use crate::service::read::{Client, Declared};

/// A page of what is found, and which one it is.
pub(super) async fn declared(
    asked: &Asked,
    construct: Option<Construct>,
) -> Result<(Vec<Declared>, Part), Error> {
    let Asked { call, place, distribution, question } = asked;
    let identity = place.reader(call).await?;
    let (query, client) = (question.query()?, Client::java(*distribution));
    let DeclaredPage { found, count } = find(&call.services, &identity, &client, construct, &query).await?;
    let Page { limit, offset, .. } = page_or_first(&query);
    Ok((found, Part { count, limit, offset }))
}

/// The same for a document: links lead to where its repository is.
pub(super) fn shown<'a>(asked: &'a Asked, declared: &'a Declared) -> Found<'a> {
    let (_, LinkBase(base)) = &asked.call.inputs;
    let release = &*declared.listed.release;
    let Coordinates { org, name, version } = &release.description.coordinates;
    let repository = asked.place.repository();
    Found {
        id: declared.id(),
        declaration: &declared.declaration,
        release,
        deprecated: declared.listed.deprecated.as_deref(),
        bala_url: format!("{base}{repository}/{org}/{name}/{version}/{name}-{version}.bala"),
    }
}
