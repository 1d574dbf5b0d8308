use barre_core::digest::Digest;
use object_store::memory::InMemory;

use super::*;
use crate::base::metrics::Metrics;
use crate::store::{Key, Store};

async fn get(path: &str, routes: &BoxedFilter<(Response,)>) -> (u16, String) {
    let answer = warp::test::request().path(path).reply(routes).await;
    (answer.status().as_u16(), String::from_utf8_lossy(answer.body()).into_owned())
}

#[tokio::test]
async fn the_file_that_is_in_force_is_told_by_its_hash() {
    let folder = tempfile::tempdir().unwrap();
    let (path, text) = (folder.path().join("mirrors.json"), "{\"mirrors\": []}");
    std::fs::write(&path, text).unwrap();
    let store = Store::shared(Arc::new(InMemory::new()), Metrics::new());
    for (file, expected) in [
        (Some(path), format!("{{\"mirrors\":\"{}\"}}", Digest::of(text.as_bytes()))),
        (None, "{\"mirrors\":null}".to_owned()),
    ] {
        let told = Told::default();
        let routes = routes(&told);
        assert_eq!(get("/config", &routes).await, (503, "still starting\n".to_owned()));
        let mirrors = MirrorsFile::open(file, Metrics::new()).await.unwrap();
        told.tell(mirrors, Reports::new(store.clone()));
        assert_eq!(get("/config", &routes).await, (200, expected));
    }
}

#[tokio::test]
async fn the_newest_report_of_a_mirror_is_told() {
    let (told, store) = (Told::default(), Store::shared(Arc::new(InMemory::new()), Metrics::new()));
    let routes = routes(&told);
    assert_eq!(get("/mirrors/5b1c", &routes).await, (503, "still starting\n".to_owned()));
    told.tell(MirrorsFile::default(), Reports::new(store.clone()));
    for (id, run, number) in
        [("5b1c", "b", 9_999), ("5b1c", "a", 1), ("5b1c", "a", 10_000), ("5b1c", "a", 2), ("5b1d", "c", 1)]
    {
        let report = format!("{{\"run\":\"{run}\",\"n\":{number}}}");
        store.put(&Key::MirrorReport(id, run, number), report.into()).await.unwrap();
        // What came first came earlier.
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    store.put(&Key::MirrorReport("5b1c", "seen", 3), "{}".into()).await.unwrap();
    assert_eq!(get("/mirrors/5b1c", &routes).await, (200, "{\"run\":\"a\",\"n\":2}".to_owned()));
    assert_eq!(get("/mirrors/5b1d", &routes).await, (200, "{\"run\":\"c\",\"n\":1}".to_owned()));
    // For a moment the same.
    store.put(&Key::MirrorReport("5b1d", "c", 2), "{}".into()).await.unwrap();
    assert_eq!(get("/mirrors/5b1d", &routes).await, (200, "{\"run\":\"c\",\"n\":1}".to_owned()));
    let none = (404, "no run of the mirror 0000 has told anything yet\n".to_owned());
    assert_eq!(get("/mirrors/0000", &routes).await, none);
    for wrong in ["..", "a%2Fb", "a.b"] {
        assert_eq!(get(&format!("/mirrors/{wrong}"), &routes).await.0, 404, "{wrong}");
    }
}
