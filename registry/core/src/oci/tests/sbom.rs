//! SBOMs that came over another protocol.

use super::*;
use crate::maven::SBOM_TYPE;

const SBOMS: [&str; 2] = ["sbom", "newer sbom"];

fn sbom(text: &str) -> AttachedFile {
    let (media_type, size) = (SBOM_TYPE.to_owned(), text.len() as u64);
    AttachedFile {
        purpose: Purpose::Sbom,
        media_type,
        digest: Digest::of(text.as_bytes()),
        size,
        subject: None,
        declares: Vec::new(),
    }
}

fn value(value: impl serde::Serialize) -> serde_json::Value {
    serde_json::to_value(value).unwrap()
}

/// Clients keep these digests, as they do others.
#[test]
fn each_refers_to_every_manifest_of_its_release() {
    let state = shop();
    let release = Arc::clone(&greet(&state).version(&version("1.0.0"))[0]);
    let pushed = Digest::of(b"pushed");
    let state = attach(&state, &release, kept(Purpose::Manifest, pushed, None));
    let state = SBOMS.iter().fold(state, |state, text| attach(&state, &release, sbom(text)));
    let state = deprecate(&state, "old");
    let (digests, graph_of) = (digests(&state), |release: &Release| state.graph(release));
    let mut all = Vec::new();
    for subject in [package(&release, None).digest, package(&release, Some("old")).digest, pushed] {
        let found = digests.find(subject, anybody).unwrap();
        let listed = found.referrers(&graph_of, greet(&state).attached(&release));
        assert_eq!(listed.len(), 1 + SBOMS.len());
        for (referrer, text) in listed[1..].iter().zip(SBOMS) {
            let found = digests.find(referrer.digest, anybody).unwrap();
            assert!(found.is_manifest() && found.referrers(&graph_of, none()).is_empty());
            let manifest = found.manifest(&graph_of).unwrap();
            assert_eq!((manifest.digest, Digest::of(&manifest.bytes)), (referrer.digest, referrer.digest));
            assert_eq!(value(referrer)["size"], manifest.bytes.len());
            let blob = digests.find(Digest::of(text.as_bytes()), anybody).unwrap();
            assert_eq!(
                (blob.is_manifest(), blob.kept_blob().map(|file| &**file)),
                (false, Some(&sbom(text)))
            );
            all.push(format!("{}\n{}", value(referrer), self::text(&manifest)));
        }
    }
    insta::assert_snapshot!("sboms", all.join("\n"));
}

/// Two platforms have one SBOM, and one of them is for few.
#[test]
fn one_of_several_releases_is_found_by_whoever_may_see_any() {
    let state = shop();
    let releases = greet(&state).version(&version("1.0.0")).to_vec();
    for purpose in [Purpose::Sbom, Purpose::Blob] {
        let other = AttachedFile { purpose, ..sbom("sbom") };
        let state = attach(&attach(&state, &releases[0], sbom("sbom")), &releases[1], other);
        let found = digests(&state).find(Digest::of(b"sbom"), anybody).unwrap().clone();
        assert_eq!(found.release.stored.folder, releases[1].stored.folder, "{purpose:?}");
        for release in &releases[..2] {
            let sees = |other: &Release| other.stored.folder == release.stored.folder;
            let found = digests(&state).find(Digest::of(b"sbom"), sees).unwrap().clone();
            assert_eq!(found.release.stored.folder, release.stored.folder, "{purpose:?}");
        }
        assert!(digests(&state).find(Digest::of(b"sbom"), |_| false).is_none());
    }
    // But a manifest stays one.
    let state = attach(&state, &releases[0], kept(Purpose::Manifest, Digest::of(b"sbom"), None));
    let state = attach(&state, &releases[1], sbom("sbom"));
    assert!(digests(&state).find(Digest::of(b"sbom"), anybody).unwrap().is_manifest());
}
