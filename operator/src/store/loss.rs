//! Whether what is known of a registry is still in its store. Pure.

use barre_crds::condition::Reason;

use super::{
    log::LogSeen,
    request::Request,
    seen::{Look, Named},
};
use crate::pass::problem::Problem;

/// What is known of the registry and is not there. No pod may begin it anew, or write over a hole.
pub(super) fn loss(request: &Request<'_>, look: &Look) -> Option<Problem> {
    let store = request.backend.label();
    let expected = request.expected.registry.as_deref()?;
    let accept = |lost: &str| format!("annotate this Registry with {}={lost}", barre_crds::ACCEPT_LOSS);
    if look.named == Named::Unreadable {
        let message = format!(
            "registry.json in {store} cannot be read, and it named the registry {expected}: restore it"
        );
        return Some(Problem::new(Reason::LogDamaged, message));
    }
    match (look.named.id().filter(|_| look.exists), &look.log) {
        (None, _) => {
            let what = if look.exists { "has no registry in it" } else { "does not exist" };
            let message = format!(
                "{store} {what}, and it held the registry {expected}: restore it from a backup, or correct {}. To give up \
                 everything that was published and begin anew, empty the {} and {}",
                request.backend.dialect.fields,
                request.backend.noun,
                accept(expected)
            );
            Some(Problem::new(Reason::DataMissing, message))
        }
        (Some(found), _) if found != expected => {
            let message = format!(
                "{store} holds the registry {found}, and it held {expected}: restore that, or correct {}. To go on with \
                 {found} instead, {}",
                request.backend.dialect.fields,
                accept(expected)
            );
            Some(Problem::new(Reason::RegistryExchanged, message))
        }
        (Some(_), LogSeen::None) => {
            let message = format!(
                "the log of the registry {expected} in {store} is gone: restore the folder log/ from a backup. To give up \
                 everything that was published and begin anew, empty the {} and {}",
                request.backend.noun,
                accept(expected)
            );
            Some(Problem::new(Reason::LogLost, message))
        }
        (Some(_), LogSeen::Behind(cursor)) => {
            let message = format!(
                "the log in {store} lacks segment {}, or holds another one there: it was restored from an old backup, or \
                 something deleted its end. Restore a newer backup. To go on without what is missing, {}",
                cursor.seq,
                accept(&cursor.to_string())
            );
            Some(Problem::new(Reason::LogRewound, message))
        }
        (Some(_), LogSeen::At(_)) => None,
    }
}
