//! What somebody hears who asks for what cannot be had, and how soon.

use std::time::{Duration, Instant};

use barre_testkit::bala::Bala;
use serde_json::json;

use crate::mirror_liar::{Liar, answer, truth};
use crate::server_harness::{Pod, refusal};

/// A pod that copies from there what is asked for.
async fn fed_by(url: &str) -> Pod {
    let pod = Pod::start().await;
    let mirror = json!({
        "id": "m", "name": "team/central", "mode": "PullThrough",
        "upstream": { "url": url, "privateAddresses": "Allowed" },
        "selection": { "include": [{ "organization": "acme" }] },
    });
    pod.remirror(&json!({ "mirrors": [mirror] }).to_string()).await;
    pod
}

#[tokio::test]
async fn nobody_outside_hears_where_it_was_looked_for() {
    let liar = Liar::start(|_| answer(500, "", br#"{"message":"/var/secret at 10.1.2.3"}"#)).await;
    let closed = "http://127.0.0.1:1".to_owned();
    for url in [liar.url(), closed] {
        let pod = fed_by(&url).await;
        for path in ["packages/acme/greet/1.0.0", "packages/acme/greet"] {
            let (status, text) = refusal(pod.get(path).await).await;
            assert!(
                status == 503 && text.contains("from team/central, and cannot be had"),
                "{status} {text}"
            );
            assert!(
                !text.contains("secret") && !text.contains("127.0.0.1") && !text.contains("500"),
                "{text}"
            );
        }
    }
}

#[tokio::test]
async fn an_upstream_that_wants_quiet_is_waited_for_by_nobody() {
    let liar = Liar::start(|asked| {
        if asked.is_download() {
            return answer(503, "retry-after: 8\r\n", b"");
        }
        truth(&[Bala::new("acme", "greet", "1.0.0")], asked)
    })
    .await;
    let (pod, began) = (fed_by(&liar.url()).await, Instant::now());
    for _ in 0..3 {
        assert_eq!(refusal(pod.get("packages/acme/greet/1.0.0").await).await.0, 503);
    }
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    assert_eq!(liar.downloads("greet"), 1);
}
