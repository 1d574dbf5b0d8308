//! The feed of changes: what followers read, what they do not, and what it costs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use barre_core::access::AnonymousRead;
use barre_core::digest::Digest;
use barre_core::segment::Segment;
use barre_core::state::condemned::Condemned;
use barre_registry::log::Opening;
use barre_registry::store::{Created, Key};
use barre_testkit::bala::Bala;
use futures::future::join_all;
use object_store::memory::InMemory;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::faulty::{Course, Fate, Faulty};
use crate::logs::{harmless, open, store};
use crate::server_harness::{LIMIT, Pod, limits, refusal, secret};

/// Longer than anything here may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The lines of an answer: where it goes on, and what happened.
async fn lines(answer: Response) -> (Value, Vec<Value>) {
    let (status, kind) = (answer.status(), answer.headers()["content-type"].clone());
    let text = answer.text().await.unwrap();
    assert_eq!((status, kind.to_str().unwrap()), (StatusCode::OK, "application/x-ndjson"), "{text}");
    let mut lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    (lines.next().unwrap(), lines.collect())
}

async fn ask(pod: &Pod, token: Option<&str>, query: &str) -> Response {
    let path = format!("/v1/changes?{query}");
    match token {
        Some(token) => pod.get_as(token, &path).await,
        None => pod.get(&path).await,
    }
}

async fn told(pod: &Pod, token: Option<&str>, query: &str) -> (Value, Vec<Value>) {
    lines(ask(pod, token, query).await).await
}

/// What happened, as `kind name`.
fn names(changes: &[Value]) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let name = |line: &Value| format!("{} {}", text(&line["change"]["kind"]), text(&line["change"]["name"]));
    changes.iter().map(name).collect()
}

fn cursor(first: &Value) -> String {
    first["cursor"].as_str().unwrap().to_owned()
}

/// A pod with two packages that are public and one between them that is not.
async fn shop() -> Pod {
    let pod = Pod::start().await;
    for bala in [
        Bala::new("acme", "greet", "1.0.0"),
        Bala::new("acme", "hidden", "1.0.0").visibility("private"),
        Bala::new("acme", "farewell", "1.0.0"),
    ] {
        pod.publish(&bala).await;
    }
    pod
}

#[tokio::test]
async fn whoever_follows_hears_what_may_be_seen_once_and_in_order() {
    let pod = shop().await;
    let (first, all) = told(&pod, None, "").await;
    assert_eq!(names(&all), ["released greet", "released farewell"]);
    assert_eq!((&first["more"], &first["epoch"]), (&json!(false), &json!(1)));
    assert_eq!(cursor(&first), pod.log.known().cursor.to_string());
    assert_eq!(names(&told(&pod, Some("read-acme"), "").await.1).len(), 3);
    let admins = names(&told(&pod, Some("admin-all"), "").await.1);
    assert_eq!(admins[..2], ["opened ", "format "]);
    let (mut single, mut after) = (Vec::new(), String::new());
    loop {
        let (first, part) = told(&pod, None, &format!("limit=1&after={after}")).await;
        assert!(part.len() <= 1);
        single.extend(part);
        after = cursor(&first);
        if first["more"] == json!(false) {
            break;
        }
    }
    assert_eq!(single, all);
    assert_eq!(after, cursor(&first));
    assert_eq!(told(&pod, None, &format!("after={after}")).await, (first, Vec::new()));
}

#[tokio::test]
async fn a_change_is_told_as_it_is_in_the_log() {
    let pod = shop().await;
    let (_, all) = told(&pod, None, "").await;
    let (_, verbatim) = told(&pod, None, "headers=true").await;
    let lines: Vec<&str> = verbatim.iter().filter_map(|line| line["line"].as_str()).collect();
    let text = ask(&pod, None, "").await.text().await.unwrap();
    for (change, line) in all.iter().zip(lines) {
        assert_eq!(change["change"], serde_json::from_str::<Value>(line).unwrap());
        // Byte for byte, for whoever reads lines and not values.
        assert!(text.contains(&format!("\"change\":{line}}}\n")), "{line}");
    }
    let answer = ask(&pod, None, "").await;
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.headers()["barre-seq"], pod.log.seq().to_string().as_str());
    assert!(!answer.headers().contains_key("etag"));
}

