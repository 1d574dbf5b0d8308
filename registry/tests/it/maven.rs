//! A Maven repository as `bal` uses one: it pushes in the order in which its resolver does, and pulls.

use std::sync::Arc;

use barre_core::access::AnonymousRead;
use barre_core::digest::Digest;
use barre_core::maven::Checksum;
use barre_testkit::bala::Bala;
use futures::future::join_all;
use object_store::memory::InMemory;
use reqwest::{Body, Method, Response, StatusCode};

use crate::server_harness::{LIMIT, Pod, limits, secret};

/// Where a repository begins: open to everybody, and for those who say who they are.
pub(crate) const OPEN: &str = "/2.0/maven";
pub(crate) const ASKING: &str = "/2.0/auth/maven";

pub(crate) const SBOM: &str = r#"{"bomFormat":"CycloneDX","specVersion":"1.6","components":[]}"#;

/// The answer to a PUT, with the token as the password.
pub(crate) async fn put(pod: &Pod, token: Option<&str>, path: &str, body: impl Into<Body>) -> Response {
    let request = pod.request(Method::PUT, path).body(body);
    let request = token.iter().fold(request, |request, token| request.basic_auth("ci", Some(secret(token))));
    request.send().await.unwrap()
}

/// The answer to a GET, with the token as the password.
pub(crate) async fn get(pod: &Pod, token: Option<&str>, path: &str) -> Response {
    let request = pod.request(Method::GET, path);
    let request = token.iter().fold(request, |request, token| request.basic_auth("ci", Some(secret(token))));
    request.send().await.unwrap()
}

/// Pushes what must be accepted; its bytes.
pub(crate) async fn push(pod: &Pod, path: &str, bala: &Bala) -> Vec<u8> {
    let bytes = bala.build();
    let answer = put(pod, Some("publish-acme"), path, bytes.clone()).await;
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert_eq!(status, StatusCode::CREATED, "{text}");
    bytes
}

async fn text(answer: Response) -> String {
    assert_eq!(answer.status(), StatusCode::OK);
    answer.text().await.unwrap()
}

#[tokio::test]
async fn a_client_pushes_at_both_places_and_pulls_what_it_pushed() {
    let pod = Pod::start().await;
    for (base, version) in [(OPEN, "1.0.0"), (ASKING, "1.1.0")] {
        let folder = format!("{base}/acme/my.greet/{version}");
        let file = |ending: &str| format!("{folder}/my.greet-{version}.{ending}");
        let metadata = format!("{base}/acme/my.greet/maven-metadata.xml");
        let bala = Bala::new("acme", "my.greet", version).description("Says <hello>.");
        let bytes = push(&pod, &file("bala"), &bala).await;
        let made_here = ["bala.sha1", "bala.md5", "pom", "pom.sha1", "pom.md5", "bala.asc", "pom.sha512"];
        for path in made_here.map(file).into_iter().chain([metadata.clone(), format!("{metadata}.sha1")]) {
            let answer = put(&pod, Some("publish-acme"), &path, "nobody looks at this").await;
            assert_eq!(answer.status(), StatusCode::CREATED, "{path}");
        }
        let sbom = format!("{folder}/bom.cdx.json");
        assert_eq!(put(&pod, Some("publish-acme"), &sbom, SBOM).await.status(), StatusCode::CREATED);

        let pulled = get(&pod, Some("read-acme"), &file("bala")).await;
        assert_eq!(pulled.headers()["content-length"], bytes.len().to_string());
        assert_eq!(pulled.headers()["etag"], format!("\"{}\"", Digest::of(&bytes)));
        assert_eq!(pulled.bytes().await.unwrap(), bytes);
        let range = pod.request(Method::GET, &file("bala")).basic_auth("ci", Some(secret("read-acme")));
        let range = range.header("range", "bytes=1-3").send().await.unwrap();
        assert_eq!((range.status().as_u16(), range.bytes().await.unwrap().as_ref()), (206, &bytes[1..4]));
        let pom = text(get(&pod, Some("read-acme"), &file("pom")).await).await;
        assert!(pom.contains(&format!("<version>{version}</version><packaging>bala</packaging>")), "{pom}");
        let answer = get(&pod, Some("read-acme"), &sbom).await;
        assert_eq!(answer.headers()["content-type"], "application/vnd.cyclonedx+json");
        assert_eq!(answer.headers()["content-length"], SBOM.len().to_string());
        assert_eq!(text(answer).await, SBOM);
        let sha256 = text(get(&pod, Some("read-acme"), &format!("{sbom}.sha256")).await).await;
        assert_eq!(sha256, Digest::of(SBOM.as_bytes()).hex());
    }
    let listed = text(pod.get(&format!("{OPEN}/acme/my.greet/maven-metadata.xml")).await).await;
    let expected = "<latest>1.1.0</latest><release>1.1.0</release><versions><version>1.0.0</version><version>1.1.0</version></versions>";
    assert!(listed.contains(expected), "{listed}");
}

