//! `barre-registry serve` from its arguments to its end, and the reasons when it cannot.

use std::path::Path;

use barre_registry::base::instruments::Instruments;
use barre_registry::process::args::{Args, Command, Serve};
use barre_registry::process::failure::ServeError;
use barre_registry::process::serve::serve;
use tokio::net::TcpListener;

fn arguments(store: &str, more: &[&str]) -> Serve {
    let mut line = vec!["barre-registry", "serve", "--store", store, "--listen", "127.0.0.1:0"];
    if !more.contains(&"--admin-listen") {
        line.extend(["--admin-listen", "127.0.0.1:0"]);
    }
    let args = Args::from_arguments(line.iter().chain(more)).unwrap();
    let Command::Serve(serve) = args.command else { panic!("not serve") };
    *serve
}

/// Starts and stops at once.
async fn start(store: &str, more: &[&str]) -> Result<(), ServeError> {
    let more = [&["--anonymous-read", "true", "--drain-delay", "0s"], more].concat();
    serve(arguments(store, &more), Instruments::system(), tokio::task::yield_now()).await
}

/// Starts what must fail; the reason and message.
async fn failure(store: &str, more: &[&str]) -> (String, String) {
    let more = [&["--anonymous-read", "true"], more].concat();
    let failed =
        serve(arguments(store, &more), Instruments::system(), std::future::pending()).await.unwrap_err();
    let message = failed.last_words();
    (message.reason, message.message)
}

/// A folder with a registry of `owner`.
async fn begun(folder: &Path, owner: &str) -> String {
    let store = format!("file://{}", folder.display());
    let args =
        arguments(&store, &["--anonymous-read", "true", "--create", "--owner", owner, "--drain-delay", "0s"]);
    let created = async {
        while !folder.join("log/0000000000000001.jsonl").exists() {
            tokio::task::yield_now().await;
        }
        // Time to finish what a start does after it.
        while std::fs::read_dir(folder.join("probe")).map_or(0, Iterator::count) == 0 {
            tokio::task::yield_now().await;
        }
    };
    serve(args, Instruments::system(), created).await.unwrap();
    store
}

#[tokio::test]
async fn a_signal_ends_it_well() {
    start("memory:", &["--create"]).await.unwrap();
}

#[tokio::test]
async fn each_reason_not_to_start_has_a_name_and_a_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    std::fs::write(path("tokens.json"), "{\"tokens\":\"hunter2\"}").unwrap();
    let ours = begun(&folder.path().join("registry"), "us").await;
    let mistyped = format!("file://{}", path("mistyped"));
    let cases: [(&str, &[&str], &str, &str); 8] = [
        (&mistyped, &[], "RegistryNotFound", "--create"),
        ("memory:", &[], "RegistryNotFound", "--create"),
        (&ours, &["--owner", "them"], "ForeignOwner", "--take-over"),
        ("memory:", &["--create", "--tokens", &path("tokens.json")], "TokensUnusable", "tokens.json"),
        ("memory:", &["--create", "--tokens", &path("none.json")], "TokensUnusable", "none.json"),
        ("memory:", &["--create", "--mirrors", &path("tokens.json")], "MirrorsUnusable", "tokens.json"),
        ("memory:", &["--create", "--scratch-dir", &path("none")], "ScratchUnusable", "--scratch-dir"),
        ("memory:", &["--create", "--admin-listen", &address], "AddressUnavailable", &address),
    ];
    for (store, more, reason, hint) in cases {
        let (found, message) = failure(store, more).await;
        assert_eq!(found, reason, "{message}");
        assert!(message.contains(hint) && !message.contains("hunter2"), "{message}");
    }
    assert!(!folder.path().join("mistyped").exists());
}
