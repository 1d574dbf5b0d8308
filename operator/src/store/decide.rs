//! What is to be done with a bucket in a given state. Pure.

use barre_crds::{condition::Reason, registry::Provisioning};
use serde::{Deserialize, Serialize};

use super::{Ownership, Request};
use crate::pass::problem::Problem;

/// What `provisioned.json` says: that a Registry made this bucket, or took it empty.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub(super) struct Marker {
    v: u8,
    pub(super) owner: String,
    bucket: Origin,
}

/// How a marked bucket came to be.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// The operator made it.
    Created,
    /// It was there and empty, or another Registry gave it up.
    Taken,
}

/// What a look at the bucket showed.
#[derive(Default, Debug)]
pub(super) struct Findings {
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
    CreateBucket,
    /// Write the marker where there is none.
    Mark(Marker),
    /// Write the marker over another's.
    Replace(Marker),
    Refuse(Problem),
}

impl Marker {
    fn new(owner: &str, bucket: Origin) -> Self {
        Self { v: 1, owner: owner.to_owned(), bucket }
    }

    /// Parses a marker; what cannot be read belongs to somebody else.
    pub(super) fn parse(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).unwrap_or_else(|_| Self::new("unknown", Origin::Taken))
    }
}

/// Decides.
pub(super) fn decide(request: &Request<'_>, findings: &Findings) -> Step {
    let bucket = &request.s3.bucket;
    if let Some(marker) = &findings.marker {
        return if marker.owner == request.owner {
            Step::Done(Ownership::Created)
        } else {
            claimed(request, findings, marker)
        };
    }
    match (request.storage.provisioning, findings.exists, findings.filled) {
        (Provisioning::Create, false, _) => Step::CreateBucket,
        (Provisioning::Create, true, false) => {
            let origin = if findings.made { Origin::Created } else { Origin::Taken };
            Step::Mark(Marker::new(request.owner, origin))
        }
        (Provisioning::Create, true, true) => Step::Refuse(Problem::new(
            Reason::BucketOwnedByAnother,
            format!(
                "bucket '{bucket}' holds packages that this Registry did not put there; \
                 set storage.provisioning: Adopt to use them, or choose another bucket or prefix"
            ),
        )),
        (Provisioning::Adopt, false, _) => Step::Refuse(Problem::new(
            Reason::BucketNotFound,
            format!("bucket '{bucket}' does not exist; create it, or set storage.provisioning: Create"),
        )),
        (Provisioning::Adopt, true, _) => Step::Done(Ownership::Adopted),
    }
}

/// Another Registry's marker: only who names the registry id may replace it.
fn claimed(request: &Request<'_>, findings: &Findings, marker: &Marker) -> Step {
    let id = findings.registry_id.as_deref();
    if id.is_some() && id == request.take_over {
        return Step::Replace(Marker::new(request.owner, Origin::Taken));
    }
    let how = match id {
        Some(id) => format!("annotate this Registry with {}={id}", barre_crds::TAKE_OVER),
        None => "delete its provisioned.json".to_owned(),
    };
    Step::Refuse(Problem::new(
        Reason::BucketOwnedByAnother,
        format!(
            "bucket '{}' belongs to the Registry '{}' (cluster/namespace/name); choose another bucket or prefix, \
             or, if that Registry is gone, {how}",
            request.s3.bucket, marker.owner
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{registry::fixture, store::Keys};

    const ID: &str = "0198c0de-0000-4000-8000-000000000001";

    fn step(provisioning: Provisioning, take_over: Option<&str>, findings: &Findings) -> Step {
        let mut registry = fixture::minimal();
        registry.spec.storage.provisioning = provisioning;
        let keys = Keys { access_key_id: "a".into(), secret_access_key: "b".into(), session_token: None };
        let storage = &registry.spec.storage;
        let s3 = storage.s3.as_ref().unwrap();
        decide(&Request { storage, s3, keys: &keys, owner: "c/team/packages", take_over }, findings)
    }

    fn marked(owner: &str) -> Findings {
        let marker = Some(Marker::new(owner, Origin::Created));
        Findings { exists: true, marker, filled: true, registry_id: Some(ID.into()), ..Findings::default() }
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
        assert_eq!(step(Create, None, &Findings::default()), Step::CreateBucket);

        let made = Findings { exists: true, made: true, ..Findings::default() };
        let Step::Mark(marker) = step(Create, None, &made) else { panic!() };
        assert_eq!(
            serde_json::to_string(&marker).unwrap(),
            r#"{"v":1,"owner":"c/team/packages","bucket":"Created"}"#
        );

        let empty = Findings { exists: true, ..Findings::default() };
        let Step::Mark(marker) = step(Create, None, &empty) else { panic!() };
        assert_eq!(marker.bucket, Origin::Taken);
    }

    #[test]
    fn create_refuses_what_others_filled() {
        let filled = Findings { exists: true, filled: true, ..Findings::default() };
        let step = step(Provisioning::Create, None, &filled);
        refused(step, Reason::BucketOwnedByAnother, "provisioning: Adopt");
    }

    #[test]
    fn adopt_takes_what_is_there_and_makes_nothing() {
        use Provisioning::Adopt;
        refused(step(Adopt, None, &Findings::default()), Reason::BucketNotFound, "provisioning: Create");
        for filled in [true, false] {
            let findings = Findings { exists: true, filled, ..Findings::default() };
            assert_eq!(step(Adopt, None, &findings), Step::Done(Ownership::Adopted));
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
        let unreadable = Findings { marker: Some(Marker::parse(b"{}")), exists: true, ..Findings::default() };
        refused(step(Provisioning::Create, None, &unreadable), Reason::BucketOwnedByAnother, "unknown");
    }
}
