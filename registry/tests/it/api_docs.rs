//! API docs: how they come, and everything that is told of them.

use barre_core::digest::Digest;
use barre_testkit::bala::Bala;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::server_harness::{Pod, refusal, secret};

/// The API docs of a version: a client, a listener, and functions that are called so.
pub(crate) fn docs(org: &str, name: &str, version: &str, functions: &[&str]) -> String {
    let method = json!({
        "name": "greet", "description": "Greets.", "isRemote": true,
        "parameters": [{ "name": "whom", "type": { "name": "string", "category": "builtin" } }],
        "returnParameters": [{ "type": { "name": "error", "isNullable": true } }],
    });
    let functions: Vec<_> = functions
        .iter()
        .map(|function| json!({ "name": function, "description": "Does it.", "isIsolated": true }))
        .collect();
    let init = json!({ "name": "init", "parameters": [{ "name": "port", "type": { "name": "int" } }] });
    let module = json!({
        "id": name, "orgName": org, "version": version, "summary": "", "description": "",
        "clients": [{ "name": "Client", "description": "Greets <b>far</b> away.\nMore.", "remoteMethods": [method] }],
        "listeners": [{ "name": "Listener", "description": "Hears.", "initMethod": init }],
        "functions": functions,
    });
    json!({ "docsData": { "releaseVersion": "", "langLibs": [], "modules": [module] }, "searchData": {} })
        .to_string()
}

pub(crate) async fn put(
    pod: &Pod,
    token: Option<&str>,
    package: &str,
    body: impl Into<reqwest::Body>,
) -> Response {
    let request = pod.request(Method::PUT, &format!("/v1/packages/{package}/docs")).body(body);
    let request = token.iter().fold(request, |request, token| request.bearer_auth(secret(token)));
    request.send().await.unwrap()
}

/// Uploads what must be accepted; the segment that says so.
pub(crate) async fn upload(pod: &Pod, org: &str, name: &str, version: &str, docs: String) -> u64 {
    let answer = put(pod, Some("admin-all"), &format!("{org}/{name}/{version}"), docs).await;
    let (status, seq) = (answer.status(), answer.headers().get("barre-seq").cloned());
    assert_eq!(status, StatusCode::NO_CONTENT, "{}", answer.text().await.unwrap());
    seq.unwrap().to_str().unwrap().parse().unwrap()
}

pub(crate) async fn shop() -> Pod {
    let pod = Pod::start().await;
    pod.publish(&Bala::new("acme", "greet", "1.0.0").manifest("keywords", vec!["hello"])).await;
    upload(&pod, "acme", "greet", "1.0.0", docs("acme", "greet", "1.0.0", &["hello"])).await;
    pod
}

pub(crate) async fn list(pod: &Pod, path: &str) -> Value {
    list_as(pod, None, path).await.0
}

/// A list, and what it varies with.
pub(crate) async fn list_as(pod: &Pod, token: Option<&str>, path: &str) -> (Value, String) {
    let answer = match token {
        Some(token) => pod.get_as(token, path).await,
        None => pod.get(path).await,
    };
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert!(!answer.headers().contains_key("barre-seq"));
    let vary = answer.headers()["vary"].to_str().unwrap().to_owned();
    (answer.json().await.unwrap(), vary)
}

