//! What somebody looks for, as the `q` of a query says it.

use barre_core::search;

use super::error::Error;
use super::query::Query;

/// Longest question for tools, in bytes.
const MAX_WORDS: usize = 1000;

/// The packages that are looked for. Parameters that others know are left alone.
pub(crate) fn packages(query: &Query) -> Result<search::Query, Error> {
    let parsed = query.get("q").unwrap_or_default().parse::<search::Query>();
    let wanted = parsed.map_err(|error| Error::BadRequest(error.to_string()))?;
    Ok(query.get("org").into_iter().fold(wanted, search::Query::of))
}

/// What a tool must mention, all of it, to be found; in lower case.
pub(crate) fn words(query: &Query) -> Result<Vec<String>, Error> {
    let question = query.get("q").unwrap_or_default();
    if question.len() > MAX_WORDS {
        return Err(Error::BadRequest(format!("this asks for too much: at most {MAX_WORDS} bytes")));
    }
    Ok(question.split_whitespace().map(str::to_lowercase).collect())
}
