//! What a Maven repository does not take, does not have, and does not show.

use barre_core::access::AnonymousRead;
use barre_core::digest::Digest;
use barre_core::state::attached::MAX_FILE_BYTES;
use barre_testkit::bala::Bala;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, Response, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::maven::{ASKING, OPEN, SBOM, get, push, put};
use crate::server_harness::{LIMIT, Pod, limits, refusal, secret};

const BALA: &str = "/acme/greet/1.0.0/greet-1.0.0.bala";
const METADATA: &str = "/acme/greet/maven-metadata.xml";

fn asks(answer: &Response) -> bool {
    let challenge = answer.headers().get("www-authenticate");
    answer.status() == StatusCode::UNAUTHORIZED && challenge.is_some_and(|c| c == "Basic realm=\"barre\"")
}

#[tokio::test]
async fn the_same_bytes_again_are_a_success_and_others_are_not() {
    let pod = Pod::start().await;
    let (path, bala) = (format!("{OPEN}{BALA}"), Bala::new("acme", "greet", "1.0.0"));
    for _ in 0..2 {
        push(&pod, &path, &bala).await;
    }
    let other = bala.clone().readme("# other\n\nIt is not the same.\n").build();
    let (status, text) = refusal(put(&pod, Some("publish-acme"), &path, other).await).await;
    assert_eq!((status, text.contains("package already exists: acme/greet:1.0.0")), (400, true), "{text}");
    assert_eq!(pod.log.state().seq(), 2);
}

#[tokio::test]
async fn a_bala_goes_to_its_own_path() {
    let pod = Pod::start().await;
    let bytes = Bala::new("acme", "greet", "1.0.0").build();
    for (path, part) in [
        ("/acme/other/1.0.0/other-1.0.0.bala", "this is the bala of acme/greet:1.0.0"),
        ("/acme/greet/1.0.1/greet-1.0.1.bala", "this is the bala of acme/greet:1.0.0"),
        ("/acme/greet/1.0.0/greet-1.0.1.bala", "greet-1.0.0.bala"),
        ("/acme/greet/1.0.0/acme-greet-any-1.0.0.bala", "greet-1.0.0.bala"),
        ("/acme/greet/1.0.0/greet-1.0.0.jar", "greet-1.0.0.bala"),
        ("/acme/greet/1.0/greet-1.0.bala", "invalid version"),
        ("/ac-me/greet/1.0.0/greet-1.0.0.bala", "invalid organization"),
        ("/acme/gr%20eet/1.0.0/greet-1.0.0.bala", "invalid package name"),
        ("/acme/greet/maven-metadata.txt", "maven-metadata.xml lists"),
    ] {
        for base in [OPEN, ASKING] {
            let (status, text) =
                refusal(put(&pod, Some("publish-all"), &format!("{base}{path}"), bytes.clone()).await).await;
            assert_eq!((status, text.contains(part)), (400, true), "{path}: {text}");
        }
    }
    assert_eq!(pod.log.state().seq(), 1, "something was published");
}

