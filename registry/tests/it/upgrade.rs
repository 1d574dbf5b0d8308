//! The format of the log goes up: what was written before opens and goes on, and nobody is locked out too early.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use barre_core::document::Document;
use barre_core::format::{Format, NEWEST};
use barre_core::state::deprecated::Deprecated;
use barre_core::state::{Outcome, Reason, State};
use barre_registry::base::instruments::Instruments;
use barre_registry::base::metrics::Metrics;
use barre_registry::log::{self, Log, OpenError, Opening, Stop};
use barre_registry::process::args::{Args, Command};
use barre_registry::process::format::format;
use barre_registry::process::serve::serve;
use barre_registry::process::upgrade::{self, Told};
use barre_registry::store::{Folder, Key, Presence, Store};
use object_store::ObjectStoreExt as _;
use object_store::memory::InMemory;
use tokio::time::{sleep, timeout};

const BEFORE: Format = Format { reader: 1, writer: 1 };
/// A log as the release before wrote it.
const OLD: [(&str, &[u8]); 4] = [
    ("registry.json", include_bytes!("../../core/testdata/registry.json")),
    ("log/0000000000000001.jsonl", include_bytes!("../../core/testdata/opened.jsonl")),
    ("log/0000000000000002.jsonl", include_bytes!("../../core/testdata/released.jsonl")),
    ("log/0000000000000003.jsonl", include_bytes!("../../core/testdata/condemned.jsonl")),
];
const OWNER: &str = "cluster/ns/name";

async fn old() -> Store {
    let memory = Arc::new(InMemory::new());
    for (path, bytes) in OLD {
        memory.put(&path.into(), bytes.into()).await.unwrap();
    }
    Store::shared(memory, Metrics::new())
}

/// A pod of the release with this format.
async fn pod(store: &Store, newest: Format) -> Result<Log, OpenError> {
    let opening = Opening { create: true, newest, ..Opening::of(OWNER) };
    log::open(store.clone(), opening, Instruments::system()).await
}

fn deprecated(state: &State) -> Deprecated {
    let (id, _) = state.packages().next().unwrap();
    Deprecated { org: id.org.clone(), name: id.name.clone(), version: None, message: "old".to_owned() }
}

#[tokio::test]
async fn an_old_log_opens_goes_on_is_raised_and_goes_on() {
    let store = old().await;
    let log = pod(&store, NEWEST).await.unwrap();
    assert_eq!((log.state().seq(), log.state().format()), (3, BEFORE));
    let deprecate = log.change("token:ci", deprecated(&log.state()));
    let early = log.commit(deprecate.clone()).await.unwrap();
    assert_eq!(early.outcome, Outcome::Rejected(Reason::Beyond { needed: 2, in_force: 1 }));
    assert_eq!(store.list(Folder::Log).await.unwrap().len(), 3, "something beyond the format was written");
    // All pods are told at once; it is raised once.
    let other = pod(&store, NEWEST).await.unwrap();
    let (one, two) = tokio::join!(log.raise("test"), other.raise("test"));
    assert_eq!([one.unwrap(), two.unwrap()].into_iter().flatten().collect::<Vec<_>>(), [4]);
    log.fresh().await.unwrap();
    assert_eq!((log.state().seq(), log.state().format()), (4, NEWEST));
    assert_eq!(log.commit(deprecate).await.unwrap().outcome, Outcome::Accepted);
}

#[tokio::test]
async fn the_release_before_serves_until_the_raise_and_then_says_why_not() {
    let store = old().await;
    let (ours, theirs) = (pod(&store, NEWEST).await.unwrap(), pod(&store, BEFORE).await.unwrap());
    // Back and forth: nothing stands in the way before the raise.
    pod(&store, BEFORE).await.unwrap();
    ours.raise("test").await.unwrap();
    let changed = ours.commit(ours.change("token:ci", deprecated(&ours.state()))).await.unwrap();
    assert_eq!(changed.outcome, Outcome::Accepted);
    let stop = timeout(Duration::from_secs(30), theirs.stopped()).await.unwrap();
    assert!(matches!(*stop, Stop::Format { needed: 2, ours: 1 }), "{stop}");
    let Err(refused) = pod(&store, BEFORE).await else { panic!("an older release opened the log") };
    assert!(matches!(refused, OpenError::Format { needed: 2, ours: 1 }), "{refused}");
}

#[tokio::test]
async fn a_new_registry_begins_in_the_newest_format() {
    let store = Store::shared(Arc::new(InMemory::new()), Metrics::new());
    assert_eq!(pod(&store, NEWEST).await.unwrap().state().format(), NEWEST);
}