pub(crate) fn names(list: &Value, of: &str, field: &str) -> Vec<String> {
    let list = list[of].as_array().unwrap();
    list.iter().map(|one| one[field].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_docs_of_a_version_are_there_as_they_came() {
    let pod = shop().await;
    let (path, sent) = ("/2.0/docs/acme/greet/1.0.0", docs("acme", "greet", "1.0.0", &["hello"]));
    let answer = pod.get(path).await;
    let etag = format!("\"{}\"", Digest::of(sent.as_bytes()));
    for (name, value) in [
        ("content-type", "application/json"),
        ("cache-control", "no-cache"),
        ("vary", "Authorization"),
        ("etag", &etag),
    ] {
        assert_eq!(answer.headers()[name], value, "{name}");
    }
    assert_eq!(answer.text().await.unwrap(), sent);
    let again = pod.request(Method::GET, path).header("if-none-match", &etag).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    pod.publish(&Bala::new("acme", "greet", "1.1.0")).await;
    for absent in ["acme/greet/1.1.0", "acme/greet/9.0.0", "acme/none/1.0.0", "acme/greet/x", "a b/c/1.0.0"] {
        let (status, text) = refusal(pod.get(&format!("/2.0/docs/{absent}")).await).await;
        assert!(status == 404 && text.contains("no API documentation of"), "{text}");
    }
}

#[tokio::test]
async fn a_client_is_a_connector() {
    let pod = shop().await;
    let found = list(&pod, "connectors?q=greet&limit=5&offset=0").await;
    assert_eq!((&found["count"], &found["limit"], &found["offset"]), (&json!(1), &json!(5), &json!(0)));
    let connector = &found["connectors"][0];
    for (field, value) in [
        ("name", "Client"),
        ("moduleName", "greet"),
        ("displayName", ""),
        ("icon", ""),
        ("documentation", "Greets far away."),
    ] {
        assert_eq!(connector[field], value, "{field}");
    }
    let package: Value = pod.get("packages/acme/greet/1.0.0").await.json().await.unwrap();
    for field in [
        "organization",
        "name",
        "version",
        "URL",
        "balaURL",
        "digest",
        "keywords",
        "createdDate",
        "isDeprecated",
    ] {
        assert_eq!(connector["package"][field], package[field], "{field}");
    }
    let by_id = format!("connectors/{}", connector["id"].as_str().unwrap());
    for path in [
        by_id.as_str(),
        "connectors/acme/greet/1.0.0/greet/Client",
        "/2.0/registry//connectors/acme/greet/1.0.0/greet/Client",
    ] {
        let one: Value = pod.get(path).await.json().await.unwrap();
        assert_eq!((&one["id"], &one["package"]), (&connector["id"], &connector["package"]), "{path}");
        assert_eq!(one["documentation"], "Greets <b>far</b> away.\nMore.");
        let function = json!({
            "name": "greet", "documentation": "Greets.", "isRemote": true, "returnType": { "typeName": "error?" },
            "parameters": [{
                "name": "whom", "documentation": "", "typeName": "string", "defaultable": false, "optional": false,
            }],
        });
        assert_eq!(one["functions"], json!([function]), "{path}");
    }
    for absent in [
        "connectors/acme/greet/1.0.0/greet/Listener",
        "connectors/acme/greet/1.0.1/greet/Client",
        "connectors/acme/greet/1.0.0/other/Client",
    ] {
        let (status, text) = refusal(pod.get(absent).await).await;
        assert!(status == 404 && text.starts_with("connector not found: acme/greet:1.0."), "{text}");
    }
}

#[tokio::test]
async fn a_listener_is_a_trigger() {
    let pod = shop().await;
    let found = list(&pod, "triggers").await;
    assert_eq!(
        (names(&found, "triggers", "name"), &found["count"]),
        (vec!["Listener".to_owned()], &json!(1))
    );
    let id = found["triggers"][0]["id"].as_str().unwrap();
    let one: Value = pod.get(&format!("triggers/{id}")).await.json().await.unwrap();
    let port = json!({ "name": "port", "documentation": "", "typeName": "int", "defaultable": false, "optional": false });
    assert_eq!((&one["listenerParams"], &one["serviceTypes"]), (&json!([port]), &json!([])));
    // A connector is none, although it has an id.
    assert_eq!(refusal(pod.get(&format!("connectors/{id}")).await).await.0, 404);
}

#[tokio::test]
async fn everything_that_is_declared_is_a_symbol() {
    let pod = shop().await;
    let found = list(&pod, "search-symbols?q=hello").await;
    let mut symbol = found["symbols"][0].clone();
    assert!(symbol["createdDate"].take().as_i64().unwrap() > 1_700_000_000_000);
    let (id, package) = (symbol["id"].take(), symbol["packageID"].take());
    assert!(id.is_string() && package.is_string());
    let expected = json!({
        "id": null, "packageID": null, "name": "greet", "org": "acme", "organization": "acme", "version": "1.0.0",
        "createdDate": null, "icon": "", "symbolType": "function", "symbolParent": "", "symbolName": "hello",
        "description": "Does it.", "symbolSignature": "", "isIsolated": true, "isRemote": false, "isResource": false,
        "isClosed": false, "isDistinct": false, "isReadOnly": false,
    });
    assert_eq!((symbol, &found["count"]), (expected, &json!(1)));
}

async fn api_docs(pod: &Pod, module: &str, version: &str) -> Value {
    let query = format!(
        "query Q {{ query: apiDocs(inputFilter: {{moduleInfo: {{orgName: \"acme\", moduleName: \"{module}\", version: \"{version}\"}}}}) {{
            docsData {{ modules {{ id clients listeners functions }} }} }} }}"
    );
    let request = pod.request(Method::POST, "/2.0/graphql").json(&json!({ "query": query }));
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    answer["data"]["query"]["docsData"]["modules"].clone()
}

