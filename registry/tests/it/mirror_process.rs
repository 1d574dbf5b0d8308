//! `barre-registry mirror run`, as a person or a Job runs it.

use std::path::Path;

use barre_contract::mirror::{Outcome, Protocol};
use barre_registry::base::instruments::Instruments;
use barre_registry::log::{self, Opening};
use barre_registry::process::args::{Args, Command, Mirror, MirrorRun};
use barre_registry::process::mirror::run::run;
use barre_registry::store::Store;
use barre_testkit::bala::Bala;
use serde_json::Value;

use crate::mirror_harness::mirror_of;
use crate::server_harness::Pod;

fn arguments(folder: &Path, more: &str) -> MirrorRun {
    let folder = folder.display();
    let line = format!(
        "barre-registry mirror run --store file://{folder}/store --mirror {folder}/mirror.json {more}"
    );
    match Args::from_arguments(line.split_whitespace()).unwrap().command {
        Command::Mirror { command: Mirror::Run(args) } => *args,
        other => panic!("{other:?}"),
    }
}

/// A registry in a folder, and the file of a mirror beside it.
async fn registry(mirror: &barre_contract::mirror::Mirror) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("store")).unwrap();
    std::fs::write(folder.path().join("mirror.json"), serde_json::to_vec(mirror).unwrap()).unwrap();
    let instruments = Instruments::system();
    let url = format!("file://{}/store", folder.path().display()).parse().unwrap();
    let store = Store::open(&url, instruments.clock.clone(), instruments.metrics.clone()).unwrap();
    log::open(store, Opening { create: true, ..Opening::of("local") }, instruments).await.unwrap();
    folder
}

#[tokio::test]
async fn it_copies_and_says_so_in_lines_and_last_words() {
    let upstream = Pod::start().await;
    upstream.publish(&Bala::new("acme", "greet", "1.0.0")).await;
    let folder = registry(&mirror_of(&upstream, Protocol::Central, &["acme"])).await;
    let mut out = Vec::new();
    let args = arguments(folder.path(), "--run nightly-1 --json");
    let (words, report) = run(&args, (&mut out, false), Instruments::system(), std::future::pending()).await;
    assert_eq!(
        (words.run.as_str(), words.outcome, words.counts.copied),
        ("nightly-1", Outcome::Succeeded, 1)
    );
    let lines: Vec<Value> =
        String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[1]["copied"]["package"], "acme/greet:1.0.0");
    assert_eq!(lines[2]["report"]["outcome"], "Succeeded");
    assert_eq!(report.unwrap().inventory.versions, 1);
    // By hand it has a name of its own.
    let args = arguments(folder.path(), "");
    let (words, _) = run(&args, (Vec::new(), false), Instruments::system(), std::future::pending()).await;
    assert!(words.run.starts_with("manual-2"), "{}", words.run);
    assert_eq!(words.counts.present, 1);
}

#[tokio::test]
async fn a_run_that_does_not_begin_leaves_a_reason() {
    let upstream = Pod::start().await;
    let folder = registry(&mirror_of(&upstream, Protocol::Central, &["acme"])).await;
    let words = async |more: &str| {
        let args = arguments(folder.path(), more);
        run(&args, (Vec::new(), false), Instruments::system(), std::future::pending()).await.0
    };
    let foreign = words("--owner somebody").await;
    assert_eq!(foreign.outcome, Outcome::RegistryFailed);
    assert!(foreign.message.unwrap().contains("local"));
    std::fs::write(folder.path().join("mirror.json"), "{}").unwrap();
    let file = words("").await;
    assert_eq!(file.outcome, Outcome::InvalidSelection);
    assert!(file.message.unwrap().contains("mirror.json"));
}

#[test]
fn a_run_is_called_what_can_be_a_folder() {
    let line = |name: &str| {
        let line = format!("barre-registry mirror run --store memory: --mirror m.json --run {name}");
        Args::from_arguments(line.split(' ')).is_ok()
    };
    assert!(line("team-central-28471"));
    for bad in ["seen", "a/b", "..", "A", ""] {
        assert!(!line(bad), "{bad}");
    }
}