#[tokio::test(start_paused = true)]
async fn the_operators_word_is_heard_only_by_whom_it_is_about() {
    let (store, folder) = (old().await, tempfile::tempdir().unwrap());
    let file = folder.path().join("settled.json");
    let line = format!(
        "barre-registry serve --store memory: --anonymous-read true --template 5d8 --settled {}",
        file.display()
    );
    let Command::Serve(args) = Args::from_arguments(line.split(' ')).unwrap().command else {
        panic!("not serve")
    };
    let log = pod(&store, NEWEST).await.unwrap();
    let following = tokio::spawn(upgrade::follow(log.clone(), Told::from(&args)));
    // There is no file yet, then half of one, then one about others.
    for said in [None, Some("{\"templ"), Some(r#"{"template":"5d7"}"#)] {
        if let Some(said) = said {
            std::fs::write(&file, said).unwrap();
        }
        sleep(Duration::from_mins(10)).await;
        assert_eq!(log.state().format(), BEFORE, "{said:?}");
    }
    // A word that is taken back before it could arrive everywhere was never one.
    for _ in 0..5 {
        for (said, minutes) in [(r#"{"template":"5d8"}"#, 2), ("{}", 1)] {
            std::fs::write(&file, said).unwrap();
            sleep(Duration::from_mins(minutes)).await;
            assert_eq!(log.state().format(), BEFORE);
        }
    }
    std::fs::write(&file, r#"{"template":"5d8"}"#).unwrap();
    timeout(Duration::from_mins(4), following).await.unwrap().unwrap();
    assert_eq!(log.state().format(), NEWEST);
}

/// A folder with the old log.
fn old_folder(folder: &Path) -> String {
    std::fs::create_dir(folder.join("log")).unwrap();
    for (path, bytes) in OLD {
        std::fs::write(folder.join(path), bytes).unwrap();
    }
    format!("file://{}", folder.display())
}

async fn in_force(url: &str) -> Format {
    let store = Store::open(&url.parse().unwrap(), Instruments::system().clock, Metrics::new()).unwrap();
    log::survey(&store).await.unwrap().format()
}

/// Serves a folder until `stop`.
async fn serve_until(url: &str, stop: impl Future<Output = ()>) {
    let line = format!(
        "barre-registry serve --store {url} --owner {OWNER} --anonymous-read true --listen 127.0.0.1:0 \
         --admin-listen 127.0.0.1:0 --drain-delay 0s"
    );
    let Command::Serve(args) = Args::from_arguments(line.split_whitespace()).unwrap().command else {
        panic!("not serve")
    };
    serve(*args, Instruments::system(), stop).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn alone_on_a_folder_a_process_raises_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let url = old_folder(folder.path());
    assert_eq!(in_force(&url).await, BEFORE);
    let raised = async {
        while in_force(&url).await != NEWEST {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(30), serve_until(&url, raised)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_another_process_it_leaves_that_to_who_knows() {
    let folder = tempfile::tempdir().unwrap();
    let url = old_folder(folder.path());
    let run = async |flag: &str| {
        let line = format!("barre-registry format --store {url} {flag}");
        let args = Args::from_arguments(line.split_whitespace()).unwrap();
        let Command::Format(args) = args.command else { panic!("not format") };
        format(&args, Instruments::system()).await.unwrap()
    };
    assert!(run("").await.contains("is in format 1"));
    assert!(!folder.path().join("serving.lock").exists(), "a question writes nothing");
    let store = Store::open(&url.parse().unwrap(), Instruments::system().clock, Metrics::new()).unwrap();
    let Presence::Alone(lone) = store.enter().await.unwrap() else { panic!("somebody else is there") };
    let other = lone.share().await.unwrap();
    let log = pod(&store, NEWEST).await.unwrap();
    let ours = upgrade::enter(&log, &store, true).await.unwrap();
    assert_eq!(in_force(&url).await, BEFORE);
    let said = run("").await;
    assert!(said.contains("Another process"), "{said}");
    drop((other, ours));

    let said = run("").await;
    assert!(said.contains("is in format 1") && said.contains("--raise"), "{said}");
    assert_eq!(in_force(&url).await, BEFORE, "it was only asked");
    let raised = run("--raise").await;
    assert!(raised.contains("from segment 5 on it is in format 2"), "{raised}");
    assert_eq!(in_force(&url).await, NEWEST);
    assert!(run("--raise").await.contains("nothing to raise"));
}

#[tokio::test]
async fn a_mistyped_folder_is_not_made_by_a_question() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}/mistyped", folder.path().display());
    let args = Args::from_arguments(["barre-registry", "format", "--store", &url]).unwrap();
    let Command::Format(args) = args.command else { panic!("not format") };
    let refused = format(&args, Instruments::system()).await.unwrap_err().to_string();
    assert!(refused.contains("there is no folder"), "{refused}");
    assert!(!folder.path().join("mistyped").exists());
}

/// While the log is in the first format, the release before must be able to read what is stored.
#[tokio::test]
async fn release_json_is_that_of_the_format() {
    let store = old().await;
    let log = pod(&store, NEWEST).await.unwrap();
    let publish = async |version: &str| {
        let bala = barre_testkit::bala::Bala::new("other", "greet", version);
        crate::server_harness::publish_to(&log, &store, &bala).await;
    };
    for (version, expected) in [("1.0.0", "{\"v\":1,"), ("2.0.0", "{\"v\":2,")] {
        publish(version).await;
        let state = log.state();
        let package = state.package(&"other".parse().unwrap(), &"greet".parse().unwrap()).unwrap();
        let release = &package.version(&version.parse().unwrap())[0];
        let key = Key::Document(&release.description.coordinates, release.stored.folder);
        let bytes = store.read(&key).await.unwrap().unwrap();
        assert!(bytes.starts_with(expected.as_bytes()), "{}", String::from_utf8_lossy(&bytes));
        assert_eq!(Document::from_bytes(&bytes).unwrap().readme(), "# greet\n\nThe greet package.\n");
        log.raise("test").await.unwrap();
    }
}
