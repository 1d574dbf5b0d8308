//! What the pods of a Registry say on their admin ports: how far a run is, and which settings they work by.

use std::{future::Future, time::Duration};

use barre_contract::mirror::{Loaded, Report};
use barre_crds::PackageMirror;
use futures::{StreamExt, stream};
use kube::ResourceExt;
use reqwest::redirect;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout_at};

use super::names;
use crate::{pass::answers::Answers, pods::ports};

/// A report is asked for once in this time, however many passes there are.
const REPORT_PACE: Duration = Duration::from_secs(10);
/// A pod that says nothing for so long says nothing.
const LONGEST: Duration = Duration::from_secs(3);
/// A report holds some dozens of entries.
const LONGEST_ANSWER: usize = 256 * 1024;
/// All pods together have this long: what is denied is written after that.
const LONGEST_OF_ALL: Duration = Duration::from_secs(10);
/// How many pods are asked at a time.
const AT_A_TIME: usize = 8;

/// Asks pods.
pub(crate) struct Pods {
    http: reqwest::Client,
    reports: Answers<Option<Report>>,
}

impl Pods {
    /// Makes what asks. They are in this cluster: there is no proxy on the way, and nowhere to be sent to.
    pub(crate) fn new() -> reqwest::Result<Self> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .connect_timeout(LONGEST)
            .timeout(LONGEST)
            .build()?;
        Ok(Self { http, reports: Answers::for_the_last(REPORT_PACE) })
    }

    /// Returns the newest report of a mirror, as any pod of its Registry knows it. `run` is the one that is of interest: one
    /// that has begun just now is asked about at once.
    pub(crate) async fn report(&self, mirror: &PackageMirror, admin: &str, run: &str) -> Option<Report> {
        let (uid, id) = (mirror.uid().unwrap_or_default(), names::origin(mirror));
        if let Some(recent) = self.reports.recent(&uid, run) {
            return recent;
        }
        let report: Option<Report> = self.get(&format!("http://{admin}:{}/mirrors/{id}", ports::ADMIN)).await;
        let report = report.filter(|report| report.id == id);
        self.reports.remember(&uid, run.to_owned(), report.clone());
        report
    }

    /// Returns which settings each of these pods works by; nothing of one that does not say.
    pub(crate) async fn loaded(&self, addresses: Vec<String>) -> Vec<Option<String>> {
        let end = Instant::now() + LONGEST_OF_ALL;
        let answers = addresses.into_iter().map(|address| async move {
            let host = if address.contains(':') { format!("[{address}]") } else { address };
            let url = format!("http://{host}:{}/config", ports::ADMIN);
            let loaded: Option<Loaded> = by(end, self.get(&url)).await;
            loaded?.mirrors
        });
        stream::iter(answers).buffered(AT_A_TIME).collect().await
    }

    async fn get<T: DeserializeOwned>(&self, url: &str) -> Option<T> {
        let mut answer = self.http.get(url).send().await.ok()?.error_for_status().ok()?;
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.ok()? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > LONGEST_ANSWER {
                return None;
            }
        }
        serde_json::from_slice(&bytes).ok()
    }
}

/// Returns an answer that comes before the end.
async fn by<T>(end: Instant, answer: impl Future<Output = Option<T>>) -> Option<T> {
    timeout_at(end, answer).await.ok().flatten()
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    /// Answers one request after the other with these bodies; returns where.
    async fn answering(bodies: Vec<String>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            for body in bodies {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await.unwrap();
                let head =
                    format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
                stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
            }
        });
        format!("http://{address}/config")
    }

    #[tokio::test]
    async fn pods_that_hang_take_no_longer_together_than_one() {
        let begun = Instant::now();
        let end = begun + Duration::from_millis(50);
        let hang = || async {
            tokio::time::sleep(Duration::from_secs(2)).await;
            Some(1)
        };
        for _ in 0..AT_A_TIME {
            assert_eq!(by(end, hang()).await, None);
        }
        assert!(begun.elapsed() < Duration::from_secs(2));
        assert_eq!(by(end, async { Some(1) }).await, Some(1), "what is known is told");
    }

    #[tokio::test]
    async fn an_answer_is_small_and_of_the_right_form() {
        let pods = Pods::new().unwrap();
        let large = format!(r#"{{"mirrors":"{}"}}"#, "a".repeat(LONGEST_ANSWER));
        let bodies =
            vec![r#"{"mirrors":"sha256:1"}"#.to_owned(), large, "<html>".to_owned(), "{}".to_owned()];
        let url = answering(bodies).await;
        let loaded = Loaded { mirrors: Some("sha256:1".into()) };
        assert_eq!(pods.get(&url).await, Some(loaded));
        assert_eq!(pods.get::<Loaded>(&url).await, None);
        assert_eq!(pods.get::<Loaded>(&url).await, None);
        assert_eq!(pods.get(&url).await, Some(Loaded::default()), "one of an older release");
        assert_eq!(pods.get::<Loaded>(&url).await, None, "nobody answers");
    }
}
