use super::evicted::{self, Evicted};
use super::*;

/// That release goes.
pub(super) fn evict(released: &Released) -> Kind {
    let Coordinates { org, name, version } = released.description.coordinates.clone();
    let (platform, digest) = (released.description.platform.clone(), released.stored.digest);
    Evicted { org, name, version, platform, digest, why: "not selected".to_owned() }.into()
}

/// The same bytes by another push.
fn again(released: &Released, folder: u128) -> Released {
    let stored = Stored { folder: Uuid::from_u128(folder), ..released.stored.clone() };
    Released { stored, ..released.clone() }
}

fn versions(fold: &Fold, name: &str) -> Option<Vec<String>> {
    let package = fold.state.package(&"x".parse().unwrap(), &name.parse().unwrap())?;
    let shown = |(version, releases): (&_, &[Arc<Release>])| format!("{version} {}", releases.len());
    Some(package.versions().map(shown).collect())
}

#[test]
fn what_goes_is_in_no_list_and_its_package_goes_with_its_last_version() {
    let mut fold = Fold::new();
    let releases = [("1.0.0", "any"), ("1.0.0", "java21"), ("2.0.0", "any")].map(|(version, platform)| {
        mirrored(&format!("x/y:{version}"), platform, &format!("{version} {platform}"))
    });
    for released in &releases {
        fold.push(released.clone());
        fold.segment(vec![attachments::sbom(released)]);
    }
    let mut before = fold.state.clone();
    for (released, left) in
        releases.iter().zip([Some(vec!["1.0.0 1", "2.0.0 1"]), Some(vec!["2.0.0 1"]), None])
    {
        assert_eq!(fold.segment(vec![evict(released)]), [Outcome::Accepted]);
        assert_eq!(versions(&fold, "y"), left.map(|left| left.into_iter().map(str::to_owned).collect()));
        // Whoever follows the packages that change, hears of it.
        let changed: Vec<_> = fold.state.changed_since(&before).map(|(id, _)| id.to_string()).collect();
        assert_eq!(changed, ["x/y"]);
        before = fold.state.clone();
        assert_eq!(fold.segment(vec![evict(released)]), [Outcome::Duplicate]);
    }
    assert!(fold.state.packages().next().is_none());
}

#[test]
fn a_package_has_docs_as_long_as_one_of_its_versions_has() {
    let mut fold = Fold::new();
    let releases =
        ["1.0.0", "2.0.0", "3.0.0"].map(|version| mirrored(&format!("x/y:{version}"), "any", version));
    for released in &releases {
        fold.push(released.clone());
    }
    for released in &releases[..2] {
        fold.segment(vec![attachments::docs(released, "docs", Vec::new()).into()]);
    }
    let documented = |fold: &Fold| fold.state.documented().count();
    for (released, left) in releases.iter().zip([1, 0, 0]) {
        fold.segment(vec![evict(released)]);
        assert_eq!(documented(&fold), left);
    }
}

#[test]
fn only_the_same_bytes_come_back_and_only_from_there() {
    let mut fold = Fold::new();
    let released = mirrored("x/y:1.0.0", "any", "a");
    fold.segment(vec![released.clone().into(), attachments::sbom(&released), evict(&released)]);
    let coordinates = &released.description.coordinates;
    assert_eq!(fold.state.evicted(coordinates, &Platform::any()), Some(released.stored.digest));
    let reason = rejected(&fold.push(mirrored("x/y:1.0.0", "any", "b")));
    assert!(
        reason.starts_with("x/y:1.0.0 for platform any was here with other content (sha256:"),
        "{reason}"
    );
    let mut pushed = again(&released, 7);
    pushed.stored.origin = Origin::Local;
    assert!(rejected(&fold.push(pushed)).contains("filled by the mirror m"));
    let other = Stored { origin: Origin::Mirror("n".to_owned()), ..again(&released, 7).stored };
    assert!(rejected(&fold.push(Released { stored: other, ..released.clone() })).contains("by the mirror m"));
    // Its files may be gone.
    let refused = |refused| Outcome::Rejected(Reason::Released(refused));
    assert_eq!(fold.push(released.clone()), refused(released::Refused::Condemned));
    assert_eq!(fold.push(again(&released, 8)), Outcome::Accepted);
    assert_eq!(fold.state.evicted(coordinates, &Platform::any()), None);
    let package = fold.state.package(&coordinates.org, &coordinates.name).unwrap();
    let there = package.release(&coordinates.version, &Platform::any()).unwrap();
    assert_eq!(package.attached(there).count(), 0, "what was beside it was deleted with it");
    assert_eq!(fold.segment(vec![evict(&released)]), [Outcome::Accepted]);
}

