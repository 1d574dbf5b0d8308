//! What `bal` asks for where a Maven repository stands in for Central (`proxyCentral`), over a real socket.

use barre_core::access::AnonymousRead;
use barre_core::state::deprecated::Deprecated;
use barre_testkit::bala::Bala;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use reqwest::header::HeaderMap;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::resolution::{PACKAGES, answer};
use crate::server_harness::{Pod, limits, refusal, secret};

const OURS: &str = "/2.0/maven/v2201-13-0";
const GREET: &str = "/2.0/maven/v2201-13-0/acme/greet.bold/maven-metadata.xml";
const GRAPH: &str = "/2.0/maven/acme/greet.bold/1.0.0/greet.bold-1.0.0-depgraph.json";
const LISTENERS: &str = "/2.0/maven/acme/greet.bold/1.0.0/greet.bold-1.0.0-listeners.json";

async fn shop() -> Pod {
    let pod = Pod::start().await;
    for bala in [
        Bala::new("acme", "greet.bold", "1.0.0")
            .dependency("ballerina/lang.int:0.0.0")
            .dependency("ballerina/io:1.8.0")
            .module("greet.bold.formal", true)
            .module("greet.bold.inner", false),
        Bala::new("acme", "greet.bold", "1.1.0").distribution("2201.13.2").description("Greets <b>R&D</b>."),
        Bala::new("acme", "greet.bold", "1.2.0").distribution("2201.14.0"),
        Bala::new("acme", "greet.bold", "1.3.0").platform("go1.26"),
        Bala::new("acme", "greet.bold", "1.4.0").platform("java21").distribution("slbeta6"),
        // What is at the path of a bala is the first one.
        Bala::new("acme", "greet.bold", "1.5.0").platform("go1.26"),
        Bala::new("acme", "greet.bold", "1.5.0").platform("java21"),
        Bala::new("acme", "greet.bold", "1.6.0").visibility("private"),
        Bala::new("acme", "greet.bold", "2.0.0-rc.1"),
        Bala::new("acme", "tool.scan", "0.9.0"),
        Bala::new("acme", "tool.scan", "1.9.0").tool("scan"),
        Bala::new("acme", "tool.scan", "1.10.0").tool("scan").manifest("keywords", vec!["Mistakes"]),
        Bala::new("acme", "tool.scan", "1.11.0")
            .tool("scan")
            .distribution("2201.14.0")
            .manifest("keywords", vec!["Mistakes"]),
        Bala::new("acme", "tool.scan", "2.0.0-rc.1").tool("scan"),
        Bala::new("acme", "hidden", "1.0.0").tool("secret").visibility("private"),
    ] {
        pod.publish(&bala).await;
    }
    deprecate(&pod, "1.0.0").await;
    pod
}

async fn deprecate(pod: &Pod, version: &str) {
    let (org, name) = ("acme".parse().unwrap(), "greet.bold".parse().unwrap());
    let version = Some(version.parse().unwrap());
    let deprecated = Deprecated { org, name, version, message: "use 1.1.0".to_owned() };
    pod.log.commit(pod.log.change("test", deprecated)).await.unwrap();
}

/// The path of a search.
fn search(group: &str, question: &str) -> String {
    format!("{OURS}/{group}/{}/maven-metadata.xml", STANDARD_NO_PAD.encode(question))
}

async fn with_password(pod: &Pod, path: &str, token: &str) -> Response {
    pod.request(Method::GET, path).basic_auth("whoever", Some(secret(token))).send().await.unwrap()
}

/// A document, one element a line, without the times at which something was published.
async fn document(answer: Response) -> String {
    assert_eq!((answer.status().as_u16(), header(&answer, "content-type")), (200, "application/xml"));
    let text = answer.text().await.unwrap().replace("><", ">\n<");
    let line = |line: &str| {
        if line.starts_with("<createdDate>1") { "<createdDate>…" } else { line }.to_owned() + "\n"
    };
    text.lines().map(line).collect()
}

async fn get(pod: &Pod, path: &str) -> String {
    document(pod.get(path).await).await
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).unwrap_or_else(|| panic!("no {name}: {answer:?}")).to_str().unwrap()
}