/// Who may not see a change sees that there is one, and nothing else of it.
#[tokio::test]
async fn the_chain_verifies_although_some_of_it_is_withheld() {
    let pod = shop().await;
    let text = ask(&pod, None, "headers=true").await.text().await.unwrap();
    assert!(!text.contains("hidden"), "{text}");
    let (first, lines) = told(&pod, None, "headers=true").await;
    let (mut prev, mut told, mut named) = (None, 0, Vec::new());
    for line in &lines {
        if let Some(header) = line["header"].as_str() {
            let head = Digest::of(header.as_bytes()).to_string();
            let header: Value = serde_json::from_str(header).unwrap();
            assert_eq!((&header["seq"], &header["time"]), (&line["seq"], &line["time"]));
            assert!(prev.is_none_or(|prev: String| header["prev"] == json!(prev)));
            prev = Some(head);
            named = header["changes"].as_array().unwrap().clone();
        } else {
            let digest = json!(Digest::of(line["line"].as_str().unwrap().as_bytes()).to_string());
            assert!(named.contains(&digest), "{line}");
            told += 1;
        }
    }
    assert_eq!(cursor(&first), format!("{}:{}", pod.log.seq(), prev.unwrap()));
    assert_eq!((told, lines.len() - told), (2, usize::try_from(pod.log.seq()).unwrap()));
}

/// What the log has and the registry has not is not for followers: they would look for it in vain.
#[tokio::test]
async fn what_was_rejected_is_not_told() {
    let inner = Arc::new(InMemory::new());
    let pod = Pod::over(Arc::clone(&inner) as _, LIMIT, AnonymousRead::Allowed, limits()).await;
    pod.publish(&Bala::new("acme", "greet", "1.0.0")).await;
    let (before, all) = told(&pod, None, "").await;
    let mut other = all[0]["change"].clone();
    other["digest"] = json!(Digest::of(b"other").to_string());
    other["release"] = json!(pod.log.fresh_id().to_string());
    // No pod writes what would be rejected, unless it loses a race.
    let (state, rejected) = (pod.log.state(), vec![serde_json::from_value(other).unwrap()]);
    let (seq, time) = (state.seq() + 1, state.time());
    let (_, bytes) = Segment::encode(state.epoch(), seq, state.head(), time, rejected);
    assert!(matches!(store(&inner).create(&Key::Segment(seq), bytes).await, Created::Yes));
    pod.log.fresh().await.unwrap();
    let (first, since) = told(&pod, None, &format!("after={}", cursor(&before))).await;
    assert_eq!((since, cursor(&first)), (Vec::new(), pod.log.known().cursor.to_string()));
    assert_eq!(pod.log.seq(), seq);
}

#[tokio::test]
async fn a_deprecation_is_told_to_those_who_may_see_what_is_deprecated() {
    let pod = shop().await;
    let end = pod.log.known().cursor;
    for name in ["hidden", "greet"] {
        let path = format!("packages/deprecate/acme/{name}/1.0.0");
        let request = pod.request(reqwest::Method::PUT, &path).bearer_auth(secret("publish-acme"));
        assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
    }
    for (token, expected) in
        [(None, vec!["deprecated greet"]), (Some("read-acme"), vec!["deprecated hidden", "deprecated greet"])]
    {
        assert_eq!(names(&told(&pod, token, &format!("after={end}")).await.1), expected);
    }
}

