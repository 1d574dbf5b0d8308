//! `maven-metadata.xml` of a group for a distribution: how it is asked for, and how it is answered.

use std::fmt::Display;
use std::future::ready;
use std::str::FromStr;
use std::sync::Arc;

use barre_core::distribution::Distribution;
use futures::future::BoxFuture;
use http::header::CACHE_CONTROL;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::path::Tail;
use warp::reject::Rejection;
use warp::reply::Response;

use super::super::door::Place;
use super::question::{FILE, Question};
use crate::api::common::answer::Answer;
use crate::api::common::call::{Call, read};
use crate::api::common::error::Error;
use crate::api::common::inputs::{Encoding, LinkBase};
use crate::api::common::made::{self, Tag, unneeded};
use crate::api::common::query::Query;
use crate::service::Services;

pub(super) type MetadataCall = Call<(Encoding, LinkBase)>;

/// `v2201-13-0`, where it is one.
#[derive(Debug, Clone, Copy)]
pub(super) struct For(pub(super) Distribution);

impl FromStr for For {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Distribution::of_tag(text).map(Self).ok_or(())
    }
}

impl Question {
    /// A query as behind the `?` of a URL, although clients encode nothing in it.
    pub(super) fn query(&self) -> Result<Query, Error> {
        let text = self.text().ok_or_else(|| {
            Error::BadRequest("the question in the path is not a text in Base64, like cT1odHRw".to_owned())
        })?;
        Ok(Query::new(&text))
    }
}

/// A question to a group, and who asks it where.
pub(super) struct Asked {
    pub(super) call: MetadataCall,
    pub(super) place: Place,
    pub(super) distribution: Distribution,
    pub(super) question: Question,
}

/// `…/{distribution}/{group}/{question}/maven-metadata.xml`, answered by what `search` finds.
pub(super) fn of_group(
    services: &Arc<Services>,
    place: Place,
    group: &'static str,
    search: for<'a> fn(&'a Asked) -> BoxFuture<'a, Result<Answer, Error>>,
) -> BoxedFilter<(Response,)> {
    let question = warp::path::tail()
        .and_then(|tail: Tail| ready(Question::parse(tail.as_str()).ok_or_else(warp::reject::not_found)));
    let asked =
        place.path().and(warp::path::param()).and(warp::path(group)).and(question).and(read(services));
    asked
        .then(move |For(distribution), question, call: MetadataCall| async move {
            let asked = Asked { call, place, distribution, question };
            let found = search(&asked).await;
            place.answer(&asked.call, found)
        })
        .boxed()
}

/// The end of a path, behind an artifact that is one part of it.
pub(super) fn file() -> impl Filter<Extract = (), Error = Rejection> + Clone {
    warp::path(FILE).and(warp::path::end())
}

/// A document for whoever asks, which caches must ask for again.
pub(super) async fn answered(
    call: &MetadataCall,
    tag: Option<&Tag>,
    document: &(impl Display + Sync),
) -> Result<Answer, Error> {
    let (encoding, _) = &call.inputs;
    let known = tag.map(|tag| unneeded(call, tag)).transpose()?.flatten();
    let response = match known {
        Some(response) => response,
        None => made::xml(call, *encoding, tag, document).await?,
    };
    Ok(Answer::new(response).with(CACHE_CONTROL, "no-cache".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_distribution_is_one() {
        assert!("v2201-13-0".parse::<For>().is_ok());
        assert!("acme".parse::<For>().is_err());
    }

    #[test]
    fn what_is_no_question_is_refused_with_what_one_is() {
        let question = Question::parse("?/maven-metadata.xml").unwrap();
        let refused = question.query().unwrap_err();
        assert!(matches!(refused, Error::BadRequest(text) if text.contains("Base64")));
    }
}