/// What stands in elements of this name.
fn texts<'a>(document: &'a str, name: &str) -> Vec<&'a str> {
    let (begin, end) = (format!("<{name}>"), format!("</{name}>"));
    document.lines().filter_map(|line| line.strip_prefix(&begin)?.strip_suffix(&end)).collect()
}

#[tokio::test]
async fn every_group_has_the_document_that_the_client_reads() {
    let pod = shop().await;
    insta::assert_snapshot!("maven_versions", get(&pod, GREET).await);
    insta::assert_snapshot!(
        "maven_tool",
        get(&pod, &format!("{OURS}/__tools__/scan/maven-metadata.xml")).await
    );
    for group in ["packagesearch", "packagesearchsolr", "toolsearch", "symbolsearch", "connectorsearch"] {
        let group = format!("__{group}__");
        for (name, question) in [("found", "q=scan&limit=5&offset=0"), ("nothing", "q=nothing+of+it")] {
            let found = get(&pod, &search(&group, question)).await;
            insta::assert_snapshot!(format!("maven{group}{name}"), found);
        }
    }
    let graph: Value = pod.get(GRAPH).await.json().await.unwrap();
    insta::assert_json_snapshot!("maven_graph", graph);
    let listeners: Value = pod.get(LISTENERS).await.json().await.unwrap();
    assert_eq!(listeners, json!({ "data": { "apiDocs": { "docsData": { "modules": [] } } } }));
}

