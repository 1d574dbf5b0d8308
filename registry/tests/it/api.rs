//! What `bal` asks before it builds, pulls or pushes.

use barre_core::state::deprecated::Deprecated;
use barre_testkit::bala::Bala;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::server_harness::{Pod, refusal};

#[tokio::test]
async fn an_unknown_package_is_told_in_the_words_that_clients_look_for() {
    let pod = Pod::start().await;
    for (path, expected) in [
        ("packages/acme/none", "package not found: acme/none:*_any"),
        ("packages/Acme/no%20name", "package not found: Acme/no name:*_any"),
        ("packages/acme/none/1.0.0", "package not found for: acme/none:1.0.0"),
        ("packages/acme/none/*", "package not found for: acme/none:*"),
        ("packages/acme/none/latest", "package not found for: acme/none:latest"),
        ("/files/acme/none/1.0.0/acme-none-any-1.0.0.bala", "package not found for: acme/none:1.0.0"),
    ] {
        assert_eq!(refusal(pod.get(path).await).await, (404, expected.to_owned()), "{path}");
    }
    let asked =
        pod.request(Method::GET, "packages/acme/none").header("ballerina-platform", "java21,java17,any");
    let expected = (404, "package not found: acme/none:*_java21,java17,any".to_owned());
    assert_eq!(refusal(asked.send().await.unwrap()).await, expected);
    let pull = pod.pull(None, "packages/acme/none/1.0.0").await;
    assert_eq!(refusal(pull).await, (404, "package not found for: acme/none:1.0.0".to_owned()));
}