#[tokio::test]
async fn paths_that_name_nothing_are_absent() {
    let pod = Pod::start().await;
    push(&pod, &format!("{OPEN}{BALA}"), &Bala::new("acme", "greet", "1.0.0")).await;
    let long = format!("/{}/greet/1.0.0/greet-1.0.0.bala", "a".repeat(2000));
    for (path, status) in [
        ("/acme/greet/1.0.0/greet-1.0.0.jar", 404),
        ("/acme/greet/1.0.1/greet-1.0.1.bala", 404),
        ("/acme/greet/1.0.0/maven-metadata.xml", 404),
        ("/acme/greet/1.0.0/bom.cdx.json", 404),
        ("/acme/greet/1.0.0", 404),
        ("/acme/greet/1.0.0-SNAPSHOT/maven-metadata.xml", 404),
        ("/com/acme/greet/1.0.0/greet-1.0.0.bala", 404),
        ("/acme/greet", 404),
        ("", 404),
        ("/acme/Greet/1.0.0/Greet-1.0.0.bala", 404),
        ("/acme/greet/1.0.0/greet-1.0.0.bala%00", 400),
        ("/acme%2Fgreet/1.0.0/greet-1.0.0.bala", 400),
        ("/acme/greet/1.0.0/%2e%2e%2fgreet-1.0.0.bala", 400),
        ("/acme/greet/1.0.0/..%5Cgreet-1.0.0.bala", 400),
        (&long, 404),
        (&format!("/{}", "a/".repeat(5000)), 400),
    ] {
        let (found, text) = refusal(pod.get(&format!("{OPEN}{path}")).await).await;
        assert_eq!(found, status, "{path}: {text}");
        assert!(text.len() < 400, "{text}");
    }
    let deleted = pod.request(Method::DELETE, &format!("{OPEN}{BALA}")).send().await.unwrap();
    assert_eq!(deleted.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(deleted.headers()["allow"], "GET, HEAD, PUT, OPTIONS");
}

#[tokio::test]
async fn who_pushes_is_asked_at_both_places_and_who_reads_at_one() {
    let pod = Pod::start().await;
    let bytes = push(&pod, &format!("{OPEN}{BALA}"), &Bala::new("acme", "greet", "1.0.0")).await;
    for base in [OPEN, ASKING] {
        for path in [BALA, METADATA, "/acme/greet/1.0.0/greet-1.0.0.pom.sha1"] {
            let path = format!("{base}{path}");
            assert!(asks(&put(&pod, None, &path, bytes.clone()).await), "{path}");
            assert!(asks(&put(&pod, Some("wrong"), &path, bytes.clone()).await), "{path}");
            assert!(asks(&put(&pod, Some("read-acme"), &path, bytes.clone()).await), "{path}");
            let (_, text) = refusal(put(&pod, Some("publish-beta"), &path, bytes.clone()).await).await;
            assert!(text.contains("is for \"beta\""), "{text}");
            let found = get(&pod, None, &path).await;
            assert_eq!(
                (asks(&found), found.status().as_u16() == 200),
                (base == ASKING, base == OPEN),
                "{path}"
            );
            assert!(asks(&get(&pod, Some("wrong"), &path).await), "{path}");
            assert_eq!(get(&pod, Some("read-beta"), &path).await.status(), StatusCode::OK, "{path}");
        }
    }
    // A user without a name and a password is nobody.
    let nobody = pod.request(Method::GET, &format!("{ASKING}{BALA}")).header("authorization", "Basic Og==");
    assert!(asks(&nobody.send().await.unwrap()));
    let closed = Pod::with(AnonymousRead::Denied, limits()).await;
    let asked = closed.get(&format!("{OPEN}{BALA}")).await;
    assert!(asks(&asked));
    assert!(refusal(asked).await.1.starts_with("this registry is not for everybody: set username"));
}

#[tokio::test]
async fn what_is_private_is_not_there_for_others() {
    let pod = Pod::start().await;
    let bala = Bala::new("acme", "greet", "1.0.0").visibility("private");
    push(&pod, &format!("{OPEN}{BALA}"), &bala).await;
    let sbom = "/acme/greet/1.0.0/bom.cdx.json";
    assert_eq!(put(&pod, Some("publish-acme"), &format!("{OPEN}{sbom}"), SBOM).await.status(), 201);
    for path in
        [BALA, METADATA, sbom, "/acme/greet/1.0.0/greet-1.0.0.pom", "/acme/greet/1.0.0/greet-1.0.0.bala.sha1"]
    {
        for base in [OPEN, ASKING] {
            let path = format!("{base}{path}");
            assert_eq!(get(&pod, Some("read-acme"), &path).await.status(), StatusCode::OK, "{path}");
            let absent = path.replace("greet", "absent");
            for token in [None, Some("read-beta"), Some("publish-beta")] {
                let found = refusal(get(&pod, token, &path).await).await;
                let (status, text) = refusal(get(&pod, token, &absent).await).await;
                assert_eq!(found, (status, text.replace("absent", "greet")), "{path} by {token:?}");
                assert_eq!(status, if token.is_none() && base == ASKING { 401 } else { 404 }, "{path}");
            }
        }
    }
}

#[tokio::test]
async fn an_sbom_belongs_to_a_version_and_is_one() {
    let pod = Pod::start().await;
    let path = format!("{OPEN}/acme/greet/1.0.0/bom.cdx.json");
    let early = put(&pod, Some("publish-acme"), &path, SBOM).await;
    assert_eq!(refusal(early).await, (404, "package acme/greet:1.0.0 is not here".to_owned()));
    push(&pod, &format!("{OPEN}{BALA}"), &Bala::new("acme", "greet", "1.0.0")).await;
    for (body, part) in [("", "EOF"), ("<xml/>", "not the JSON"), ("{}", "bomFormat must be \"CycloneDX\"")] {
        let (status, text) = refusal(put(&pod, Some("publish-acme"), &path, body).await).await;
        assert_eq!((status, text.contains(part)), (400, true), "{text}");
    }
    let (mut socket, first) = begin(&pod, &path, MAX_FILE_BYTES + 1, Some("publish-acme")).await;
    let mut text = String::new();
    socket.read_to_string(&mut text).await.unwrap();
    assert!(first == "HTTP/1.1 400 " && text.contains("the SBOM is larger"), "{first}{text}");
    assert_eq!(pod.get(&path).await.status(), StatusCode::NOT_FOUND);
    // The one that was pushed last is told, and the same again changes nothing.
    let newer = SBOM.replace("[]", "[{}]");
    for (body, seq) in [(SBOM, 3), (&newer, 4), (&newer, 4)] {
        let pushed = put(&pod, Some("publish-acme"), &path, body.to_owned()).await;
        assert_eq!((pushed.status(), pod.log.seq()), (StatusCode::CREATED, seq));
        assert_eq!(pod.get(&path).await.text().await.unwrap(), body);
    }
}

#[tokio::test]
async fn sizes_and_checksums_are_checked() {
    let pod = Pod::start().await;
    let path = format!("{OPEN}{BALA}");
    let long = vec![b'x'; usize::try_from(LIMIT).unwrap() + 1];
    let (status, text) = refusal(put(&pod, Some("publish-acme"), &path, long).await).await;
    assert_eq!((status, text.contains(&format!("at most {LIMIT} bytes"))), (400, true), "{text}");
    assert_eq!(refusal(put(&pod, Some("publish-acme"), &path, "no bala").await).await.0, 400);
    let bytes = push(&pod, &path, &Bala::new("acme", "greet", "1.0.0")).await;
    let (sha256, hex) = (format!("{path}.sha256"), Digest::of(&bytes).hex());
    for right in [hex.clone(), format!("{}  greet-1.0.0.bala\n", hex.to_uppercase())] {
        assert_eq!(put(&pod, Some("publish-acme"), &sha256, right).await.status(), StatusCode::CREATED);
    }
    let (status, text) = refusal(put(&pod, Some("publish-acme"), &sha256, "00").await).await;
    assert_eq!((status, text.contains(&hex)), (400, true), "{text}");
    let long = vec![b'x'; 4 * 1024 * 1024 + 1];
    let metadata = format!("{OPEN}{METADATA}");
    assert_eq!(refusal(put(&pod, Some("publish-acme"), &metadata, long).await).await.0, 400);
}

/// Begins to push so many bytes, and waits to be told to send them; the beginning of the first answer.
async fn begin(pod: &Pod, path: &str, length: u64, token: Option<&str>) -> (TcpStream, String) {
    let mut socket = TcpStream::connect(pod.address).await.unwrap();
    let authorization = token.map_or_else(String::new, |token| {
        format!("Authorization: Basic {}\r\n", STANDARD.encode(format!("ci:{}", secret(token))))
    });
    let head = format!(
        "PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n{authorization}\r\n"
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let first = line(&mut socket).await;
    (socket, first)
}

/// `HTTP/1.1 200 `
async fn line(socket: &mut TcpStream) -> String {
    let mut first = vec![0; 13];
    socket.read_exact(&mut first).await.unwrap();
    String::from_utf8(first).unwrap()
}

/// Maven's clients send the head first, and the body when they are told to.
#[tokio::test]
async fn who_waits_to_be_told_is_told_or_asked() {
    let pod = Pod::start().await;
    let (path, bytes) = (format!("{ASKING}{BALA}"), Bala::new("acme", "greet", "1.0.0").build());
    let length = bytes.len() as u64;
    assert_eq!(begin(&pod, &path, length, None).await.1, "HTTP/1.1 401 ");
    assert_eq!(begin(&pod, &path, LIMIT + 1, Some("publish-acme")).await.1, "HTTP/1.1 400 ");
    let (mut socket, first) = begin(&pod, &path, length, Some("publish-acme")).await;
    assert_eq!(first, "HTTP/1.1 100 ");
    let mut rest = [0; "Continue\r\n\r\n".len()];
    socket.read_exact(&mut rest).await.unwrap();
    socket.write_all(&bytes).await.unwrap();
    assert_eq!(line(&mut socket).await, "HTTP/1.1 201 ");
    assert_eq!(pod.get(&format!("{OPEN}{BALA}")).await.bytes().await.unwrap(), bytes);
}
