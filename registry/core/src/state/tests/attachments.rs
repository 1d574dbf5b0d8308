use super::attached::{self, Attached, MAX_FILE_BYTES, MAX_FILES};
use super::*;
use crate::release::{AttachedFile, Purpose};

/// A file for what was released.
fn file(released: &Released, purpose: Purpose, bytes: &str) -> Attached {
    let Coordinates { org, name, version } = released.description.coordinates.clone();
    Attached {
        org,
        name,
        version,
        platform: released.description.platform.clone(),
        folder: released.stored.folder,
        file: AttachedFile {
            purpose,
            media_type: "application/json".to_owned(),
            digest: Digest::of(bytes.as_bytes()),
            size: bytes.len() as u64,
            subject: None,
        },
    }
}

/// The same as another test needs it.
pub(super) fn sbom(released: &Released) -> Kind {
    file(released, Purpose::Sbom, "sbom").into()
}

fn attach(fold: &mut Fold, attached: Attached) -> Outcome {
    fold.segment(vec![attached.into()]).remove(0)
}

/// What is attached to a release, by the bytes that `file` was given.
fn listed(fold: &Fold, released: &Released) -> Vec<(Purpose, Digest)> {
    let Coordinates { org, name, version } = &released.description.coordinates;
    let package = fold.state.package(org, name).unwrap();
    let release = package.release(version, &released.description.platform).unwrap();
    package.attached(release).map(|file| (file.purpose, file.digest)).collect()
}

#[test]
fn files_are_attached_to_their_release_in_the_order_in_which_they_come() {
    let mut fold = Fold::new();
    let (any, java) = (release("acme/greet:1.0.0", "any", "a"), release("acme/greet:1.0.0", "java21", "b"));
    fold.segment(vec![any.clone().into(), java.clone().into()]);
    let before = fold.state.clone();
    let (two, one) = (Digest::of(b"two"), Digest::of(b"one"));
    for (purpose, bytes, outcome) in [
        (Purpose::Sbom, "two", Outcome::Accepted),
        (Purpose::Sbom, "one", Outcome::Accepted),
        (Purpose::Sbom, "two", Outcome::Duplicate),
        // The same bytes may be something else as well.
        (Purpose::Blob, "two", Outcome::Accepted),
    ] {
        assert_eq!(attach(&mut fold, file(&any, purpose, bytes)), outcome, "{purpose:?} {bytes}");
    }
    assert_eq!(listed(&fold, &any), [(Purpose::Sbom, two), (Purpose::Sbom, one), (Purpose::Blob, two)]);
    assert_eq!(listed(&fold, &java), []);
    assert_eq!(attach(&mut fold, file(&java, Purpose::Sbom, "two")), Outcome::Accepted);
    assert_eq!(listed(&fold, &java), [(Purpose::Sbom, two)]);
    // Whoever follows the packages that change, hears of it.
    assert_eq!(fold.state.changed_since(&before).count(), 1);
}

#[test]
fn what_is_attached_is_part_of_the_state() {
    let mut folds = [Fold::new(), Fold::new()];
    let released = release("acme/greet:1.0.0", "any", "a");
    for (fold, media_type) in folds.iter_mut().zip(["application/json", "text/plain"]) {
        let mut attached = file(&released, Purpose::Sbom, "sbom");
        media_type.clone_into(&mut attached.file.media_type);
        fold.segment(vec![released.clone().into(), attached.into()]);
        // Two logs differ; so that the states differ also otherwise, they are given one end.
        fold.state.head = Digest::of(b"");
    }
    assert_ne!(folds[0].state.digest(), folds[1].state.digest());
}

#[test]
fn a_file_needs_the_release_that_it_names() {
    let mut fold = Fold::new();
    let released = release("acme/greet:1.0.0", "any", "a");
    fold.push(released.clone());
    let sbom = || file(&released, Purpose::Sbom, "sbom");
    for (elsewhere, what) in [
        (Attached { org: "other".parse().unwrap(), ..sbom() }, "package"),
        (Attached { version: "1.0.1".parse().unwrap(), ..sbom() }, "version"),
        (Attached { platform: "java21".parse().unwrap(), ..sbom() }, "platform"),
        (Attached { folder: Uuid::from_u128(9), ..sbom() }, "folder"),
    ] {
        let reason = rejected(&attach(&mut fold, elsewhere));
        assert!(reason.contains("is not there"), "{what}: {reason}");
    }
    assert_eq!(listed(&fold, &released), []);
}

#[test]
fn what_a_release_may_have_beside_its_bala_is_limited() {
    let mut fold = Fold::new();
    let released = release("acme/greet:1.0.0", "any", "a");
    fold.push(released.clone());
    let sbom = |bytes: &str| file(&released, Purpose::Sbom, bytes);
    let mut large = sbom("large");
    large.file.size = MAX_FILE_BYTES + 1;
    let mut wordy = sbom("wordy");
    wordy.file.media_type = "x".repeat(256);
    for (attached, text) in [(large, "may have 16 MiB at most"), (wordy, "media type has 256 bytes")] {
        let reason = rejected(&attach(&mut fold, attached));
        assert!(reason.contains(text), "{reason}");
    }
    for number in 0..MAX_FILES {
        let mut attached = sbom(&number.to_string());
        attached.file.size = MAX_FILE_BYTES;
        assert_eq!(attach(&mut fold, attached), Outcome::Accepted);
    }
    let full = Outcome::Rejected(Reason::Attached(attached::Refused::TooMany {
        coordinates: released.description.coordinates.clone(),
        platform: Platform::any(),
    }));
    assert_eq!(attach(&mut fold, sbom("one more")), full);
    assert_eq!(attach(&mut fold, sbom("0")), Outcome::Duplicate);
}