#[test]
fn what_is_not_there_or_was_pushed_stays() {
    let mut fold = Fold::new();
    let (pushed, brought) = (release("acme/greet:1.0.0", "any", "a"), mirrored("x/y:1.0.0", "any", "b"));
    fold.segment(vec![pushed.clone().into(), brought.clone().into()]);
    let evict_as = |change: fn(&mut Evicted)| {
        let Kind::Evicted(mut evicted) = evict(&brought) else { unreachable!() };
        change(&mut evicted);
        Kind::from(*evicted)
    };
    for (kind, text) in [
        (evict(&pushed), "acme/greet:1.0.0 for platform any was pushed to this registry"),
        (evict_as(|e| e.version = "1.0.1".parse().unwrap()), "x/y:1.0.1 for platform any is not there"),
        (evict_as(|e| e.platform = "java21".parse().unwrap()), "for platform java21 is not there"),
        (evict_as(|e| e.name = "z".parse().unwrap()), "x/z:1.0.0 for platform any is not there"),
        (evict_as(|e| e.digest = Digest::of(b"c")), "and another one was to go"),
    ] {
        let before = fold.state.packages.clone();
        let reason = rejected(&fold.segment(vec![kind])[0]);
        assert!(reason.contains(text), "{reason}");
        assert!(fold.state.packages == before);
    }
    fold.segment(vec![evict(&brought)]);
    let other = evict_as(|e| e.digest = Digest::of(b"c"));
    let refused = Outcome::Rejected(Reason::Evicted(evicted::Refused::NoRelease {
        coordinates: brought.description.coordinates,
        platform: Platform::any(),
    }));
    assert_eq!(fold.segment(vec![other]), [refused]);
}

#[test]
fn what_has_gone_keeps_its_names() {
    let mut fold = Fold::new();
    let mut tool = mirrored("x/Tool:1.0.0-rc.1", "any", "a");
    tool.description.tool = Some("scan".to_owned());
    fold.segment(vec![tool.clone().into(), evict(&tool)]);
    assert_eq!(versions(&fold, "Tool"), None);
    let mut thief = mirrored("y/tool:1.0.0", "any", "b");
    thief.description.tool = Some("scan".to_owned());
    for (released, text) in [
        (mirrored("x/tool:1.0.0", "any", "b"), "a package named x/Tool"),
        (mirrored("x/Tool:1.0.0-RC.1", "any", "b"), "version 1.0.0-rc.1 of this package exists"),
        (thief, "the tool id \"scan\" is taken"),
    ] {
        let reason = rejected(&fold.push(released));
        assert!(reason.contains(text), "{reason}");
    }
    assert_eq!(fold.push(again(&tool, 7)), Outcome::Accepted);
}

#[test]
fn what_has_gone_is_part_of_the_state() {
    let mut folds = [Fold::new(), Fold::new()];
    for (fold, bytes) in folds.iter_mut().zip(["a", "b"]) {
        let mut released = mirrored("x/y:1.0.0", "any", bytes);
        released.stored.folder = Uuid::from_u128(7);
        fold.segment(vec![released.clone().into(), evict(&released)]);
        // Two logs differ; so that the states differ also otherwise, they are given one end.
        fold.state.head = Digest::of(b"");
    }
    assert_ne!(folds[0].state.digest(), folds[1].state.digest());
}