#[tokio::test]
async fn a_cursor_of_another_log_is_refused_and_one_before_a_take_over_is_not() {
    let inner = Arc::new(InMemory::new());
    let pod = Pod::over(Arc::clone(&inner) as _, LIMIT, AnonymousRead::Allowed, limits()).await;
    pod.publish(&Bala::new("acme", "greet", "1.0.0")).await;
    let all = told(&pod, None, "").await.0;
    let (middle, end) = (cursor(&told(&pod, None, "limit=1").await.0), cursor(&all));
    let other = format!("sha256:{}", "0a".repeat(32));
    let seq = pod.log.seq();
    for cursor in [format!("1:{other}"), format!("{seq}:{other}"), format!("{}:{other}", seq + 1)] {
        for wait in [0, 5] {
            let answer = ask(&pod, None, &format!("wait={wait}&after={cursor}")).await;
            let (status, refused): (_, Value) = (answer.status(), answer.json().await.unwrap());
            assert_eq!((status, &refused["epoch"]), (StatusCode::GONE, &json!(1)), "{cursor}: {refused}");
            assert!(refused["message"].as_str().unwrap().contains("compare everything"), "{refused}");
        }
    }
    let take_over = Some(pod.log.state().registry());
    for owner in ["them", "us"] {
        assert!(open(store(&inner), Opening { take_over, ..Opening::of(owner) }).await.is_ok());
    }
    let pod = Pod::over(inner, LIMIT, AnonymousRead::Allowed, limits()).await;
    for (cursor, changes) in [(middle, 1), (end, 0)] {
        let (first, since) = told(&pod, None, &format!("after={cursor}")).await;
        assert_eq!((&first["epoch"], since.len()), (&json!(3), changes), "{cursor}");
    }
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_with_a_sentence() {
    let pod = Pod::start().await;
    for (query, expected) in [
        ("after=12", "after is no cursor: use SEQ:sha256:HEX"),
        ("limit=0", "limit is 0"),
        ("wait=-1", "wait is not a number"),
        ("headers=1", "headers is neither true nor false"),
    ] {
        let (status, text) = refusal(ask(&pod, None, query).await).await;
        assert!(status == 400 && text.starts_with(expected), "{query}: {text}");
    }
}

/// Begins to wait for what comes next.
async fn wait(pod: &Pod, token: Option<&str>) -> (String, Response) {
    let end = cursor(&told(pod, token, "").await.0);
    let answer = ask(pod, token, &format!("wait=60&after={end}")).await;
    (end, answer)
}

#[tokio::test]
async fn who_waits_hears_of_a_change_at_once_also_of_one_that_may_not_be_seen() {
    let inner = Arc::new(InMemory::new());
    let pod = Pod::over(Arc::clone(&inner) as _, LIMIT, AnonymousRead::Allowed, limits()).await;
    let (_, answer) = wait(&pod, None).await;
    pod.publish(&Bala::new("acme", "greet", "1.0.0")).await;
    let (first, changes) = timeout(PATIENCE, lines(answer)).await.unwrap();
    assert_eq!(names(&changes), ["released greet"]);
    assert_eq!(cursor(&first), pod.log.known().cursor.to_string());
    // By another pod, and not for everybody.
    let (end, answer) = wait(&pod, None).await;
    let other = open(store(&inner), Opening::of("us")).await.ok().unwrap();
    other.commit(harmless(&other)).await.unwrap();
    let (first, changes) = timeout(PATIENCE, lines(answer)).await.unwrap();
    assert_eq!(changes, Vec::<Value>::new());
    assert_ne!(cursor(&first), end);
}

#[tokio::test]
async fn who_waits_in_vain_is_told_so() {
    let pod = shop().await;
    let (end, began) = (pod.log.known().cursor, Instant::now());
    let (first, changes) = told(&pod, None, &format!("wait=1&after={end}")).await;
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_eq!((cursor(&first), &first["more"], changes.len()), (end.to_string(), &json!(false), 0));
    // An answer to HEAD has no lines to wait for.
    let head = pod.request(reqwest::Method::HEAD, &format!("/v1/changes?wait=60&after={end}")).send();
    assert_eq!(timeout(PATIENCE, head).await.unwrap().unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn the_end_of_a_pod_ends_the_wait() {
    let pod = shop().await;
    let (end, answer) = wait(&pod, None).await;
    pod.stop.begin();
    let (first, changes) = timeout(PATIENCE, lines(answer)).await.unwrap();
    assert_eq!((cursor(&first), changes.len()), (end, 0));
}

#[tokio::test]
async fn a_token_that_ends_during_the_wait_is_told_nothing() {
    let pod = shop().await;
    let (end, answer) = wait(&pod, Some("admin-all")).await;
    pod.retoken(&json!({ "tokens": [] })).await;
    pod.log.commit(harmless(&pod.log)).await.unwrap();
    let (first, changes) = timeout(PATIENCE, lines(answer)).await.unwrap();
    assert_eq!((cursor(&first), &first["more"], changes.len()), (end.clone(), &json!(true), 0));
    assert_eq!(
        ask(&pod, Some("admin-all"), &format!("after={end}")).await.status(),
        StatusCode::UNAUTHORIZED
    );
}

/// How many objects were read that were there.
fn reads(pod: &Pod) -> u64 {
    let line = "barre_store_operations_total{kind=\"read\",outcome=\"ok\"} ";
    let metrics = pod.metrics();
    metrics.lines().find_map(|found| found.strip_prefix(line)).map_or(0, |count| count.parse().unwrap())
}

/// Without what is kept in memory, each of them would read it.
#[tokio::test]
async fn many_who_wait_for_one_change_read_it_once() {
    let pod = shop().await;
    let end = pod.log.known().cursor;
    let query = format!("wait=60&after={end}");
    let waiting = join_all((0..50).map(|_| ask(&pod, None, &query))).await;
    let before = reads(&pod);
    pod.publish(&Bala::new("acme", "answer", "1.0.0")).await;
    for (_, changes) in join_all(waiting.into_iter().map(lines)).await {
        assert_eq!(names(&changes), ["released answer"]);
    }
    assert_eq!(reads(&pod) - before, 1);
}

#[tokio::test]
async fn no_news_cost_the_store_nothing() {
    let pod = shop().await;
    let (before, end) = (reads(&pod), pod.log.known().cursor);
    for _ in 0..20 {
        assert_eq!(told(&pod, None, &format!("after={end}")).await.1.len(), 0);
    }
    assert_eq!(reads(&pod), before);
}

#[tokio::test]
async fn an_answer_is_of_a_mebibyte_at_most() {
    let pod = Pod::start().await;
    for _ in 0..8 {
        let folders = (0..6_000).map(|_| pod.log.fresh_id()).collect();
        pod.log.commit(pod.log.change("test", Condemned { folders })).await.unwrap();
    }
    let (mut answers, mut after) = (0, String::new());
    loop {
        let answer = ask(&pod, Some("admin-all"), &format!("after={after}")).await;
        let text = answer.text().await.unwrap();
        assert!(text.len() < 1_100_000, "{}", text.len());
        let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        (answers, after) = (answers + 1, cursor(&first));
        if first["more"] == json!(false) {
            break;
        }
    }
    assert!(answers > 1);
}

#[tokio::test]
async fn while_the_store_is_away_followers_are_told_so() {
    let failing = Arc::new(AtomicBool::new(false));
    let fails = Arc::clone(&failing);
    let store = Faulty::by(&Arc::new(InMemory::new()), &Arc::default(), move |_, _| {
        Course::at_once(if fails.load(Ordering::Relaxed) { Fate::FailsBefore } else { Fate::Works })
    });
    let pod = Pod::over(Arc::new(store), LIMIT, AnonymousRead::Allowed, limits()).await;
    pod.publish(&Bala::new("acme", "greet", "1.0.0")).await;
    failing.store(true, Ordering::Relaxed);
    let (status, text) = refusal(ask(&pod, None, "").await).await;
    assert!(status == 503 && text.contains("cannot reach its storage"), "{text}");
    // What is known needs no store.
    let end = pod.log.known().cursor;
    assert_eq!(told(&pod, None, &format!("after={end}")).await.1.len(), 0);
    failing.store(false, Ordering::Relaxed);
    assert_eq!(names(&told(&pod, None, "").await.1), ["released greet"]);
}
