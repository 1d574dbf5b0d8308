//! Who is let in, and what those who are not get to hear.

use std::fmt::Write as _;
use std::io::Write;
use std::sync::{Arc, Mutex};

use barre_core::access::AnonymousRead;
use barre_core::digest::Digest;
use barre_testkit::bala::Bala;
use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::server_harness::{Pod, form, limits, refusal, secret};

/// Every way to read a release of `acme/{name}`.
fn paths(name: &str) -> [String; 4] {
    [
        format!("packages/acme/{name}"),
        format!("packages/acme/{name}/1.0.0"),
        format!("packages/acme/{name}/*"),
        format!("/files/acme/{name}/1.0.0/acme-{name}-any-1.0.0.bala"),
    ]
}

#[tokio::test]
async fn wrong_credentials_are_refused_whatever_they_ask_for() {
    let pod = Pod::start().await;
    pod.publish(&Bala::new("acme", "greet", "1.0.0")).await;
    for (token, expected) in [
        ("wrong", "unknown access token"),
        ("expired", "access token \"expired\" expired at 2001-01-01T00:00:00Z"),
        ("barre_short", "the Authorization header is not \"Bearer\" and an access token"),
    ] {
        for path in paths("greet").iter().chain(&paths("none")) {
            let answer = pod.get_as(token, path).await;
            assert!(answer.headers()["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
            assert_eq!(refusal(answer).await, (401, expected.to_owned()), "{path}");
        }
    }
    let basic = pod
        .request(Method::GET, "packages/acme/greet")
        .basic_auth("admin-all", Some("x"))
        .send()
        .await
        .unwrap();
    assert_eq!(basic.status(), StatusCode::UNAUTHORIZED);
    let query = pod.get("packages/acme/greet?access_token=wrong").await;
    assert_eq!(query.status(), StatusCode::OK);
}

/// It would stand in logs and histories.
#[tokio::test]
async fn a_token_in_a_url_is_none() {
    let pod = Pod::with(AnonymousRead::Denied, limits()).await;
    pod.publish(&Bala::new("acme", "greet", "1.0.0")).await;
    let token = secret("admin-all");
    for name in ["access_token", "accesstoken", "token", "authorization"] {
        for value in [token.clone(), format!("Bearer%20{token}")] {
            let answer = pod.get(&format!("packages/acme/greet?{name}={value}")).await;
            let (status, text) = refusal(answer).await;
            assert_eq!((status, text.contains(&token)), (401, false), "{name}: {text}");
        }
    }
    assert_eq!(pod.get_as("admin-all", "packages/acme/greet").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_private_package_is_not_there_for_others() {
    let pod = Pod::start().await;
    pod.publish(&Bala::new("acme", "sealed", "1.0.0").visibility("private")).await;
    for token in [None, Some("publish-beta"), Some("read-beta")] {
        for (hidden, absent) in paths("sealed").iter().zip(paths("absent")) {
            let hidden = refusal(pod.pull(token, hidden).await).await;
            let (status, text) = refusal(pod.pull(token, &absent).await).await;
            assert_eq!(hidden, (status, text.replace("absent", "sealed")), "{token:?}");
            assert_eq!(status, 404);
        }
    }
    for token in ["read-acme", "publish-acme", "publish-all"] {
        for path in paths("sealed") {
            let answer = pod.get_as(token, &path).await;
            assert_eq!(answer.status(), StatusCode::OK, "{token} {path}");
            assert!(!answer.headers()["cache-control"].to_str().unwrap().contains("public"));
        }
    }
}

#[tokio::test]
async fn without_anonymous_read_nothing_is_told_apart() {
    let pod = Pod::with(AnonymousRead::Denied, limits()).await;
    pod.publish(&Bala::new("acme", "greet", "1.0.0")).await;
    for path in paths("greet").iter().chain(&paths("none")).map(String::as_str).chain(["packages?q=x"]) {
        let (status, text) = refusal(pod.pull(None, path).await).await;
        assert_eq!((status, text.contains("needs an access token")), (401, true), "{path}: {text}");
    }
    // Whoever may read here at all may read what is public.
    for path in paths("greet") {
        let answer = pod.get_as("read-beta", &path).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert!(!answer.headers()["cache-control"].to_str().unwrap().contains("public"));
    }
}

#[tokio::test]
async fn only_those_who_may_publish_to_its_organization_push() {
    let pod = Pod::start().await;
    let bala = Bala::new("acme", "greet", "1.0.0");
    for (token, expected) in [
        ("read-acme", "does not allow to publish"),
        ("publish-beta", "token \"publish-beta\" is for \"beta\""),
        ("wrong", "unknown access token"),
        ("expired", "expired"),
    ] {
        let (status, text) = refusal(pod.push(token, &bala.file_name(), bala.build()).await).await;
        assert_eq!((status, text.contains(expected)), (401, true), "{token}: {text}");
    }
    // Of the name of a file nothing is believed.
    let named = pod.push("publish-beta", "beta-greet-any-1.0.0.bala", bala.build()).await;
    assert_eq!(refusal(named).await.0, 400);
    let form = form(&bala.file_name(), bala.build());
    let anonymous = pod.request(Method::POST, "packages").multipart(form).send().await.unwrap();
    let (status, text) = refusal(anonymous).await;
    assert_eq!((status, text.contains("Settings.toml")), (401, true), "{text}");
    assert_eq!(pod.get("packages/acme/greet").await.status(), StatusCode::NOT_FOUND);
    let ours = pod.push("publish-acme", &bala.file_name(), bala.build()).await;
    assert_eq!(ours.status(), StatusCode::NO_CONTENT);
}

/// An upload may take half an hour, and a token may be revoked meanwhile.
#[tokio::test]
async fn a_token_that_is_revoked_during_an_upload_publishes_nothing() {
    let bala = Bala::new("acme", "greet", "1.0.0");
    let token = secret("publish-acme");
    let less = json!({
        "name": "publish-acme", "sha256": Digest::of(token.as_bytes()).hex(), "actions": ["read"],
        "organizations": ["acme"],
    });
    for (left, expected) in
        [(vec![], "unknown access token"), (vec![less], "needs a token that allows publish")]
    {
        let pod = Pod::start().await;
        let mut body = format!(
            "--form\r\nContent-Disposition: form-data; name=\"bala-file\"; filename=\"{}\"\r\n\r\n",
            bala.file_name()
        )
        .into_bytes();
        body.extend(bala.build());
        body.extend(b"\r\n--form--\r\n");
        let head = format!(
            "POST /2.0/registry/packages HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: multipart/form-data; boundary=form\r\nContent-Length: {}\r\n\
             Expect: 100-continue\r\nConnection: close\r\n\r\n",
            pod.address,
            body.len()
        );
        let mut socket = TcpStream::connect(pod.address).await.unwrap();
        socket.write_all(head.as_bytes()).await.unwrap();
        // The token was good, and the body is wanted.
        let mut answer = vec![0; 512];
        let length = socket.read(&mut answer).await.unwrap();
        assert!(answer[..length].starts_with(b"HTTP/1.1 100 "), "{}", String::from_utf8_lossy(&answer));

        pod.retoken(&json!({ "tokens": left })).await;
        socket.write_all(&body).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 401 ") && answer.contains(expected), "{answer}");
        assert_eq!(pod.log.state().seq(), 1, "it was committed");
    }
}

#[tokio::test]
async fn reserved_organizations_take_an_admin() {
    let pod = Pod::start().await;
    let bala = Bala::new("ballerinax", "thing", "1.0.0");
    let (status, text) = refusal(pod.push("publish-all", &bala.file_name(), bala.build()).await).await;
    assert_eq!((status, text.contains("allows admin")), (401, true), "{text}");
    pod.publish(&bala).await;
}

/// What is logged, in memory.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

// The subscriber is that of the whole process: the other tests are watched as well, and name no package so.
#[tokio::test]
async fn secrets_are_never_logged_or_told() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_env_filter("warn,barre_registry=trace");
    let subscriber = subscriber.with_writer(move || writer.clone()).finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let pod = Pod::start().await;
    let bala = Bala::new("acme", "greet", "1.0.0");
    let wrong = format!("barre_{}", "Secret0123".repeat(5).chars().take(43).collect::<String>());
    let mut told = String::new();
    for token in ["publish-all", "expired", &wrong, "malformed secret"] {
        let basic = pod.request(Method::GET, "/v2/_catalog").basic_auth("who", Some(secret(token)));
        for answer in [
            pod.push(token, &bala.file_name(), bala.build()).await,
            pod.get_as(token, "packages/acme/greet?token=Secret0123").await,
            basic.send().await.unwrap(),
        ] {
            let headers = answer.headers().clone();
            let _ = write!(told, "{headers:?} {}", answer.text().await.unwrap());
        }
    }
    told += &pod.metrics();
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("route=\"/2.0/registry/packages\" status=204"), "{text}");
    for secret in ["Secret0123", "-secret", "Bearer"] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
    for secret in ["Secret0123", "-secret"] {
        assert!(!told.contains(secret), "{secret} is in {told}");
    }
}

/// `bal` prints `…Settings.toml' file.reason:` and the message right behind it.
#[tokio::test]
async fn what_a_refusal_says_reads_well_behind_its_beginning() {
    let pod = Pod::with(AnonymousRead::Denied, limits()).await;
    let mut texts = vec![refusal(pod.get("packages/acme/greet").await).await];
    for token in ["wrong", "expired", "barre_short"] {
        texts.push(refusal(pod.get_as(token, "packages/acme/greet").await).await);
    }
    for token in ["read-acme", "publish-beta"] {
        let bala = Bala::new("acme", "greet", "1.0.0");
        texts.push(refusal(pod.push(token, &bala.file_name(), bala.build()).await).await);
    }
    for (status, text) in texts {
        assert!(status == 401 && text.starts_with(char::is_lowercase) && !text.ends_with('.'), "{text}");
    }
}

/// How often something is pushed is not for strangers.
#[tokio::test]
async fn whoever_is_not_let_in_does_not_hear_how_far_the_log_is() {
    let pod = Pod::with(AnonymousRead::Denied, limits()).await;
    let refused = pod.get("packages/acme/greet").await;
    assert_eq!((refused.status(), refused.headers().get("barre-seq")), (StatusCode::UNAUTHORIZED, None));
    let allowed = pod.get_as("read-acme", "packages/acme/greet").await;
    assert!(allowed.headers().contains_key("barre-seq"));
}