#[tokio::test]
async fn the_path_says_which_distribution_asks() {
    let pod = shop().await;
    for (distribution, versions, tools) in [
        ("v2201-14-0", vec!["2.0.0-rc.1", "1.4.0", "1.2.0", "1.1.0", "1.0.0"], "1.11.0"),
        ("v2201-13-0", vec!["2.0.0-rc.1", "1.4.0", "1.1.0", "1.0.0"], "1.10.0"),
        ("v2201-12-0", vec!["2.0.0-rc.1", "1.4.0", "1.0.0"], "1.10.0"),
        // What does not say with what it was built is for all.
        ("v2202-0-0", vec!["1.4.0"], ""),
    ] {
        let at = |path: &str| path.replace("v2201-13-0", distribution);
        let listed = get(&pod, &at(GREET)).await;
        assert_eq!(texts(&listed, "number"), versions, "{distribution}");
        // Clients compare these with their own, and take what is no distribution for none of theirs.
        let built_with = texts(&listed, "ballerinaVersion");
        let (major, _) = distribution[1..].split_once('-').unwrap();
        assert!(built_with.iter().all(|built_with| built_with.starts_with(major)), "{listed}");
        let found = get(&pod, &at(&search("__toolsearch__", "q=scan"))).await;
        assert_eq!(texts(&found, "version").join(" "), tools, "{distribution}");
        let found = get(&pod, &at(&search("__packagesearch__", "q=tool.scan"))).await;
        assert_eq!(texts(&found, "version").join(" "), tools, "{distribution}");
    }
    for path in [
        "v2202-0-0/acme/tool.scan",
        "v2202-0-0/__tools__/scan",
        "v2201-13-0/acme/none",
        "v2201-13-0/__tools__/none",
    ] {
        let (status, text) = refusal(pod.get(&format!("/2.0/maven/{path}/maven-metadata.xml")).await).await;
        assert!(status == 404 && text.contains("not found") && text.ends_with(".0"), "{path}: {text}");
    }
    for path in [
        "v1-0-0/acme/greet.bold",
        "v2201-13-4/acme/greet.bold",
        "2201.13.0/__tools__/scan",
        "x/__packagesearch__/cQ",
    ] {
        let answer = pod.get(&format!("/2.0/maven/{path}/maven-metadata.xml")).await;
        assert_eq!(refusal(answer).await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn a_search_is_the_one_of_centrals_api() {
    let pod = shop().await;
    for (question, names, [count, limit, offset]) in [
        ("q=", vec!["greet.bold", "tool.scan"], ["2", "50", "0"]),
        ("", vec!["greet.bold", "tool.scan"], ["2", "50", "0"]),
        // Nothing in it is encoded.
        ("q=org:acme AND bold", vec!["greet.bold"], ["1", "50", "0"]),
        ("q=org:acme&limit=1&offset=1&sort=name,ASC&readme=false", vec!["tool.scan"], ["2", "1", "1"]),
        ("q=keyword:Mistakes", vec!["tool.scan"], ["1", "50", "0"]),
        ("q=the%20bold&org=acme", vec!["greet.bold"], ["1", "50", "0"]),
        ("q=größer", vec![], ["0", "50", "0"]),
        ("limit=1000000&q=hidden", vec![], ["0", "1000", "0"]),
        // In Base64 this ends in a slash, and so in two of them in the path.
        ("q=bold???", vec!["greet.bold"], ["1", "50", "0"]),
    ] {
        for group in ["__packagesearch__", "__packagesearchsolr__"] {
            let found = get(&pod, &search(group, question)).await;
            let numbers = ["count", "limit", "offset"].map(|name| texts(&found, name).concat());
            assert_eq!(
                (texts(&found, "name"), numbers.each_ref().map(String::as_str)),
                (names.clone(), [count, limit, offset]),
                "{question}"
            );
        }
    }
    // What is found is what Central's API finds, also where that has a platform which this path has not.
    let found = get(&pod, &search("__packagesearch__", "q=bold")).await;
    assert_eq!(texts(&found, "version"), ["1.5.0"]);
    let all = get(&pod, &search("__toolsearch__", "q=")).await;
    assert_eq!(texts(&all, "balToolId"), ["scan"]);
    let page = get(&pod, &search("__toolsearch__", "q=scan&offset=1&limit=1")).await;
    assert_eq!((texts(&page, "count"), texts(&page, "name")), (vec!["1"], vec![]));
}

#[tokio::test]
async fn what_is_no_question_is_refused() {
    let pod = shop().await;
    for group in ["packagesearch", "packagesearchsolr", "toolsearch", "symbolsearch", "connectorsearch"] {
        for bad in ["%3F", "cT1o_HRw", "c", "w7", "cT1h%20"] {
            let path = format!("{OURS}/__{group}__/{bad}/maven-metadata.xml");
            let (status, text) = refusal(pod.get(&path).await).await;
            assert!(status == 400 && text.contains("Base64"), "{path}: {text}");
        }
    }
    let long = "q=".to_owned() + &"x".repeat(2000);
    for (group, question, expected) in [
        ("packagesearch", long.as_str(), "the query is too long"),
        ("packagesearchsolr", &long, "the query is too long"),
        ("toolsearch", &long, "this asks for too much"),
        ("packagesearch", "q=a&limit=x", "limit is not a number"),
        ("toolsearch", "offset=-1", "offset is not a number"),
        ("packagesearchsolr", "sort=size", "invalid/unsupported sort field"),
        ("packagesearch", &"q=a ".repeat(3000), "the path is too long"),
    ] {
        let (status, text) = refusal(pod.get(&search(&format!("__{group}__"), question)).await).await;
        assert!(status == 400 && text.starts_with(expected), "{group}: {text}");
    }
    // Editors fail over every refusal of these.
    for group in ["__symbolsearch__", "__connectorsearch__"] {
        let empty = get(&pod, &search(group, "q=x&limit=x&offset=-1&sort=size")).await;
        assert_eq!((texts(&empty, "count"), texts(&empty, "limit")), (vec!["0"], vec!["50"]));
    }
}

#[tokio::test]
async fn what_one_may_not_see_is_not_there() {
    let pod = shop().await;
    let tool = format!("{OURS}/__tools__/secret/maven-metadata.xml");
    let versions = format!("{OURS}/acme/hidden/maven-metadata.xml");
    let graph = "/2.0/maven/acme/hidden/1.0.0/hidden-1.0.0-depgraph.json";
    for path in [tool.as_str(), &versions, graph] {
        assert_eq!(refusal(pod.get(path).await).await.0, 404, "{path}");
        assert_eq!(refusal(with_password(&pod, path, "read-beta").await).await.0, 404, "{path}");
        assert_eq!(with_password(&pod, path, "read-acme").await.status(), 200, "{path}");
        assert_eq!(pod.get_as("read-acme", path).await.status(), 200, "{path}");
    }
    let ours = document(with_password(&pod, GREET, "read-acme").await).await;
    assert!(texts(&ours, "number").contains(&"1.6.0"), "{ours}");
    let found = with_password(&pod, &search("__packagesearch__", "q=hidden"), "read-acme").await;
    assert_eq!(texts(&document(found).await, "count"), ["1"]);
}

/// Clients send credentials only when they are asked.
#[tokio::test]
async fn whoever_is_not_let_in_is_asked_for_a_password() {
    let closed = Pod::with(AnonymousRead::Denied, limits()).await;
    let open = shop().await;
    closed.publish(&Bala::new("acme", "greet.bold", "1.0.0")).await;
    let ask = |path: &str| path.replace("/2.0/maven/", "/2.0/auth/maven/");
    let symbols = search("__symbolsearch__", "q=x");
    let tools = search("__toolsearch__", "q=x");
    for path in [GREET, GRAPH, LISTENERS, &symbols, &tools] {
        for (pod, path) in [(&closed, path.to_owned()), (&closed, ask(path)), (&open, ask(path))] {
            // As some send it that have no user and no token.
            let nobody = pod.request(Method::GET, &path).basic_auth("", Some("")).send().await.unwrap();
            let wrong = with_password(pod, &path, "wrong").await;
            for refused in [pod.get(&path).await, nobody, wrong] {
                assert_eq!(header(&refused, "www-authenticate"), "Basic realm=\"barre\"", "{path}");
                assert!(!refused.headers().contains_key("barre-seq"), "{path}");
                assert_eq!(refusal(refused).await.0, 401, "{path}");
            }
            for token in ["read-acme", "admin-all"] {
                assert_eq!(with_password(pod, &path, token).await.status(), 200, "{path}");
            }
        }
        assert_eq!(open.get(path).await.status(), 200, "{path}");
    }
    // What is not there is not there for those who said who they are.
    let none = ask(&format!("{OURS}/acme/none/maven-metadata.xml"));
    assert_eq!(refusal(with_password(&open, &none, "read-acme").await).await.0, 404);
}

#[tokio::test]
async fn a_graph_is_what_centrals_api_answers_for_that_version() {
    let pod = shop().await;
    for version in ["1.0.0", "1.2.0", "1.3.0", "2.0.0-rc.1"] {
        let asked = json!({ "org": "acme", "name": "greet.bold", "version": version, "mode": "hard" });
        let central = answer(&pod, PACKAGES, &json!({ "packages": [asked] })).await;
        let ours = pod.get(&GRAPH.replace("1.0.0", version)).await;
        assert_eq!(header(&ours, "content-type"), "application/json");
        let ours: Value = ours.json().await.unwrap();
        assert_eq!(ours, central, "{version}");
        assert_eq!(ours["resolved"].as_array().unwrap().len(), 1);
        assert!(!ours.to_string().contains("null"), "{ours}");
    }
    for (path, expected) in [
        (
            "acme/greet.bold/9.0.0/greet.bold-9.0.0-depgraph.json",
            "package not found for: acme/greet.bold:9.0.0",
        ),
        (
            "acme/greet.bold/9.0.0/greet.bold-9.0.0-listeners.json",
            "package not found for: acme/greet.bold:9.0.0",
        ),
        ("acme/none/1.0.0/none-1.0.0-depgraph.json", "package not found for: acme/none:1.0.0"),
        ("a-b/none/1/none-1-depgraph.json", "package not found for: a-b/none:1"),
    ] {
        let refused = refusal(pod.get(&format!("/2.0/maven/{path}")).await).await;
        assert_eq!(refused, (404, expected.to_owned()), "{path}");
    }
}

#[tokio::test]
async fn other_files_beside_them_are_not_there() {
    let pod = shop().await;
    for path in [
        &format!("{GREET}.sha1"),
        &format!("{GREET}.md5"),
        &format!("{GRAPH}.sha1"),
        &(search("__packagesearch__", "q=scan") + ".sha1"),
        "/2.0/maven/acme/greet.bold/1.0.0/greet.bold-1.1.0-depgraph.json",
        "/2.0/maven/acme/greet.bold/1.0.0/greet.bold-1.0.0-functions.json",
        &format!("{OURS}/acme/greet.bold"),
        &format!("{OURS}/acme/maven-metadata.xml"),
        &format!("{OURS}/__tools__/scan/1.10.0/maven-metadata.xml"),
    ] {
        assert_eq!(refusal(pod.get(path).await).await.0, 404, "{path}");
    }
    for path in [GREET, GRAPH] {
        let refused = pod.request(Method::POST, path).body("x").send().await.unwrap();
        assert_eq!(refused.status(), 405, "{path}");
    }
}

#[tokio::test]
async fn heads_say_what_the_answers_say() {
    let pod = shop().await;
    let found = search("__packagesearch__", "q=scan");
    for path in [GREET, GRAPH, LISTENERS, &found, &format!("{OURS}/__tools__/scan/maven-metadata.xml")] {
        let head = pod.request(Method::HEAD, path).send().await.unwrap();
        let got = pod.get(path).await;
        let same = |headers: &HeaderMap| {
            let mut headers = headers.clone();
            headers.remove("date");
            headers
        };
        assert_eq!(head.status(), 200, "{path}");
        assert_eq!(same(head.headers()), same(got.headers()), "{path}");
        let length = header(&got, "content-length").to_owned();
        assert_eq!(
            (head.bytes().await.unwrap().len(), got.bytes().await.unwrap().len().to_string()),
            (0, length)
        );
    }
    let none = pod.request(Method::HEAD, &GREET.replace("greet", "none")).send().await.unwrap();
    assert_eq!(none.status(), 404);
}

#[tokio::test]
async fn caches_may_ask_whether_it_still_holds() {
    let pod = shop().await;
    for path in [GREET, GRAPH, LISTENERS, &format!("{OURS}/__tools__/scan/maven-metadata.xml")] {
        let got = pod.get(path).await;
        assert_eq!(
            (header(&got, "cache-control"), header(&got, "vary")),
            ("no-cache", "Accept-Encoding, Authorization")
        );
        let tag = header(&got, "etag");
        let known = pod.request(Method::GET, path).header("if-none-match", tag).send().await.unwrap();
        assert_eq!((known.status().as_u16(), header(&known, "cache-control")), (304, "no-cache"), "{path}");
        assert_eq!(header(&known, "etag"), tag);
        let other = pod.request(Method::GET, path).header("if-match", "\"other\"").send().await.unwrap();
        assert_eq!(other.status(), 412, "{path}");
    }
    let tags = async || {
        let [versions, graph] = [GREET, GRAPH].map(|path| pod.get(path));
        [versions.await, graph.await].map(|answer| header(&answer, "etag").to_owned())
    };
    let before = tags().await;
    deprecate(&pod, "1.1.0").await;
    let after = tags().await;
    assert!(before[0] != after[0] && before[1] == after[1], "{before:?} {after:?}");
    let found = pod.get(&search("__packagesearch__", "q=scan")).await;
    assert_eq!(
        (header(&found, "cache-control"), header(&found, "vary")),
        ("no-cache", "Accept-Encoding, Authorization")
    );
    let packed = pod.request(Method::GET, GREET).header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(header(&packed, "content-encoding"), "gzip");
}

/// What follows from one version is given again until anything changes; lists are looked at each time, and docs, which may
/// come later.
#[tokio::test]
async fn answers_about_one_version_are_kept_for_those_who_are_nobody() {
    let pod = shop().await;
    let hot = || {
        let metrics = pod.metrics();
        let line = metrics.lines().find(|line| line.starts_with("barre_hot_answers_total")).unwrap();
        line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()
    };
    let before = hot();
    for path in [GRAPH, LISTENERS] {
        let first = pod.get(path).await.bytes().await.unwrap();
        assert_eq!(pod.get(path).await.bytes().await.unwrap(), first);
    }
    assert_eq!(hot(), before + 1);
    let found = search("__packagesearch__", "q=scan");
    for path in [GREET, &found, GREET, &found] {
        pod.get(path).await;
    }
    pod.get_as("read-acme", GRAPH).await;
    assert_eq!(hot(), before + 1);
    deprecate(&pod, "1.3.0").await;
    assert_eq!(pod.get(GRAPH).await.status(), 200);
    assert_eq!(hot(), before + 1);
    pod.publish(&Bala::new("acme", "greet.bold", "1.7.0")).await;
    assert!(texts(&get(&pod, GREET).await, "number").contains(&"1.7.0"));
}
