//! The packages that are found by a question, whoever asks it.

use std::sync::Arc;

use barre_core::maven::central::Part;
use barre_core::search::Page;
use barre_core::state::Release;

use super::metadata::Asked;
use crate::api::common::asked::packages;
use crate::api::common::error::Error;
use crate::api::common::page::page;
use crate::service::read::{Client, Hits};

/// A page of what is found, and which one it is.
pub(super) async fn found(asked: &Asked) -> Result<(Vec<Arc<Release>>, Part), Error> {
    let Asked { call, place, distribution, question } = asked;
    let identity = place.reader(call).await?;
    let query = question.query()?;
    let (wanted, page) = (packages(&query)?, page(&query)?);
    let client = Client::java(*distribution);
    let Hits { count, packages } = call.services.searches.find(&identity, &client, &wanted, page).await?;
    let Page { limit, offset, .. } = page;
    Ok((packages, Part { count, limit, offset }))
}