/// The texts are JSON themselves.
#[tokio::test]
async fn graphql_tells_what_a_module_declares() {
    let pod = shop().await;
    for version in ["1.0.0", "", "*", "latest"] {
        let modules = api_docs(&pod, "greet", version).await;
        assert_eq!((modules.as_array().unwrap().len(), &modules[0]["id"]), (1, &json!("greet")), "{version}");
        for (list, name) in [("clients", "Client"), ("listeners", "Listener"), ("functions", "hello")] {
            let text = modules[0][list].as_str().unwrap();
            let parsed: Value = serde_json::from_str(text).unwrap();
            assert_eq!(parsed[0]["name"], name, "{list}");
        }
    }
    // A module of a package that has docs, but not of this one.
    for (module, version) in
        [("greet.inner", "1.0.0"), ("none", "1.0.0"), ("greet", "9.0.0"), ("greet", "x"), ("", "")]
    {
        assert_eq!(api_docs(&pod, module, version).await, json!([]), "{module} {version}");
    }
    let twice = "{ a: apiDocs { docsData { modules { id } } } b: apiDocs { docsData { modules { id } } } }";
    let request = pod.request(Method::POST, "/2.0/graphql").json(&json!({ "query": twice }));
    let refused = refusal(request.send().await.unwrap()).await;
    assert_eq!(refused, (400, "the query asks too much: apiDocs at most once".to_owned()));
}

#[tokio::test]
async fn a_repository_in_the_place_of_central_tells_the_same() {
    let pod = shop().await;
    let document = async |group: &str, question: &str| {
        let question = STANDARD_NO_PAD.encode(question);
        pod.get(&format!("/2.0/maven/v2201-13-0/{group}/{question}/maven-metadata.xml"))
            .await
            .text()
            .await
            .unwrap()
    };
    let symbols = document("__symbolsearch__", "q=hello&limit=5").await;
    let connectors = document("__connectorsearch__", "q=client").await;
    for (document, element) in [
        (&symbols, "<count>1</count><limit>5</limit>"),
        (&symbols, "<symbolName>hello</symbolName>"),
        (&symbols, "<symbolType>function</symbolType>"),
        (&connectors, "<count>1</count>"),
        (&connectors, "<name>Client</name>"),
        (&connectors, "<documentation>Greets far away.</documentation>"),
        (&connectors, "<organization>acme</organization><name>greet</name><version>1.0.0</version>"),
        (
            &connectors,
            &format!("<balaURL>http://{}/2.0/maven/acme/greet/1.0.0/greet-1.0.0.bala</balaURL>", pod.address),
        ),
    ] {
        assert!(document.contains(element), "{element}: {document}");
    }
    let path = "/2.0/maven/acme/greet/1.0.0/greet-1.0.0-listeners.json";
    let answer = pod.get(path).await;
    let etag = answer.headers()["etag"].clone();
    let found: Value = answer.json().await.unwrap();
    let text = found["data"]["apiDocs"]["docsData"]["modules"][0]["listeners"].as_str().unwrap();
    assert_eq!(serde_json::from_str::<Value>(text).unwrap()[0]["name"], "Listener");
    // Other docs are another answer.
    let other = docs("acme", "greet", "1.0.0", &[]).replace("Hears.", "Listens.");
    upload(&pod, "acme", "greet", "1.0.0", other).await;
    assert_ne!(pod.get(path).await.headers()["etag"], etag);
}

#[tokio::test]
async fn the_same_docs_again_are_a_success_and_the_last_ones_count() {
    let pod = shop().await;
    let (one, two) = (docs("acme", "greet", "1.0.0", &["one"]), docs("acme", "greet", "1.0.0", &["two"]));
    let mut seqs = Vec::new();
    for (sent, function) in [(&one, "one"), (&one, "one"), (&two, "two"), (&one, "one"), (&one, "one")] {
        seqs.push(upload(&pod, "acme", "greet", "1.0.0", sent.clone()).await);
        assert_eq!(&pod.get("/2.0/docs/acme/greet/1.0.0").await.text().await.unwrap(), sent);
        let found = list(&pod, "search-symbols?q=does").await;
        assert_eq!(names(&found, "symbols", "symbolName"), [function]);
    }
    assert_eq!(seqs, [4, 4, 5, 6, 6]);
}
