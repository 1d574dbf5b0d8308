//! What is to be done with a store in a given state. Pure.

use barre_contract::{
    bucket::{MARKER, Marker, Provenance},
    known::Known,
};
use barre_crds::{condition::Reason, registry::Provisioning};

use super::{loss::loss, request::Request, seen::Look};
use crate::pass::problem::Problem;

/// How the store came to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ownership {
    /// We made it, or took an empty one, and marked it.
    Created,
    /// It was there with its content, and the spec says to use it.
    Adopted,
}

/// What a store is to its Registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) ownership: Ownership,
    /// The registry in it, once its log has begun.
    pub(crate) known: Option<Known>,
}

/// The next step.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Done(Standing),
    Make,
    /// Write the marker where there is none.
    Mark(Marker),
    /// Write the marker over another's.
    Replace(Marker),
    /// Data that is known is not there.
    Lose(Problem),
    Refuse(Problem),
}

/// Decides.
pub(super) fn decide(request: &Request<'_>, look: &Look) -> Step {
    let (store, noun) = (request.backend.label(), request.backend.noun);
    if let Some(marker) = look.marker.as_ref().filter(|marker| marker.owner != request.owner) {
        return claimed(request, look, marker);
    }
    if let Some(problem) = loss(request, look) {
        return Step::Lose(problem);
    }
    let known = look.known();
    let done = |ownership| Step::Done(Standing { ownership, known: known.clone() });
    if look.marker.is_some() {
        return done(Ownership::Created);
    }
    if request.expected.registry.is_some() {
        return done(Ownership::Adopted);
    }
    match (request.storage.provisioning, look.exists, look.filled) {
        (Provisioning::Create, false, _) => Step::Make,
        (Provisioning::Create, true, false) => {
            let provenance = if look.made { Provenance::Created } else { Provenance::Taken };
            Step::Mark(Marker::new(request.owner, provenance))
        }
        (Provisioning::Create, true, true) => Step::Refuse(Problem::new(
            Reason::BucketOwnedByAnother,
            format!(
                "{store} holds packages that this Registry did not put there; \
                 set storage.provisioning: Adopt to use them, or choose another {noun} or prefix"
            ),
        )),
        (Provisioning::Adopt, false, _) => Step::Refuse(Problem::new(
            Reason::BucketNotFound,
            format!("{store} does not exist; create it, or set storage.provisioning: Create"),
        )),
        (Provisioning::Adopt, true, _) => done(Ownership::Adopted),
    }
}

/// Another Registry's marker: only who names the registry id may replace it.
fn claimed(request: &Request<'_>, look: &Look, marker: &Marker) -> Step {
    let id = look.named.id();
    if id.is_some() && id == request.take_over {
        return Step::Replace(Marker::new(request.owner, Provenance::Taken));
    }
    let how = match id {
        Some(id) => format!("annotate this Registry with {}={id}", barre_crds::TAKE_OVER),
        None => format!("delete its {MARKER}"),
    };
    Step::Refuse(Problem::new(
        Reason::BucketOwnedByAnother,
        format!(
            "{} belongs to the Registry '{}' (cluster/namespace/name); choose another {} or prefix, \
             or, if that Registry is gone, {how}",
            request.backend.label(),
            marker.owner,
            request.backend.noun
        ),
    ))
}

#[cfg(test)]
mod tests {
    use barre_contract::known::Cursor;
    use barre_crds::registry::Storage;

    use super::*;
    use crate::store::{Expected, fixture, log::LogSeen, seen::Named};

    const ID: &str = "0198c0de-0000-4000-8000-000000000001";

    fn step(provisioning: Provisioning, take_over: Option<&str>, look: &Look) -> Step {
        let storage = Storage { provisioning, ..fixture::storage() };
        fixture::with_request(&storage, take_over, |request| decide(request, look))
    }

    /// What is to be done where the registry `ID` is known to have come to `cursor`.
    fn step_of_known(provisioning: Provisioning, look: &Look) -> Step {
        let storage = Storage { provisioning, ..fixture::storage() };
        let expected = Expected { registry: Some(ID.into()), cursor: Some(cursor(7)) };
        fixture::with_request(&storage, None, |request| {
            decide(&Request { expected: &expected, ..request.clone() }, look)
        })
    }

    fn cursor(seq: u64) -> Cursor {
        Cursor { seq, head: format!("sha256:{}", "0a".repeat(32)) }
    }

    fn done(ownership: Ownership) -> Step {
        Step::Done(Standing { ownership, known: None })
    }

    fn marked(owner: &str) -> Look {
        let marker = Some(Marker::new(owner, Provenance::Created));
        Look { exists: true, marker, filled: true, named: Named::Id(ID.into()), ..Look::default() }
    }

