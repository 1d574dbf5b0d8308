//! An upstream that speaks the protocol of Central and does as a test wants: it may lie, and it remembers what it was asked.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use barre_core::digest::Digest;
use barre_testkit::bala::Bala;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What somebody asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    /// With all headers, in lower case.
    pub(crate) head: String,
    pub(crate) body: String,
    /// How often the same was asked before.
    pub(crate) before: usize,
}

/// The bytes of an answer; none, if it never comes.
pub(crate) type Raw = Option<Vec<u8>>;

pub(crate) struct Liar {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Liar {
    /// Answers everything with `answer`.
    pub(crate) async fn start(answer: impl Fn(&Asked) -> Raw + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answer, seen) = (Arc::new(answer), Arc::clone(&asked));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&answer), Arc::clone(&seen)));
            }
        });
        Self { address, asked }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// How often bytes of this version were asked for.
    pub(crate) fn downloads(&self, of: &str) -> usize {
        self.asked().iter().filter(|asked| asked.is_download() && asked.path.contains(of)).count()
    }
}

async fn serve<F: Fn(&Asked) -> Raw>(mut stream: TcpStream, answer: Arc<F>, seen: Arc<Mutex<Vec<Asked>>>) {
    let mut bytes = Vec::new();
    let end = loop {
        let mut piece = [0; 4096];
        let Ok(read @ 1..) = stream.read(&mut piece).await else { return };
        bytes.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        if let Some(head) = text.find("\r\n\r\n") {
            let length =
                text.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
            let length: usize = length.unwrap_or(0);
            if bytes.len() >= head + 4 + length {
                break head;
            }
        }
    };
    let text = String::from_utf8(bytes).unwrap();
    let mut words = text.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    let (head, body) = (text[..end].to_lowercase(), text[end + 4..].to_owned());
    let asked = {
        let mut seen = seen.lock().unwrap();
        let mut asked = Asked { method, path, head, body, before: 0 };
        asked.before = seen
            .iter()
            .filter(|other| other.path == asked.path && other.is_download() == asked.is_download())
            .count();
        seen.push(asked.clone());
        asked
    };
    match answer(&asked) {
        Some(raw) => {
            let _ = stream.write_all(&raw).await;
        }
        None => std::future::pending().await,
    }
}

impl Asked {
    /// Whether it is about bytes.
    pub(crate) fn is_download(&self) -> bool {
        self.head.contains("accept: application/octet-stream") || self.path.starts_with("/bytes/")
    }
}

/// An answer with these further headers.
#[expect(clippy::unnecessary_wraps, reason = "some answers never come")]
pub(crate) fn answer(status: u16, headers: &str, body: &[u8]) -> Raw {
    let mut raw = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n{headers}").into_bytes();
    if !headers.contains("content-length") {
        raw.extend(format!("content-length: {}\r\n", body.len()).into_bytes());
    }
    raw.extend(b"\r\n");
    raw.extend(body);
    Some(raw)
}

pub(crate) fn json_answer(status: u16, body: &Value) -> Raw {
    answer(status, "content-type: application/json\r\n", body.to_string().as_bytes())
}

/// What an honest upstream with these packages answers.
pub(crate) fn truth(balas: &[Bala], asked: &Asked) -> Raw {
    let path = asked.path.split('?').next().unwrap();
    let query = asked.path.split('?').nth(1).unwrap_or_default();
    let all: Vec<(String, Vec<u8>)> = balas.iter().map(|bala| (bala.coordinates(), bala.build())).collect();
    let parts: Vec<&str> = path.trim_start_matches("/2.0/registry/").split('/').collect();
    let absent = || json_answer(404, &json!({ "message": "package not found: it" }));
    match (asked.method.as_str(), parts.as_slice()) {
        ("GET", ["packages"]) => {
            let org = query.split('&').find_map(|pair| pair.strip_prefix("org=")).unwrap();
            let of = |(coordinates, _): &(String, Vec<u8>)| {
                let name = coordinates.strip_prefix(&format!("{org}/"))?.split(':').next()?.to_owned();
                Some(json!({ "organization": org, "name": name }))
            };
            let packages: Vec<Value> = all.iter().filter_map(of).collect();
            let count = packages.len();
            json_answer(200, &json!({ "packages": packages, "count": count, "offset": 0, "limit": 1000 }))
        }
        ("GET", ["packages", org, name]) => {
            let of = |(coordinates, _): &(String, _)| {
                coordinates.strip_prefix(&format!("{org}/{name}:")).map(str::to_owned)
            };
            let versions: Vec<String> = all.iter().filter_map(of).collect();
            if versions.is_empty() { absent() } else { json_answer(200, &json!(versions)) }
        }
        ("GET", ["packages", org, name, version]) => {
            let wanted = format!("{org}/{name}:{version}");
            let Some((_, bytes)) = all.iter().find(|(coordinates, _)| *coordinates == wanted) else {
                return absent();
            };
            if asked.is_download() {
                return answer(200, "content-type: application/octet-stream\r\n", bytes);
            }
            json_answer(
                200,
                &json!({
                    "organization": org, "name": name, "version": version, "platform": "any",
                    "digest": format!("sha-256={}", Digest::of(bytes).hex()),
                    "createdDate": 1_600_000_000_000_i64, "ballerinaVersion": "2201.12.0",
                    "isDeprecated": false, "deprecateMessage": "",
                }),
            )
        }
        ("POST", ["packages", "resolve-dependencies"]) => {
            let wanted: Value = serde_json::from_str(&asked.body).unwrap();
            let node = |package: &Value| {
                let node =
                    json!({ "org": package["org"], "name": package["name"], "version": package["version"] });
                let mut resolved = node.clone();
                resolved["dependencyGraph"] = json!([node]);
                resolved["isDeprecated"] = json!(false);
                resolved
            };
            let resolved: Vec<Value> = wanted["packages"].as_array().unwrap().iter().map(node).collect();
            json_answer(200, &json!({ "resolved": resolved, "unresolved": [] }))
        }
        _ => absent(),
    }
}
