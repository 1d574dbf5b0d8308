//! Why a version did not come.

use std::time::Duration;

use barre_core::mirror::{Fact, Question};

use crate::service::mirror::end::chain;
use crate::service::mirror::failure::Failure;
use crate::service::mirror::transport::Error;
use crate::service::mirror::upstream::Upstream;

/// Why a version did not come. The texts are for the log: they may tell of addresses and paths.
pub(super) enum Miss {
    /// Upstream does not answer: it may be so with all others, for as long as it says, if it does.
    Away(String, Option<Duration>),
    /// It is about this version.
    Wrong(String),
    /// This registry is in the way, or what was told of the mirror.
    Ours(String),
}

impl From<Error> for Miss {
    fn from(error: Error) -> Self {
        let text = chain(&error);
        if error.passes() || matches!(error, Error::Deadline) {
            Self::Away(text, error.after())
        } else {
            Self::Wrong(text)
        }
    }
}

impl From<Failure> for Miss {
    fn from(failure: Failure) -> Self {
        if failure.is_ours() {
            Self::Ours(failure.message)
        } else if failure.is_away() || failure.is_late {
            Self::Away(failure.message, failure.after)
        } else {
            Self::Wrong(failure.message)
        }
    }
}

/// The answer to one question.
pub(super) async fn answer(upstream: &Upstream, question: Question) -> Result<Fact, Miss> {
    match upstream.answer(vec![question]).await?.pop() {
        Some(Fact::Unanswered(_, why)) => Err(Miss::Wrong(why)),
        Some(fact) => Ok(fact),
        None => Err(Miss::Wrong("it says nothing of it".to_owned())),
    }
}