#[tokio::test]
async fn a_package_that_does_not_suit_is_told_in_those_words_and_why() {
    let pod = Pod::start().await;
    pod.publish(&Bala::new("acme", "greet", "1.0.0").platform("java21")).await;
    let ask = async |platforms: &str, accept: &str, version: &str| {
        let request = pod.request(Method::GET, &format!("packages/acme/greet/{version}"));
        request.header("ballerina-platform", platforms).header("accept", accept).send().await.unwrap()
    };
    let bytes = "application/octet-stream";
    for (version, expected) in [
        ("1.0.0", "package not found for: acme/greet:1.0.0: it is there for java21, and not for java17"),
        ("*", "package not found for: acme/greet:*: its versions are for other platforms than java17"),
        ("2.0.0", "package not found for: acme/greet:2.0.0"),
    ] {
        assert_eq!(refusal(ask("java17", bytes, version).await).await, (404, expected.to_owned()));
    }
    // Whoever deprecates asks so; whoever pushes one more platform must hear that it is free.
    assert_eq!(ask("java17", "application/json", "1.0.0").await.status(), StatusCode::OK);
    assert_eq!(ask("java17,any", "application/json", "1.0.0").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_failed_download_always_says_why_in_json() {
    let pod = Pod::start().await;
    pod.publish(&Bala::new("acme", "greet", "1.0.0")).await;
    let file = "/files/acme/greet/1.0.0/acme-greet-any-1.0.0.bala";
    for (method, path, header, status) in [
        (Method::GET, "/files/acme/greet/1.0.0/other.bala", ("accept", "*/*"), 404),
        (Method::GET, "/files/acme", ("accept", "*/*"), 404),
        (Method::GET, "/files/a%00b/greet/1.0.0/x", ("accept", "*/*"), 400),
        (Method::GET, file, ("authorization", "Bearer wrong"), 401),
        (Method::GET, file, ("if-match", "\"other\""), 412),
        (Method::GET, file, ("range", "bytes=999999-"), 416),
        (Method::PUT, file, ("accept", "*/*"), 405),
        (Method::GET, file, ("barre-min-seq", "99"), 503),
    ] {
        let answer = pod.request(method, path).header(header.0, header.1).send().await.unwrap();
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let (found, text) = refusal(answer).await;
        assert!(found == status && !text.is_empty(), "{path} {header:?}: {found} {text}");
    }
}

#[tokio::test]
async fn versions_are_listed_newest_first_for_the_distribution_that_asks() {
    let pod = Pod::start().await;
    for (version, distribution) in [("1.0.0", "2201.8.0"), ("1.10.0", "2201.12.0"), ("1.2.0", "2201.8.0")] {
        pod.publish(&Bala::new("acme", "greet", version).distribution(distribution)).await;
    }
    let list = async |agent: &str| {
        let answer =
            pod.request(Method::GET, "packages/acme/greet").header("user-agent", agent).send().await.unwrap();
        answer.json::<Vec<String>>().await.unwrap()
    };
    assert_eq!(list("2201.12.4").await, ["1.10.0", "1.2.0", "1.0.0"]);
    assert_eq!(list("2201.8.0").await, ["1.2.0", "1.0.0"]);
}

#[tokio::test]
async fn a_package_is_described_completely() {
    let pod = Pod::start().await;
    let bala =
        Bala::new("acme", "greet", "1.0.0").module("greet.formal", true).manifest("keywords", vec!["hello"]);
    let bytes = pod.publish(&bala).await;
    let answer = pod.get("packages/acme/greet/1.0.0").await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.headers()["vary"].to_str().unwrap().contains("Accept"));
    let mut package: Value = answer.json().await.unwrap();
    let created = package["createdDate"].take().as_i64().unwrap();
    assert!(created > 1_700_000_000_000, "{created}");
    let digest = format!("sha-256={}", barre_core::digest::Digest::of(&bytes).hex());
    let url = format!("http://{}/files/acme/greet/1.0.0/acme-greet-any-1.0.0.bala", pod.address);
    let expected = json!({
        "id": 2000, "organization": "acme", "name": "greet", "version": "1.0.0", "platform": "any",
        "languageSpecificationVersion": "2024R1", "isDeprecated": false, "deprecateMessage": "",
        "URL": "/acme/greet/1.0.0", "balaVersion": "3.0.0", "balaURL": url, "digest": digest,
        "summary": "The greet package.", "readme": "# greet\n\nThe greet package.\n", "template": false,
        "licenses": [], "authors": [], "sourceCodeLocation": "", "keywords": ["hello"],
        "ballerinaVersion": "2201.12.0", "icon": "", "ownerUUID": "", "createdDate": null, "pullCount": 0,
        "visibility": "public", "balToolId": "", "graalvmCompatible": "Yes",
        "modules": [
            {
                "packageURL": "/acme/greet/1.0.0", "apiDocURL": "", "name": "greet",
                "summary": package["modules"][0]["summary"], "readme": "# greet\n\nThe greet package.\n",
            },
            {
                "packageURL": "/acme/greet/1.0.0", "apiDocURL": "", "name": "greet.formal",
                "summary": package["modules"][1]["summary"], "readme": "# greet.formal\n",
            },
        ],
    });
    assert_eq!(package, expected);
}

#[tokio::test]
async fn paths_are_read_tolerantly() {
    let pod = Pod::start().await;
    pod.publish(&Bala::new("acme", "greet", "1.0.0")).await;
    for path in [
        "packages/acme/greet",
        "/packages/acme/greet/",
        "packages//acme/greet",
        "packages/acme/gr%65et",
        "packages/acme/greet/*",
        "packages/acme/greet/%2A",
        "packages/acme/greet/1.0.0/",
    ] {
        let path = path
            .strip_prefix("/packages")
            .map_or_else(|| path.to_owned(), |rest| format!("//2.0/registry/packages{rest}"));
        assert_eq!(pod.get(&path).await.status(), StatusCode::OK, "{path}");
    }
    for path in ["/a%00b", "/2.0/registry/packages/acme/%2e%2e%2fgreet", "/%252e%252e/x"] {
        assert!(matches!(refusal(pod.get(path).await).await.0, 400 | 404), "{path}");
    }
}

#[tokio::test]
async fn what_no_route_takes_is_refused_in_json() {
    let pod = Pod::start().await;
    let (status, text) = refusal(pod.get("/nothing").await).await;
    assert_eq!(status, 404);
    assert!(text.contains("/2.0/registry"), "{text}");
    let put = pod.request(Method::PUT, "packages/acme/greet").send().await.unwrap();
    assert_eq!(refusal(put).await.0, 405);
    let home = pod.get("/").await;
    assert!(home.text().await.unwrap().contains("/2.0/registry"));
}

#[tokio::test]
async fn head_answers_like_get_without_the_body() {
    let pod = Pod::start().await;
    pod.publish(&Bala::new("acme", "greet", "1.0.0")).await;
    for path in [
        "packages/acme/greet",
        "packages/acme/greet/1.0.0",
        "/files/acme/greet/1.0.0/acme-greet-any-1.0.0.bala",
    ] {
        let get = pod.get(path).await;
        let head = pod.request(Method::HEAD, path).send().await.unwrap();
        assert_eq!(head.status(), get.status());
        for name in ["content-type", "content-length"] {
            assert_eq!(head.headers().get(name), get.headers().get(name), "{path} {name}");
        }
        assert!(head.bytes().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn answers_say_how_much_of_the_log_they_know() {
    let pod = Pod::start().await;
    pod.publish(&Bala::new("acme", "greet", "1.0.0")).await;
    assert_eq!(pod.get("packages/acme/greet").await.headers()["barre-seq"], "2");
    assert_eq!(pod.get("packages/acme/none").await.headers()["barre-seq"], "2");
    let with = async |seq: &str| {
        pod.request(Method::GET, "packages/acme/greet").header("barre-min-seq", seq).send().await.unwrap()
    };
    assert_eq!(with("2").await.status(), StatusCode::OK);
    assert_eq!(refusal(with("two").await).await.0, 400);
    assert_eq!(refusal(with("3").await).await.0, 503);
}

#[tokio::test]
async fn invented_names_do_not_become_labels() {
    let pod = Pod::start().await;
    for n in 0..20 {
        pod.get(&format!("packages/acme/invented{n}")).await;
        pod.get(&format!("/invented{n}")).await;
    }
    let text = pod.metrics();
    assert!(!text.contains("invented"), "{text}");
    assert!(text.contains("route=\"none\",status=\"404\"} 20"), "{text}");
}

#[tokio::test]
async fn a_deprecated_version_says_so() {
    let pod = Pod::start().await;
    for version in ["1.0.0", "2.0.0"] {
        pod.publish(&Bala::new("acme", "greet", version)).await;
    }
    let told = async |version: &str| {
        let package: Value = pod.get(&format!("packages/acme/greet/{version}")).await.json().await.unwrap();
        (package["isDeprecated"].as_bool().unwrap(), package["deprecateMessage"].as_str().unwrap().to_owned())
    };
    let (org, name) = ("acme".parse().unwrap(), "greet".parse().unwrap());
    let (version, message) = (Some("1.0.0".parse().unwrap()), "use 2.0.0".to_owned());
    // A kept answer is old as soon as the log moves.
    assert_eq!(told("1.0.0").await, (false, String::new()));
    pod.log.commit(pod.log.change("test", Deprecated { org, name, version, message })).await.unwrap();
    assert_eq!(told("1.0.0").await, (true, "use 2.0.0".to_owned()));
    assert_eq!(told("2.0.0").await, (false, String::new()));
}
