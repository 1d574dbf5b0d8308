//! What a browser is shown, and what everything else keeps getting.

use barre_core::access::AnonymousRead;
use barre_core::digest::Digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;

use crate::server_harness::{Pod, limits};

/// What Chromium and Firefox send along.
const BROWSER: (&str, &str) =
    ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8");

#[tokio::test]
async fn a_browser_gets_a_page_and_a_program_gets_text() {
    let pod = Pod::with(AnonymousRead::Denied, limits()).await;
    let browser = pod.request(Method::GET, "/").header(BROWSER.0, BROWSER.1).send().await.unwrap();
    assert_eq!(browser.status(), 200);
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("vary", "Accept"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
    ] {
        assert_eq!(browser.headers()[name], value, "{name}");
    }
    // How often something is pushed here is not for strangers.
    assert!(!browser.headers().contains_key("barre-seq"));
    for accept in [&[][..], &[("accept", "*/*")], &[("accept", "application/json, text/plain")]] {
        let mut request = pod.request(Method::GET, "/");
        for (name, value) in accept {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/plain; charset=utf-8", "{accept:?}");
        assert!(answer.text().await.unwrap().starts_with("This is a Ballerina package registry"));
    }
}

#[tokio::test]
async fn the_page_takes_nothing_from_elsewhere_and_runs_nothing() {
    let pod = Pod::start().await;
    let answer = pod.request(Method::GET, "/").header(BROWSER.0, BROWSER.1).send().await.unwrap();
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    let page = answer.text().await.unwrap();
    let style = page.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    let digest = STANDARD.encode(Digest::of(style.as_bytes()).as_bytes());
    assert!(policy.starts_with("default-src 'none'; "), "{policy}");
    assert!(policy.contains(&format!("style-src 'sha256-{digest}'")), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    for never in
        ["<script", "<img", "<link", "<iframe", "<form", " style=", " src=", "@import", "url(", " on"]
    {
        // What the text says is between tags.
        let tags = page.split('<').skip(1).filter_map(|rest| rest.split_once('>'));
        let found = tags.map(|(tag, _)| format!("<{tag}")).find(|tag| tag.contains(never));
        assert!(found.is_none() && !style.contains(never), "{never}: {found:?}");
    }
    for link in page.split("href=\"").skip(1) {
        assert!(link.starts_with(['#', '/']), "{link}");
    }
}

#[tokio::test]
async fn what_the_page_links_to_is_there() {
    let pod = Pod::start().await;
    let page = pod.request(Method::GET, "/").header(BROWSER.0, BROWSER.1).send().await.unwrap();
    let page = page.text().await.unwrap();
    let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split_once('"'));
    let links: Vec<&str> = links.map(|(link, _)| link).collect();
    assert!(links.len() > 4, "{links:?}");
    for link in links {
        match link.strip_prefix('#') {
            Some(id) => assert!(page.contains(&format!(" id=\"{id}\"")), "{link}"),
            None => assert_eq!(pod.get(link).await.status(), 200, "{link}"),
        }
    }
}

#[tokio::test]
async fn the_page_names_the_registry_by_a_name_of_its_own() {
    let pod = Pod::start().await;
    let ask = async |address: String, host: &str| {
        let request =
            reqwest::Client::builder().no_proxy().build().unwrap().get(format!("http://{address}/"));
        let answer = request.header(BROWSER.0, BROWSER.1).header("host", host).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (_, page) = ask(pod.address.to_string(), "node.example.com:30080").await;
    assert!(page.contains("http://node.example.com:30080/2.0/auth/maven"), "{page}");
    let port = pod.named_port("https://bal.example.com").await;
    let (_, page) = ask(format!("127.0.0.1:{port}"), "evil.example.com").await;
    assert!(page.contains("https://bal.example.com/2.0/auth/maven") && !page.contains("evil"), "{page}");
    // Nobody has told this one its names, and this is none.
    assert_eq!(ask(pod.address.to_string(), "a:99999").await.0, 400);
}
