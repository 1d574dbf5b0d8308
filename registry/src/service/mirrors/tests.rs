use barre_core::admission::Facts;
use barre_core::mirror::Verdict;
use barre_core::package::Coordinates;
use barre_core::release::Origin;
use jiff::Timestamp;

use super::*;

fn denying(name: &str) -> String {
    format!(
        r#"{{"mirrors":[{{"id":"m","name":"team/m","upstream":{{"url":"https://u"}},
            "admission":{{"deny":[{{"rule":{{"organization":"acme","name":"{name}"}},"reason":"x"}}]}}}}]}}"#
    )
}

async fn open(content: &str) -> (tempfile::TempDir, PathBuf, Metrics, Result<MirrorsFile, MirrorsUnusable>) {
    let folder = tempfile::tempdir().unwrap();
    let (path, metrics) = (folder.path().join("mirrors.json"), Metrics::new());
    std::fs::write(&path, content).unwrap();
    let file = MirrorsFile::open(Some(path.clone()), metrics.clone()).await;
    (folder, path, metrics, file)
}

fn denies(file: &MirrorsFile, name: &str) -> bool {
    let coordinates: Coordinates = format!("acme/{name}:1.0.0").parse().unwrap();
    let origin = Origin::Mirror("m".to_owned());
    let facts = Facts { coordinates: &coordinates, digest: None, origin: &origin, published: None };
    file.in_force().admission.verdict(facts, Timestamp::UNIX_EPOCH) != Verdict::Admitted
}

#[tokio::test]
async fn a_changed_file_holds_and_one_that_cannot_be_used_does_not() {
    let (_folder, path, metrics, file) = open(&denying("first")).await;
    let file = file.unwrap();
    let unusable = || metrics.encode(Timestamp::UNIX_EPOCH).contains("\nbarre_mirrors_unusable 1\n");
    let expect = |name: &str, generation: u64, is_unusable: bool| {
        assert!(denies(&file, name), "{name}");
        assert_eq!((file.generation(), unusable()), (generation, is_unusable), "{name}");
    };
    expect("first", 0, false);
    for broken in [Some("{"), Some(r#"{"mirrors":[{}]}"#), Some(&*denying("Not Valid")), None] {
        match broken {
            Some(text) => std::fs::write(&path, text).unwrap(),
            None => std::fs::remove_file(&path).unwrap(),
        }
        file.reload().await;
        expect("first", 0, true);
    }
    std::fs::write(&path, denying("first")).unwrap();
    file.reload().await;
    expect("first", 0, false);
    let changed = file.changed_since(0);
    std::fs::write(&path, denying("second")).unwrap();
    file.reload().await;
    expect("second", 1, false);
    changed.await;
    assert!(!denies(&file, "first"));
    let digest = Digest::of(denying("second").as_bytes());
    assert_eq!(file.in_force().digest, Some(digest));
}

#[tokio::test]
async fn a_start_with_a_wrong_file_says_which_and_why() {
    for (content, expected) in [
        ("", "EOF while parsing"),
        ("{}", "missing field `mirrors`"),
        (r#"{"mirrors":[{"id":"m"}]}"#, "missing field `name`"),
        (&*denying("Not Valid"), "mirror \"team/m\": admission.deny[0].rule.name"),
    ] {
        let (_folder, path, _, file) = open(content).await;
        let error = file.err().unwrap().to_string();
        assert!(error.contains(expected), "{error}");
        assert!(error.contains(&path.display().to_string()), "{error}");
    }
    let none = MirrorsFile::open(Some("/nowhere/mirrors.json".into()), Metrics::new()).await;
    let error = none.err().unwrap().to_string();
    assert!(error.starts_with("file with mirrors \"/nowhere/mirrors.json\": No such file"), "{error}");
}

#[tokio::test]
async fn without_a_file_nothing_is_looked_at() {
    let file = MirrorsFile::open(None, Metrics::new()).await.unwrap();
    file.reload().await;
    assert!(file.admission().is_none());
    assert_eq!((file.generation(), file.in_force().digest), (0, None));
    assert!(Arc::ptr_eq(&file.in_force().admission, &file.in_force().admission));
}
