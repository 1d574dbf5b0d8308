//! What a follower asks for.

use std::time::Duration;

use barre_contract::known::{Cursor, InvalidCursor};

use crate::api::common::error::Error;
use crate::api::common::query::Query;

/// Most segments that are told at once.
const MOST: u64 = 500;
/// The longest time that somebody waits for something to happen.
const LONGEST: Duration = Duration::from_mins(1);

/// What a follower asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Question {
    /// What it knows already; nothing at the beginning.
    pub(super) after: Option<Cursor>,
    /// Most segments.
    pub(super) limit: u64,
    /// How long it waits for something to happen, if nothing has.
    pub(super) wait: Duration,
    pub(super) form: Form,
}

/// How lines are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// What happened, as JSON.
    Changes,
    /// What is needed to verify it: headers, and all lines as texts, whose hashes are those in the log.
    Verifiable,
}

impl Question {
    pub(super) fn read(query: &Query) -> Result<Self, Error> {
        let after = query.get("after").map(str::parse).transpose();
        let after = after.map_err(|invalid: InvalidCursor| {
            refused(format!("after is no cursor: {invalid}, as an answer before this one had it"))
        })?;
        let limit = number(query, "limit")?.unwrap_or(MOST).min(MOST);
        if limit == 0 {
            return Err(refused("limit is 0: at least one segment is told at once".to_owned()));
        }
        let wait = number(query, "wait")?.map_or(Duration::ZERO, Duration::from_secs).min(LONGEST);
        let form = match query.get("headers") {
            None | Some("false") => Form::Changes,
            Some("true") => Form::Verifiable,
            Some(_) => return Err(refused("headers is neither true nor false".to_owned())),
        };
        Ok(Self { after, limit, wait, form })
    }
}

fn number(query: &Query, name: &str) -> Result<Option<u64>, Error> {
    let Some(text) = query.get(name) else { return Ok(None) };
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refused(format!("{name} is not a number")));
    }
    // Digits that are too many for a number are a large one.
    Ok(Some(text.parse().unwrap_or(u64::MAX)))
}

fn refused(text: String) -> Error {
    Error::BadRequest(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Question, Error> {
        Question::read(&Query::new(query))
    }

    #[test]
    fn what_is_asked_is_kept_in_its_limits() {
        let default = Question { after: None, limit: 500, wait: Duration::ZERO, form: Form::Changes };
        for query in ["", "after=&limit=&wait=&headers=", "limit=100000000000000000000&headers=false"] {
            assert_eq!(read(query).as_ref(), Ok(&default), "{query}");
        }
        let cursor = format!("7:sha256:{}", "0a".repeat(32));
        let all = read(&format!("after={cursor}&limit=3&wait=61&headers=true")).unwrap();
        assert_eq!(all.after.map(|after| after.to_string()), Some(cursor));
        assert_eq!((all.limit, all.wait, all.form), (3, LONGEST, Form::Verifiable));
    }

    #[test]
    fn what_cannot_be_asked_is_refused() {
        for query in ["after=7", "after=7:0a", "limit=0", "limit=-1", "wait=1.5", "wait=soon", "headers=yes"]
        {
            assert!(matches!(read(query), Err(Error::BadRequest(_))), "{query}");
        }
    }
}