#[tokio::test]
async fn what_is_made_here_has_its_checksums_and_its_head() {
    let pod = Pod::start().await;
    let path = format!("{OPEN}/acme/greet/1.0.0/greet-1.0.0.bala");
    let bytes = push(&pod, &path, &Bala::new("acme", "greet", "1.0.0")).await;
    let checksums = [
        ("md5", Checksum::Md5),
        ("sha1", Checksum::Sha1),
        ("sha256", Checksum::Sha256),
        ("sha512", Checksum::Sha512),
    ];
    for file in ["1.0.0/greet-1.0.0.bala", "1.0.0/greet-1.0.0.pom", "maven-metadata.xml"] {
        let path = format!("{OPEN}/acme/greet/{file}");
        let found = pod.get(&path).await;
        let (etag, length) = (found.headers()["etag"].clone(), found.headers()["content-length"].clone());
        let found = found.bytes().await.unwrap();
        assert!(file != "1.0.0/greet-1.0.0.bala" || found == bytes);
        let head = pod.request(Method::HEAD, &path).send().await.unwrap();
        assert_eq!((head.status().as_u16(), &head.headers()["content-length"]), (200, &length), "{file}");
        let again = pod.request(Method::GET, &path).header("if-none-match", &etag).send().await.unwrap();
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{file}");
        for (ending, checksum) in checksums {
            // The second time it may be a kept one.
            for _ in 0..2 {
                let told = text(pod.get(&format!("{path}.{ending}")).await).await;
                assert_eq!(told, checksum.of([&found]), "{file}.{ending}");
            }
        }
        assert_eq!(pod.get(&format!("{path}.asc")).await.status(), StatusCode::NOT_FOUND);
    }
}

/// Clients merge the list that they read, and push it: the second one would lose what the first one pushed.
#[tokio::test]
async fn of_pushes_at_the_same_time_none_is_lost() {
    let store = Arc::new(InMemory::new());
    let over = || Pod::over(Arc::clone(&store) as _, LIMIT, AnonymousRead::Allowed, limits());
    let pods = [over().await, over().await];
    let metadata = format!("{OPEN}/acme/greet/maven-metadata.xml");
    let pushes = (0..6_usize).map(|number| {
        let (pod, metadata) = (&pods[number % 2], &metadata);
        async move {
            let version = format!("1.{number}.0");
            let path = format!("{OPEN}/acme/greet/{version}/greet-{version}.bala");
            push(pod, &path, &Bala::new("acme", "greet", &version)).await;
            let own = format!("<metadata><versioning><versions><version>{version}</version></versions></versioning></metadata>");
            assert_eq!(put(pod, Some("publish-acme"), metadata, own).await.status(), StatusCode::CREATED);
        }
    });
    join_all(pushes).await;
    for pod in &pods {
        pod.services.reads.catch_up().await.unwrap();
        let listed = text(pod.get(&metadata).await).await;
        assert_eq!(listed.matches("<version>").count(), 6, "{listed}");
        assert!(listed.contains("<latest>1.5.0</latest>"), "{listed}");
    }
    let [one, two] = [text(pods[0].get(&metadata).await).await, text(pods[1].get(&metadata).await).await];
    assert_eq!(one, two);
}

#[tokio::test]
async fn a_version_stays_that_of_its_first_platform_and_is_there_when_it_is_deprecated() {
    let pod = Pod::start().await;
    let path = format!("{OPEN}/acme/greet/1.0.0/greet-1.0.0.bala");
    let first = push(&pod, &path, &Bala::new("acme", "greet", "1.0.0").platform("java21")).await;
    let other = push(&pod, &path, &Bala::new("acme", "greet", "1.0.0").platform("any")).await;
    assert_ne!(first, other);
    assert_eq!(pod.get(&path).await.bytes().await.unwrap(), first);
    let deprecate = pod.request(Method::PUT, "packages/deprecate/acme/greet/1.0.0");
    let deprecated = deprecate.bearer_auth(secret("publish-acme")).body(r#"{"message":"old"}"#).send().await;
    assert_eq!(deprecated.unwrap().status(), StatusCode::OK);
    assert_eq!(pod.get(&path).await.bytes().await.unwrap(), first);
    let listed = text(pod.get(&format!("{OPEN}/acme/greet/maven-metadata.xml")).await).await;
    assert!(listed.contains("<version>1.0.0</version>"), "{listed}");
}
