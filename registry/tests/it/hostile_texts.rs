//! Texts that somebody publishes to harm whoever looks at them: each header is read from the socket itself.

use std::time::{Duration, Instant};

use barre_core::access::AnonymousRead;
use barre_registry::api::ROUTES;
use barre_testkit::bala::Bala;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::api_docs::{docs, upload};
use crate::routes::path;
use crate::server_harness::{Pod, limits, refusal};

const MIB: usize = 1024 * 1024;
/// What browsers send.
const BROWSER: &str =
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8\r\n";
/// Stands in all these texts.
const MARK: &str = "greeted-by-mallory";

/// What a readme may hold that a browser would do something about.
const HARM: [&str; 9] = [
    "<script>alert(1)</script>",
    "[click](javascript:alert(1))",
    "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"></svg>",
    "<img src=x onerror=alert(1)>",
    "<a href=\"data:text/html;base64,PHNjcmlwdD4=\">x</a>",
    "<iframe src=\"//evil.example.com\"></iframe>",
    "<style>@import url(//evil.example.com)</style>",
    "<!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol2 \"&lol;&lol;\">]>&lol2;",
    "</script></title><base href=\"//evil.example.com\">",
];

/// The head and the body of the answer to a request by a browser.
async fn browse(pod: &Pod, method: &str, path: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(pod.address).await.unwrap();
    let host = pod.address;
    let request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n{BROWSER}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_ascii_lowercase();
    (head, bytes.split_off(end + 4))
}

/// The values of a header.
fn header<'a>(head: &'a str, name: &str) -> Vec<&'a str> {
    let lines = head.lines().skip(1).filter_map(|line| line.split_once(": "));
    lines.filter(|(found, _)| *found == name).map(|(_, value)| value).collect()
}

fn hostile(readme: &str) -> Bala {
    Bala::new("acme", "greet", "1.0.0")
        .readme(&format!("# {MARK}\n\n{readme}\n"))
        .tool("greet")
        .description(&format!("{MARK} <script>alert(1)</script>"))
}

/// It is a text in JSON, exactly as it was published: whoever shows it decides what of it is shown.
#[tokio::test]
async fn a_hostile_readme_is_only_ever_json() {
    let pod = Pod::start().await;
    pod.publish(&hostile(&HARM.join("\n\n"))).await;
    let (head, body) = browse(&pod, "GET", "/2.0/registry/packages/acme/greet/1.0.0").await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert_eq!(header(&head, "content-type"), ["application/json"]);
    assert_eq!(header(&head, "x-content-type-options"), ["nosniff"]);
    let package: Value = serde_json::from_slice(&body).unwrap();
    for harm in HARM {
        assert!(package["readme"].as_str().unwrap().contains(harm), "{harm}");
    }
}

/// Whatever a browser asks for: only the pages of the registry itself are HTML, and nothing of a package is in them.
#[tokio::test]
async fn nothing_that_somebody_publishes_is_in_a_page() {
    let pod = Pod::start().await;
    pod.publish(&hostile(&HARM.join("\n\n"))).await;
    let harm = serde_json::to_string(HARM[0]).unwrap();
    let declared = docs("acme", "greet", "1.0.0", &[MARK]).replace("\"Hears.\"", &harm);
    upload(&pod, "acme", "greet", "1.0.0", declared).await;
    let (mut pages, mut marked) = (0, 0);
    for route in ROUTES.iter().filter(|route| route.method == "GET") {
        let (head, body) = browse(&pod, "GET", &path(route.template, "greet")).await;
        let is_marked = body.windows(MARK.len()).any(|window| window == MARK.as_bytes());
        assert_eq!(header(&head, "x-content-type-options"), ["nosniff"], "{}", route.template);
        let kinds = header(&head, "content-type");
        if kinds
            .iter()
            .any(|kind| kind.starts_with("text/html") || kind.contains("svg") || kind.contains("xhtml"))
        {
            pages += 1;
            assert!(!is_marked, "{}", route.template);
        } else if is_marked {
            marked += 1;
            let safe =
                ["application/json", "application/x-ndjson", "application/xml", "application/octet-stream"];
            assert!(
                kinds.len() == 1
                    && (safe.contains(&kinds[0]) || kinds[0].starts_with("application/vnd.oci.")),
                "{}: {kinds:?}",
                route.template
            );
        }
        if kinds == ["application/xml"] {
            let text = String::from_utf8(body).unwrap();
            assert!(!text.contains("<script") && !text.contains("<!DOCTYPE"), "{}", route.template);
        }
    }
    // The walk has seen both.
    assert!(pages == 1 && marked > 5, "{pages} {marked}");
}

#[tokio::test]
async fn a_readme_of_one_long_line_takes_no_time() {
    let pod = Pod::taking(64 * MIB as u64, AnonymousRead::Allowed, limits()).await;
    let bala = hostile(&"[](".repeat(10 * MIB / 3));
    let refused = refusal(pod.push("publish-acme", &bala.file_name(), bala.build()).await).await;
    assert!(refused.0 == 400 && refused.1.contains("README"), "{refused:?}");
    // As long as it may be.
    let bala = hostile(&"[](".repeat(MIB / 3 - 100));
    let began = Instant::now();
    pod.publish(&bala).await;
    let (head, body) = browse(&pod, "GET", "/2.0/registry/packages/acme/greet/1.0.0").await;
    assert!(head.starts_with("http/1.1 200") && body.len() > MIB - 1000, "{head}");
    assert_eq!(header(&head, "content-type"), ["application/json"]);
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[tokio::test]
async fn docs_with_script_are_json_in_a_sandbox() {
    let pod = Pod::start().await;
    pod.publish(&Bala::new("acme", "greet", "1.0.0")).await;
    let harm = serde_json::to_string(&HARM.join(" ")).unwrap();
    let sent = docs("acme", "greet", "1.0.0", &[]).replace("\"Hears.\"", &harm);
    upload(&pod, "acme", "greet", "1.0.0", sent.clone()).await;
    let docs = "/2.0/docs/acme/greet/1.0.0";
    for method in ["GET", "HEAD"] {
        let (head, body) = browse(&pod, method, docs).await;
        assert!(head.starts_with("http/1.1 200"), "{head}");
        assert_eq!(header(&head, "content-type"), ["application/json"]);
        assert_eq!(header(&head, "x-content-type-options"), ["nosniff"]);
        assert_eq!(header(&head, "content-security-policy"), ["sandbox"]);
        assert_eq!(body, if method == "GET" { sent.as_bytes() } else { b"" });
    }
    // What is told of them, too, is no page: a summary has no tags, and JSON is JSON.
    for path in ["/2.0/registry/triggers", "/2.0/registry/search-symbols?q=listener"] {
        let (head, body) = browse(&pod, "GET", path).await;
        assert_eq!(header(&head, "content-type"), ["application/json"], "{path}");
        assert_eq!(header(&head, "x-content-type-options"), ["nosniff"], "{path}");
        let text = String::from_utf8(body).unwrap();
        assert!(text.contains("Listener") && !text.contains("<script"), "{text}");
    }
}
