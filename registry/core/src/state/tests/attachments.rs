use super::attached::{self, Attached, MAX_FILE_BYTES, MAX_FILES};
use super::*;
use crate::api_docs::MAX_DOCS_BYTES;
use crate::change::{MAX_CHANGE_BYTES, Salt};
use crate::declaration::{Construct, Declaration, MAX_DECLARATIONS, MAX_DECLARED_BYTES, Quality};
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
            declares: Vec::new(),
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

/// API docs of a release, which declare this.
pub(super) fn docs(released: &Released, bytes: &str, declares: Vec<Declaration>) -> Attached {
    let mut attached = file(released, Purpose::Docs, bytes);
    attached.file.declares = declares;
    attached
}

fn client(name: &str) -> Declaration {
    let (module, name) = ("greet".to_owned(), name.to_owned());
    Declaration { construct: Construct::Client, module, name, summary: String::new(), qualities: Vec::new() }
}

/// What the docs of a release declare, by their digest.
fn declared(fold: &Fold, released: &Released) -> Option<(Digest, Vec<String>)> {
    let Coordinates { org, name, version } = &released.description.coordinates;
    let package = fold.state.package(org, name).unwrap();
    let file = package.docs(package.release(version, &released.description.platform).unwrap())?;
    Some((file.digest, file.declares.iter().map(|declaration| declaration.name.clone()).collect()))
}

#[test]
fn the_docs_that_come_last_count() {
    let mut fold = Fold::new();
    let (any, java) = (release("acme/greet:1.0.0", "any", "a"), release("acme/greet:1.0.0", "java21", "b"));
    fold.segment(vec![any.clone().into(), java.clone().into()]);
    assert_eq!((declared(&fold, &any), fold.state.documented().count()), (None, 0));
    for (bytes, outcome) in [
        ("one", Outcome::Accepted),
        ("one", Outcome::Duplicate),
        ("two", Outcome::Accepted),
        ("one", Outcome::Accepted),
        ("one", Outcome::Duplicate),
    ] {
        assert_eq!(attach(&mut fold, docs(&any, bytes, vec![client(bytes)])), outcome, "{bytes}");
        assert_eq!(
            declared(&fold, &any),
            Some((Digest::of(bytes.as_bytes()), vec![bytes.to_owned()])),
            "{bytes}"
        );
    }
    // Of those before, nothing is kept but that they are there.
    let (one, two) = (Digest::of(b"one"), Digest::of(b"two"));
    assert_eq!(listed(&fold, &any), [(Purpose::Docs, two), (Purpose::Docs, one)]);
    let package = fold.state.package(&any.description.coordinates.org, &any.description.coordinates.name);
    let package = package.unwrap();
    let release = package.release(&any.description.coordinates.version, &Platform::any()).unwrap();
    assert_eq!(package.attached(release).map(|file| file.declares.len()).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(declared(&fold, &java), None);
    let documented: Vec<_> = fold.state.documented().map(ToString::to_string).collect();
    assert_eq!(documented, ["acme/greet"]);
}

#[test]
fn what_is_declared_is_part_of_the_state() {
    let mut folds = [Fold::new(), Fold::new()];
    let released = release("acme/greet:1.0.0", "any", "a");
    for (fold, name) in folds.iter_mut().zip(["Client", "Other"]) {
        fold.segment(vec![released.clone().into(), docs(&released, "docs", vec![client(name)]).into()]);
        fold.state.head = Digest::of(b"");
    }
    assert_ne!(folds[0].state.digest(), folds[1].state.digest());
}

#[test]
fn what_docs_declare_is_limited() {
    let mut fold = Fold::new();
    let released = release("acme/greet:1.0.0", "any", "a");
    fold.push(released.clone());
    let mut large = docs(&released, "large", Vec::new());
    large.file.size = MAX_DOCS_BYTES + 1;
    let many = |count: usize| docs(&released, &format!("{count}"), vec![client("x"); count]);
    // A module and a name.
    let long = |bytes: usize| docs(&released, &format!("long {bytes}"), vec![client(&"x".repeat(bytes - 5))]);
    let mut other = docs(&released, "other", vec![client("x")]);
    other.file.purpose = Purpose::Sbom;
    for (attached, text) in [
        (large, "API docs may have 8 MiB at most, and these have 8388609 bytes"),
        (many(MAX_DECLARATIONS + 1), "declares 301 things"),
        (long(MAX_DECLARED_BYTES + 1), "with 32769 bytes of text"),
        (other, "only API docs declare any"),
    ] {
        let reason = rejected(&attach(&mut fold, attached));
        assert!(reason.contains(text), "{reason}");
    }
    assert_eq!((declared(&fold, &released), fold.state.documented().count()), (None, 0));
    for attached in [many(MAX_DECLARATIONS), long(MAX_DECLARED_BYTES)] {
        assert_eq!(attach(&mut fold, attached), Outcome::Accepted);
    }
}

/// Whatever is in names and summaries.
#[test]
fn the_longest_docs_are_well_within_a_change() {
    let released = release("acme/greet:1.0.0", "any", "a");
    let each = MAX_DECLARED_BYTES / MAX_DECLARATIONS - 5;
    let worst = Declaration {
        construct: Construct::Configurable,
        qualities: vec![Quality::Isolated, Quality::Closed, Quality::Distinct, Quality::Readonly],
        ..client(&"\u{1}".repeat(each))
    };
    let kind = docs(&released, "docs", vec![worst; MAX_DECLARATIONS]).into();
    let change = Change { id: Uuid::nil(), salt: Salt([0; 16]), actor: "token:ci".to_owned(), kind };
    assert!(change.to_line().len() < MAX_CHANGE_BYTES, "{}", change.to_line().len());
}
