//! What is to be done with a store in a given state. Pure.

use barre_contract::bucket::{MARKER, Marker, Provenance};
use barre_crds::{condition::Reason, registry::Provisioning};

use super::request::Request;
use crate::pass::problem::Problem;

/// How the store came to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ownership {
    /// We made it, or took an empty one, and marked it.
    Created,
    /// It was there with its content, and the spec says to use it.
    Adopted,
}

/// What a look at the store showed.
#[derive(Default, Debug)]
pub(super) struct Look {
    pub(super) exists: bool,
    /// This very pass made it.
    pub(super) made: bool,
    pub(super) marker: Option<Marker>,
    /// There is state of a registry under the prefix.
    pub(super) filled: bool,
    /// The id of the registry there, if the marker names another owner.
    pub(super) registry_id: Option<String>,
}

/// The next step.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Done(Ownership),
    Make,
    /// Write the marker where there is none.
    Mark(Marker),
    /// Write the marker over another's.
    Replace(Marker),
    Refuse(Problem),
}

/// Decides.
pub(super) fn decide(request: &Request<'_>, look: &Look) -> Step {
    let (store, noun) = (request.backend.label(), request.backend.noun);
    if let Some(marker) = &look.marker {
        return if marker.owner == request.owner {
            Step::Done(Ownership::Created)
        } else {
            claimed(request, look, marker)
        };
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
        (Provisioning::Adopt, true, _) => Step::Done(Ownership::Adopted),
    }
}

/// Another Registry's marker: only who names the registry id may replace it.
fn claimed(request: &Request<'_>, look: &Look, marker: &Marker) -> Step {
    let id = look.registry_id.as_deref();
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
    use barre_crds::registry::Storage;

    use super::*;
    use crate::store::fixture;

    const ID: &str = "0198c0de-0000-4000-8000-000000000001";

    fn step(provisioning: Provisioning, take_over: Option<&str>, look: &Look) -> Step {
        let storage = Storage { provisioning, ..fixture::storage() };
        fixture::with_request(&storage, take_over, |request| decide(request, look))
    }

    fn marked(owner: &str) -> Look {
        let marker = Some(Marker::new(owner, Provenance::Created));
        Look { exists: true, marker, filled: true, registry_id: Some(ID.into()), ..Look::default() }
    }

    #[track_caller]
    fn refused(step: Step, reason: Reason, hint: &str) {
        let Step::Refuse(problem) = step else { panic!("not refused: {step:?}") };
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
            assert_eq!(step(Adopt, None, &look), Step::Done(Ownership::Adopted));
        }
    }

    #[test]
    fn a_registry_that_is_made_again_finds_its_own() {
        for provisioning in [Provisioning::Create, Provisioning::Adopt] {
            let step = step(provisioning, None, &marked("c/team/packages"));
            assert_eq!(step, Step::Done(Ownership::Created));
        }
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