    #[track_caller]
    fn refused(step: Step, reason: Reason, hint: &str) {
        let (Step::Refuse(problem) | Step::Lose(problem)) = step else { panic!("not refused: {step:?}") };
        assert_eq!(problem.reason, reason);
        assert!(problem.message.contains(hint), "'{hint}' is not in: {}", problem.message);
    }

    #[test]
    fn create_makes_what_is_missing_and_marks_it() {
        use Provisioning::Create;
        assert_eq!(step(Create, None, &Look::default()), Step::Make);

        let made = Look { exists: true, made: true, ..Look::default() };
        let Step::Mark(marker) = step(Create, None, &made) else { panic!() };
        assert_eq!(
            serde_json::to_string(&marker).unwrap(),
            r#"{"v":1,"owner":"c/team/packages","bucket":"Created"}"#
        );

        let empty = Look { exists: true, ..Look::default() };
        let Step::Mark(marker) = step(Create, None, &empty) else { panic!() };
        assert_eq!(marker.bucket, Provenance::Taken);
    }

    #[test]
    fn create_refuses_what_others_filled() {
        let filled = Look { exists: true, filled: true, ..Look::default() };
        let step = step(Provisioning::Create, None, &filled);
        refused(step, Reason::BucketOwnedByAnother, "provisioning: Adopt");
    }

    #[test]
    fn adopt_takes_what_is_there_and_makes_nothing() {
        use Provisioning::Adopt;
        refused(step(Adopt, None, &Look::default()), Reason::BucketNotFound, "provisioning: Create");
        for filled in [true, false] {
            let look = Look { exists: true, filled, ..Look::default() };
            assert_eq!(step(Adopt, None, &look), done(Ownership::Adopted));
        }
    }

    #[test]
    fn a_registry_that_is_made_again_finds_its_own() {
        for provisioning in [Provisioning::Create, Provisioning::Adopt] {
            let step = step(provisioning, None, &marked("c/team/packages"));
            assert_eq!(step, done(Ownership::Created));
        }
    }

    #[test]
    fn a_registry_that_is_known_is_used_as_it_is_and_never_made_again() {
        let there = Look {
            exists: true,
            filled: true,
            named: Named::Id(ID.into()),
            log: LogSeen::At(cursor(9)),
            ..Look::default()
        };
        let lost = |look: Look, reason, hint| {
            for provisioning in [Provisioning::Create, Provisioning::Adopt] {
                refused(step_of_known(provisioning, &look), reason, hint);
            }
        };
        for provisioning in [Provisioning::Create, Provisioning::Adopt] {
            let known = Known { registry_id: ID.into(), cursor: cursor(9) };
            let standing = Standing { ownership: Ownership::Adopted, known: Some(known) };
            assert_eq!(
                step_of_known(provisioning, &there),
                Step::Done(standing),
                "also after Adopt was taken back"
            );
        }
        let accept_id = format!("barre.dev/accept-loss={ID}");
        lost(Look::default(), Reason::DataMissing, &accept_id);
        lost(Look { exists: true, ..Look::default() }, Reason::DataMissing, &accept_id);
        let marked = Some(Marker::new("c/team/packages", Provenance::Created));
        lost(
            Look { exists: true, marker: marked, ..Look::default() },
            Reason::DataMissing,
            "has no registry in it",
        );
        lost(
            Look { exists: true, named: Named::Unreadable, ..Look::default() },
            Reason::LogDamaged,
            "restore it",
        );
        let other = Look { named: Named::Id("other".into()), ..there_again(&there) };
        lost(other, Reason::RegistryExchanged, "holds the registry other");
        lost(Look { log: LogSeen::None, ..there_again(&there) }, Reason::LogLost, "restore the folder log/");
        let behind = Look { log: LogSeen::Behind(cursor(7)), ..there_again(&there) };
        lost(behind, Reason::LogRewound, &format!("barre.dev/accept-loss={}", cursor(7)));
    }

    fn there_again(look: &Look) -> Look {
        Look { named: look.named.clone(), log: look.log.clone(), marker: None, ..*look }
    }

    #[test]
    fn a_foreign_bucket_needs_the_registry_id() {
        for provisioning in [Provisioning::Create, Provisioning::Adopt] {
            let others = marked("c/other/packages");
            refused(step(provisioning, None, &others), Reason::BucketOwnedByAnother, ID);
            refused(
                step(provisioning, Some("wrong"), &others),
                Reason::BucketOwnedByAnother,
                "c/other/packages",
            );
            assert!(matches!(step(provisioning, Some(ID), &others), Step::Replace(_)));
        }
        let unreadable =
            Look { marker: Some(Marker::new("unknown", Provenance::Taken)), exists: true, ..Look::default() };
        refused(step(Provisioning::Create, None, &unreadable), Reason::BucketOwnedByAnother, "unknown");
    }
}
