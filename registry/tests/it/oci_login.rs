//! How clients of OCI say who they are: a user and a password, at once or when they are asked.

use barre_core::access::AnonymousRead;
use barre_testkit::bala::Bala;
use reqwest::{Method, Response};
use serde_json::Value;

use crate::server_harness::{Pod, limits, secret};

const TAGS: &str = "/v2/acme/hidden/tags/list";

async fn pod(anonymous: AnonymousRead) -> Pod {
    let pod = Pod::with(anonymous, limits()).await;
    pod.publish(&Bala::new("acme", "hidden", "1.0.0").visibility("private")).await;
    pod
}

async fn login(pod: &Pod, path: &str, user: &str, password: &str) -> Response {
    pod.request(Method::GET, path).basic_auth(user, Some(password)).send().await.unwrap()
}

fn challenge(answer: &Response) -> String {
    assert_eq!(answer.status(), 401);
    answer.headers()["www-authenticate"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_password_is_a_token() {
    let pod = pod(AnonymousRead::Allowed).await;
    let token = secret("read-acme");
    assert_eq!(login(&pod, TAGS, "whoever", &token).await.status(), 200);
    assert_eq!(login(&pod, TAGS, "", &token).await.status(), 200);
    assert_eq!(login(&pod, TAGS, "whoever", &secret("read-beta")).await.status(), 404);
    for wrong in [secret("wrong"), secret("expired"), String::new(), "a b".to_owned()] {
        assert_eq!(login(&pod, TAGS, "whoever", &wrong).await.status(), 401, "{wrong}");
    }
    // As `bal` sends it where no user and no token is set.
    assert_eq!(login(&pod, TAGS, "", "").await.status(), 404);
    let open = pod.request(Method::GET, "/v2/").basic_auth("", Some("")).send().await.unwrap();
    assert_eq!((open.status().as_u16(), open.text().await.unwrap().as_str()), (200, "{}"));
}

/// `bal` reads this with a regular expression.
#[tokio::test]
async fn who_sends_nothing_is_asked_as_the_client_understands_it() {
    let pod = pod(AnonymousRead::Allowed).await;
    let asked = challenge(&pod.get(TAGS).await);
    let realm = format!("http://{}/v2/token", pod.address);
    assert_eq!(
        asked,
        format!("Bearer realm=\"{realm}\",service=\"barre\",scope=\"repository:acme/hidden:pull\"")
    );
    // Nothing of a path that is no name gets into the header.
    let odd = challenge(&pod.get("/v2/a%22b/x%22y/tags/list").await);
    assert!(odd.ends_with("scope=\"registry:catalog:*\""), "{odd}");
}

#[tokio::test]
async fn what_the_token_endpoint_gives_is_good_for_the_question() {
    let pod = pod(AnonymousRead::Allowed).await;
    let path = "/v2/token?service=barre&scope=repository:acme/hidden:pull";
    let given = async |answer: Response| {
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["cache-control"]),
            (200, &"no-store".parse().unwrap())
        );
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["token"], answer["access_token"]);
        answer["token"].as_str().unwrap().to_owned()
    };
    let tags =
        async |token: &str| pod.request(Method::GET, TAGS).bearer_auth(token).send().await.unwrap().status();
    let token = given(login(&pod, path, "whoever", &secret("read-acme")).await).await;
    assert_eq!(tags(&token).await, 200);
    let nobody = given(pod.get(path).await).await;
    assert_eq!(tags(&nobody).await, 404);
    let wrong = challenge(&login(&pod, path, "whoever", "wrong").await);
    assert_eq!(wrong, "Basic realm=\"barre\"");
}

#[tokio::test]
async fn a_registry_that_is_not_for_everybody_asks_first() {
    let pod = pod(AnonymousRead::Denied).await;
    for path in ["/v2/", "/v2/_catalog", TAGS, "/v2/acme/absent/tags/list"] {
        let asked = challenge(&pod.get(path).await);
        assert!(asked.starts_with("Bearer realm=\"http://"), "{path}: {asked}");
        assert_eq!(login(&pod, path, "", "").await.status(), 401, "{path}");
    }
    assert_eq!(challenge(&pod.get("/v2/token").await), "Basic realm=\"barre\"");
    let answer: Value = pod.get("/v2/").await.json().await.unwrap();
    let text =
        "this registry is not for everybody: log in with any user name, and an access token for the password";
    assert_eq!(answer["errors"][0]["message"], text);
    assert_eq!(answer["errors"][0]["code"], "UNAUTHORIZED");
    assert_eq!(login(&pod, TAGS, "ci", &secret("read-acme")).await.status(), 200);
}
