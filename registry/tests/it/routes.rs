//! Every route, asked by everybody: what one may not see answers as if it did not exist, whatever the protocol.
//!
//! The walk is made from the table of routes: a new route without a row here fails.

use barre_core::access::AnonymousRead;
use barre_core::api_docs::id;
use barre_core::digest::Digest;
use barre_registry::api::{ROUTES, Route};
use barre_testkit::bala::Bala;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};

use crate::api_docs::{docs, upload};
use crate::server_harness::{Pod, form, limits, secret};

/// Who asks.
const IDENTITIES: [Option<&str>; 8] = [
    None,
    Some("wrong"),
    Some("expired"),
    Some("read-beta"),
    Some("publish-beta"),
    Some("read-acme"),
    Some("publish-acme"),
    Some("admin-all"),
];

/// What a route is about, which decides who is answered how.
#[derive(Clone, Copy)]
pub(crate) enum About {
    /// The package in its path, to read.
    Package,
    /// The same for clients that say who they are only when they are asked: to nobody, what is not there is a question.
    Repository,
    /// Nothing that anybody could hide; with what it answers to whoever may read.
    Everybody(u16),
    /// Every package that may be seen, with this query; it also says how many there are.
    List(&'static str),
    /// The package in the body, to write.
    Upload,
    /// The package in the body, to resolve: what is not there is not an error.
    Question,
    /// All packages that match: what one may not see is not counted either.
    Search,
    /// What happened to every package that may be seen.
    Feed,
    /// The package in a query.
    Graph,
    /// So many things of each package, as far as it may be seen: whoever is not let in gets an empty list.
    Declared(u64),
    /// The API docs of the package in its path, to write.
    Docs,
    /// The package in its path, to write.
    Change,
    /// The repository in its path, to push to: who may not is told so, and asked who that is where nobody said. With what is
    /// answered to whoever may.
    Pushed(u16),
    /// What needs no right at all.
    Nobody,
    /// A file of the package in its path, to write: raw.
    File,
}

/// A row for each route.
pub(crate) fn about(route: &Route) -> About {
    if let ("GET", Some(path)) = (route.method, below_maven(route)) {
        return about_maven(path);
    }
    if route.template.starts_with("/v1/") {
        return about_v1(route);
    }
    match (route.method, route.template.replace("/auth/maven/", "/maven/").as_str()) {
        (
            "GET",
            "/2.0/registry/packages/{org}/{name}"
            | "/2.0/registry/packages/{org}/{name}/{version}"
            | "/files/{org}/{name}/{version}/{file}"
            | "/2.0/registry/tools/{tool}"
            | "/2.0/registry/tools/{tool}/{version}"
            | "/2.0/registry/connectors/{id}"
            | "/2.0/registry/connectors/{org}/{name}/{version}/{module}/{connector}"
            | "/2.0/registry/triggers/{id}"
            | "/2.0/docs/{org}/{name}/{version}",
        ) => About::Package,
        ("GET", "/2.0/registry/packages") => About::List("?org=acme"),
        ("GET", "/2.0/registry/tools") => About::List(""),
        ("GET", "/2.0/registry/search-packages") => About::Search,
        ("POST", "/2.0/registry/packages") => About::Upload,
        (
            "POST",
            "/2.0/registry/packages/resolve-dependencies"
            | "/2.0/registry/packages/resolve-modules"
            | "/2.0/registry/tools/resolve-dependencies",
        ) => About::Question,
        (
            "PUT",
            "/2.0/registry/packages/deprecate/{org}/{name}/{version}"
            | "/2.0/registry/packages/undeprecate/{org}/{name}/{version}",
        ) => About::Change,
        (
            "GET",
            "/v2/{org}/{name}/tags/list"
            | "/v2/{org}/{name}/manifests/{reference}"
            | "/v2/{org}/{name}/blobs/{digest}"
            | "/v2/{org}/{name}/referrers/{digest}",
        ) => About::Repository,
        ("PUT", "/2.0/maven/{org}/{name}/{metadata}" | "/2.0/maven/{org}/{name}/{version}/{artifact}") => {
            About::File
        }
        ("POST", "/v2/{org}/{name}/blobs/uploads") => About::Pushed(202),
        ("GET" | "PATCH" | "PUT" | "DELETE", "/v2/{org}/{name}/blobs/uploads/{session}") => {
            About::Pushed(404)
        }
        ("PUT", "/v2/{org}/{name}/manifests/{reference}") => About::Pushed(400),
        ("GET", "/v2" | "/v2/_catalog" | "/v2/token") => About::Everybody(200),
        ("POST", "/2.0/graphql") => About::Graph,
        ("GET", "/2.0/registry/connectors" | "/2.0/registry/triggers") => About::Declared(1),
        ("GET", "/2.0/registry/search-symbols") => About::Declared(2),
        ("GET", "/") => About::Nobody,
        (method, template) => panic!("say in tests/it/routes.rs what {method} {template} is about"),
    }
}

/// The same for what is below `/v1`.
fn about_v1(route: &Route) -> About {
    match (route.method, route.template) {
        ("GET", "/v1/changes") => About::Feed,
        ("PUT", "/v1/packages/{org}/{name}/{version}/docs") => About::Docs,
        ("GET", "/v1/openapi.json") => About::Nobody,
        (method, template) => panic!("say in tests/it/routes.rs what {method} {template} is about"),
    }
}

/// The rest of the path of a repository of Maven, at either of its places.
fn below_maven(route: &Route) -> Option<&str> {
    ["/2.0/maven", "/2.0/auth/maven"].iter().find_map(|place| route.template.strip_prefix(place))
}

/// The same for each file there.
fn about_maven(path: &str) -> About {
    match path {
        "/{org}/{name}/{metadata}"
        | "/{org}/{name}/{version}/{artifact}"
        | "/{distribution}/{org}/{name}/maven-metadata.xml"
        | "/{distribution}/__tools__/{tool}/maven-metadata.xml"
        | "/{org}/{name}/{version}/{name}-{version}-depgraph.json"
        | "/{org}/{name}/{version}/{name}-{version}-listeners.json" => About::Package,
        "/{distribution}/__packagesearch__/{question}/maven-metadata.xml"
        | "/{distribution}/__packagesearchsolr__/{question}/maven-metadata.xml"
        | "/{distribution}/__toolsearch__/{question}/maven-metadata.xml"
        | "/{distribution}/__symbolsearch__/{question}/maven-metadata.xml"
        | "/{distribution}/__connectorsearch__/{question}/maven-metadata.xml" => About::Search,
        path => panic!("say in tests/it/routes.rs what {path} is about, below a repository of Maven"),
    }
}

/// The path of a route, about `acme/NAME:1.0.0`, which contains the tool `NAME`.
pub(crate) fn path(template: &str, name: &str) -> String {
    template
        .replace("{id}", &declared_id(template, name))
        .replace("{module}", name)
        .replace("{connector}", "Client")
        .replace("{org}", "acme")
        .replace("{name}", name)
        .replace("{tool}", name)
        .replace("{session}", "6f0c5a0e-0000-4000-8000-000000000000")
        .replace("{version}", "1.0.0")
        .replace("{reference}", "1.0.0")
        .replace("{digest}", &Digest::of(b"{}").to_string())
        .replace("{file}", &format!("acme-{name}-any-1.0.0.bala"))
        .replace("{metadata}", "maven-metadata.xml")
        .replace("{artifact}", &format!("{name}-1.0.0.bala"))
        .replace("{distribution}", "v2201-13-0")
        .replace("{question}", &question(name))
}

/// The id of what its docs declare.
fn declared_id(template: &str, name: &str) -> String {
    let declared = if template.contains("triggers") { "Listener" } else { "Client" };
    id(&format!("acme/{name}:1.0.0").parse().unwrap(), name, declared)
}

/// A search for this name, where it is a part of a path.
pub(crate) fn question(name: &str) -> String {
    STANDARD_NO_PAD.encode(format!("q={name}"))
}

/// The status for this identity. `hidden` is whether the package is private.
fn expected(route: &Route, identity: Option<&str>, anonymous: AnonymousRead, hidden: bool) -> u16 {
    let asks = route.template.starts_with("/2.0/auth/");
    match (about(route), identity) {
        // Other bytes than those that are public already.
        (About::File, Some("publish-acme" | "admin-all")) => {
            if hidden || !route.template.ends_with("{artifact}") { 201 } else { 400 }
        }
        (About::Upload | About::Docs, Some("publish-acme" | "admin-all")) => 204,
        (About::Nobody | About::Declared(_), _) | (About::Change, Some("publish-acme" | "admin-all")) => 200,
        (About::Pushed(status), Some("publish-acme" | "admin-all")) => status,
        (_, Some("wrong" | "expired"))
        | (About::Upload | About::Change | About::File | About::Docs, _)
        | (About::Pushed(_), None) => 401,
        (About::Pushed(_), Some(_)) => 403,
        (_, None) if asks || anonymous == AnonymousRead::Denied => 401,
        (About::Everybody(status), _) => status,
        (About::Repository, None) if hidden => 401,
        (About::Package | About::Repository, _) if hidden && !sees(identity) => 404,
        (
            About::Package
            | About::Repository
            | About::List(_)
            | About::Question
            | About::Feed
            | About::Graph
            | About::Search,
            _,
        ) => 200,
    }
}

/// Whether what is private in `acme` is there for this identity.
fn sees(identity: Option<&str>) -> bool {
    matches!(identity, Some("read-acme" | "publish-acme" | "admin-all"))
}

async fn ask(pod: &Pod, route: &Route, name: &str, identity: Option<&str>) -> (u16, String) {
    let method: Method = route.method.parse().unwrap();
    let query = match about(route) {
        About::List(query) => query.to_owned(),
        About::Search => format!("?q={name}"),
        About::Feed => "?headers=true".to_owned(),
        _ => String::new(),
    };
    let mut request = pod.request(method, &(path(route.template, name) + &query));
    if let Some(token) = identity {
        request = request.bearer_auth(secret(token));
    }
    match about(route) {
        About::Upload => {
            let bala = Bala::new("acme", name, "1.0.0").tool(name).visibility("private");
            request = request.multipart(form(&bala.file_name(), bala.build()));
        }
        About::Question => {
            request = request.json(&json!({
                "packages": [{ "org": "acme", "name": name, "version": "1.0.0", "mode": "soft" }],
                "modules": [{ "organization": "acme", "moduleName": name }],
                "tools": [{ "id": name }],
            }));
        }
        About::Graph => {
            let query = format!(
                "{{ package(orgName: \"acme\", packageName: \"{name}\") {{ URL summary }}
                    packages(orgName: \"acme\") {{ count packages {{ URL }} }}
                    apiDocs(inputFilter: {{ moduleInfo:
                        {{ orgName: \"acme\", moduleName: \"{name}\", version: \"1.0.0\" }} }}) {{
                        docsData {{ modules {{ id clients }} }} }} }}"
            );
            request = request.json(&json!({ "query": query }));
        }
        About::File => {
            let bala = Bala::new("acme", name, "1.0.0").tool(name).visibility("private");
            request = request.body(bala.build());
        }
        About::Docs => request = request.body(docs("acme", name, "1.0.0", &[])),
        About::Package
        | About::Repository
        | About::Everybody(_)
        | About::List(_)
        | About::Search
        | About::Feed
        | About::Change
        | About::Pushed(_)
        | About::Declared(_)
        | About::Nobody => {}
    }
    let answer = request.send().await.unwrap();
    let (status, bytes) = (answer.status().as_u16(), answer.bytes().await.unwrap());
    // Where a question is repeated, it differs from what is asked about something else.
    let text = String::from_utf8_lossy(&bytes).replace(&question(name), "question");
    (status, text.replace(&declared_id(route.template, name), "id"))
}

/// All of what was asked for is of this package, but for one count.
fn check_graph(name: &str, identity: Option<&str>, seen: bool, text: &str, what: &str) {
    assert_eq!(text.matches(&format!("/acme/{name}/")).count(), 2 * usize::from(seen));
    let count = format!("\"count\":{}", 1 + u64::from(sees(identity)));
    assert!(text.contains(&count), "{what}: {text}");
    assert_eq!(text.contains(&format!("\"id\":\"{name}\"")), seen, "{what}: {text}");
}

/// Of two packages, one of them private, each declares so much.
fn check_declared(each: u64, identity: Option<&str>, anonymous: AnonymousRead, text: &str, what: &str) {
    let list: Value = serde_json::from_str(text).unwrap();
    let packages = match identity {
        Some("wrong" | "expired") => 0,
        None if anonymous == AnonymousRead::Denied => 0,
        _ => 1 + u64::from(sees(identity)),
    };
    assert_eq!(list["count"], json!(each * packages), "{what}: {text}");
    assert_eq!(text.contains("hidden"), sees(identity), "{what}: {text}");
}

/// What an answer tells of `name`, which may be `seen` or not.
fn check_told(route: &Route, name: &str, identity: Option<&str>, seen: bool, text: &str, what: &str) {
    match about(route) {
        About::Question | About::Search => {
            let one = [
                "\"unresolved\":[]",
                "\"unresolvedModules\":[]",
                "\"count\":1",
                "<count>1</count>",
                // A client and a listener.
                "<count>2</count>",
            ];
            assert_eq!(one.iter().any(|sign| text.contains(sign)), seen, "{what}: {text}");
        }
        About::List(_) => {
            assert_eq!(text.contains(&format!("/acme/{name}/")), seen, "{what}: {text}");
            let list: Value = serde_json::from_str(text).unwrap();
            assert_eq!(list["count"], json!(1 + u64::from(sees(identity))), "{what}: {text}");
        }
        About::Feed => {
            assert_eq!(text.contains("hidden"), sees(identity), "{what}: {text}");
            assert!(text.contains("public"), "{what}: {text}");
        }
        About::Graph => check_graph(name, identity, seen, text, what),
        _ => {}
    }
}

async fn walk(anonymous: AnonymousRead) {
    let pod = Pod::with(anonymous, limits()).await;
    pod.publish(&Bala::new("acme", "hidden", "1.0.0").tool("hidden").visibility("private")).await;
    pod.publish(&Bala::new("acme", "public", "1.0.0").tool("public")).await;
    for name in ["hidden", "public"] {
        upload(&pod, "acme", name, "1.0.0", docs("acme", name, "1.0.0", &[])).await;
    }
    for route in ROUTES {
        for identity in IDENTITIES {
            for (name, private) in [("hidden", true), ("public", false)] {
                // The second time it may be a kept one.
                for time in [1, 2] {
                    let (status, text) = ask(&pod, route, name, identity).await;
                    let what =
                        format!("{} {} of {name} by {identity:?}, time {time}", route.method, route.template);
                    let wanted = match expected(route, identity, anonymous, private) {
                        // Other bytes than those that are public already.
                        204 if !private && matches!(about(route), About::Upload) => 400,
                        status => status,
                    };
                    assert_eq!(status, wanted, "{what}: {text}");
                    let seen = !private || sees(identity);
                    let listed = text.contains("hidden");
                    assert!(!listed || name == "hidden" || sees(identity), "{what}: {text}");
                    let question = status == 200 && matches!(about(route), About::Question | About::Search);
                    if status == 200 {
                        check_told(route, name, identity, seen, &text, &what);
                    }
                    if let About::Declared(each) = about(route) {
                        check_declared(each, identity, anonymous, &text, &what);
                    }
                    let asked = status == 401 && matches!(about(route), About::Repository);
                    if status == 404 || asked || question && !seen {
                        let (_, absent) = ask(&pod, route, "absent", identity).await;
                        assert_eq!(
                            text,
                            absent.replace("absent", name),
                            "{what} differs from what is absent"
                        );
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn everybody_sees_what_permission_allows_on_every_route() {
    walk(AnonymousRead::Allowed).await;
}

#[tokio::test]
async fn without_anonymous_read_too() {
    walk(AnonymousRead::Denied).await;
}
