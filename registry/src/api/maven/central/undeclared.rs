//! Lists of what no bala declares: correct, and empty.

use barre_core::distribution::Distribution;
use barre_core::maven::central::{Document, Part};

use super::metadata::{Asked, answered};
use crate::api::common::answer::Answer;
use crate::api::common::error::Error;
use crate::api::common::undeclared::page_of_nothing;

/// The document with nothing in it, for whoever may read.
pub(super) async fn nothing(
    asked: &Asked,
    document: for<'a> fn(Distribution, &'a str, Part) -> Document<'a>,
) -> Result<Answer, Error> {
    let Asked { call, place, distribution, question } = asked;
    place.reader(call).await?;
    let page = page_of_nothing(&question.query()?);
    let part = Part { count: 0, limit: page.limit, offset: page.offset };
    answered(call, None, &document(*distribution, question.encoded(), part)).await
}
