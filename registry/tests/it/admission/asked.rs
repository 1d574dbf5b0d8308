//! Everything that can be asked about a version, over every route.

use std::collections::BTreeMap;

use barre_registry::api::{ROUTES, Route};
use barre_testkit::bala::Bala;
use futures::StreamExt as _;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::routes::{About, about, question};
use crate::server_harness::{Pod, form, secret};

/// Requests that are under way at the same time.
const AT_ONCE: usize = 64;

/// The routes that tell somebody who names an exact version why it is not there.
pub(super) const EXACT: [&str; 13] = [
    "/2.0/registry/packages/{org}/{name}/{version}",
    "/2.0/registry/tools/{tool}/{version}",
    "/2.0/registry/packages/deprecate/{org}/{name}/{version}",
    "/2.0/registry/packages/undeprecate/{org}/{name}/{version}",
    "/files/{org}/{name}/{version}/{file}",
    "/v2/{org}/{name}/manifests/{reference}",
    "/v2/{org}/{name}/blobs/{digest}",
    "/2.0/maven/{org}/{name}/{version}/{artifact}",
    "/2.0/maven/{org}/{name}/{version}/{name}-{version}-depgraph.json",
    "/2.0/maven/{org}/{name}/{version}/{name}-{version}-listeners.json",
    "/2.0/auth/maven/{org}/{name}/{version}/{artifact}",
    "/2.0/auth/maven/{org}/{name}/{version}/{name}-{version}-depgraph.json",
    "/2.0/auth/maven/{org}/{name}/{version}/{name}-{version}-listeners.json",
];

/// A version that is looked at.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) org: &'static str,
    pub(super) name: &'static str,
    pub(super) version: &'static str,
}

/// One request.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) target: Target,
    pub(super) template: &'static str,
    method: &'static str,
    path: String,
    token: Option<&'static str>,
    bytes: bool,
    body: Body,
}

#[derive(Clone, Debug)]
enum Body {
    None,
    Json(Value),
    /// Of another bala than the one that is there.
    Form,
    Bala,
}

/// What was answered, but for what no two answers have in common.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    headers: BTreeMap<String, String>,
    pub(super) text: String,
}

impl Target {
    pub(super) fn coordinates(&self) -> String {
        let Self { org, name, version } = self;
        format!("{org}/{name}:{version}")
    }
}

impl Asked {
    /// Whether an answer to it may be given again.
    pub(super) fn may_be_kept(&self) -> bool {
        self.method == "GET" && self.token.is_none()
    }

    /// Whether it may change something.
    pub(super) fn writes(&self) -> bool {
        ["PUT", "PATCH", "DELETE"].contains(&self.method) || matches!(self.body, Body::Form)
    }

    /// Whether it names a version, or something of it.
    pub(super) fn is_exact(&self) -> bool {
        EXACT.contains(&self.template)
            && (self.path.contains(self.target.version) || self.path.contains("sha256:"))
    }

    /// Whether who asks could see it if it were admitted.
    pub(super) fn may_see(&self) -> bool {
        self.target.name != "sealed" || matches!(self.token, Some("read-acme" | "publish-acme"))
    }

    /// A text without what is in the path.
    pub(super) fn without_asked(&self, text: &str) -> String {
        let digest = self.path.rsplit('/').next().filter(|part| part.starts_with("sha256:"));
        let text = digest.map_or_else(|| text.to_owned(), |digest| text.replace(digest, ""));
        text.replace(self.target.name, "").replace(self.target.version, "")
    }

    fn request(&self, pod: &Pod) -> RequestBuilder {
        let method: Method = self.method.parse().unwrap();
        // Links name the host that was asked for: the same one everywhere.
        let mut request = pod.request(method, &self.path).header("host", "registry.example.com");
        if self.bytes {
            request = request.header("accept", "application/octet-stream");
        }
        if let Some(token) = self.token {
            request = request.bearer_auth(secret(token));
        }
        let Target { org, name, version } = self.target;
        let other = || Bala::new(org, name, version).description("Something else.");
        match &self.body {
            Body::None => request,
            Body::Json(json) => request.json(json),
            Body::Form => request.multipart(form(&other().file_name(), other().build())),
            Body::Bala => request.body(other().build()),
        }
    }

    async fn answer(&self, pod: &Pod) -> Answer {
        let answer = self.request(pod).send().await.unwrap();
        let status = answer.status().as_u16();
        // Ids of sessions are random.
        let differs = |name: &str| {
            name == "date" || status == 202 && ["location", "docker-upload-uuid"].contains(&name)
        };
        let headers = answer.headers().iter().map(|(name, value)| (name.to_string(), value));
        let headers = headers.filter(|(name, _)| !differs(name));
        let headers = headers.map(|(name, value)| (name, value.to_str().unwrap().to_owned())).collect();
        let text = String::from_utf8_lossy(&answer.bytes().await.unwrap()).into_owned();
        Answer { status, headers, text }
    }
}

/// What a pod answers to all of these.
pub(super) async fn answers(pod: &Pod, asked: &[Asked]) -> Vec<Answer> {
    futures::stream::iter(asked).map(|asked| asked.answer(pod)).buffered(AT_ONCE).collect().await
}

/// Whatever can be asked about a version that clients know by these digests.
pub(super) fn questions(target: &Target, digests: &[String]) -> Vec<Asked> {
    let mut questions = Vec::new();
    // In the feed each line says the hash of the one before: no two are alike.
    for route in ROUTES.iter().filter(|route| !matches!(about(route), About::Feed)) {
        for path in paths(route.template, target, digests) {
            for path in queries(route, target).into_iter().map(|query| path.clone() + &query) {
                for body in bodies(route, target) {
                    for token in tokens(route, target) {
                        // Whether it is asked for what it is, or for its bytes.
                        for bytes in [false, true] {
                            let (target, body, path) = (target.clone(), body.clone(), path.clone());
                            let (template, method) = (route.template, route.method);
                            questions.push(Asked { target, template, method, path, token, bytes, body });
                        }
                    }
                }
            }
        }
    }
    let gives_bytes = |asked: &Asked| asked.template.ends_with("packages/{org}/{name}/{version}");
    questions.retain(|asked| !asked.bytes || gives_bytes(asked));
    // What is there of the package would be changed.
    questions.retain(|asked| !(asked.writes() && target.name == "mixed" && asked.path.ends_with('*')));
    questions
}

/// The paths of a route that are about a version.
fn paths(template: &str, target: &Target, digests: &[String]) -> Vec<String> {
    let Target { org, name, version } = target;
    let tags = [*version, "latest", "v2201-13-0", "v2201-12-0"].map(str::to_owned);
    let references: Vec<_> = tags.into_iter().chain(digests.iter().cloned()).collect();
    let files = ["any", "java21"].map(|platform| format!("{org}-{name}-{platform}-{version}.bala"));
    let artifacts = ["bala", "pom", "bala.sha256", "bala.md5", "pom.sha1", "cdx.json"];
    let choices: [(&str, Vec<String>); 13] = [
        ("{org}", vec![(*org).to_owned()]),
        ("{name}", vec![(*name).to_owned()]),
        ("{tool}", vec![(*name).to_owned()]),
        ("{version}", vec![(*version).to_owned(), "*".to_owned()]),
        ("{session}", vec!["6f0c5a0e-0000-4000-8000-000000000000".to_owned()]),
        ("{reference}", references),
        ("{digest}", digests.to_vec()),
        ("{file}", files.to_vec()),
        ("{metadata}", vec!["maven-metadata.xml".to_owned(), "maven-metadata.xml.sha1".to_owned()]),
        ("{artifact}", artifacts.map(|ending| format!("{name}-{version}.{ending}")).to_vec()),
        ("{distribution}", vec!["v2201-12-0".to_owned(), "v2201-13-0".to_owned()]),
        ("{question}", ["", name, "numbat", "quokka axolotl"].map(question).to_vec()),
        ("{id}", vec!["7".to_owned()]),
    ];
    let mut paths = vec![template.replace("{module}", name).replace("{connector}", "Client")];
    for (part, choices) in choices {
        // A question to all versions names none of their files.
        let all = |path: &str| !(part == "{version}" && (path.contains("{file}") || path.contains("maven")));
        paths = paths
            .into_iter()
            .flat_map(|path| {
                let choices = choices.iter().filter(|choice| *choice != "*" || all(&path));
                choices.map(|choice| path.replace(part, choice)).collect::<Vec<_>>()
            })
            .collect();
        paths.dedup();
    }
    assert!(paths.iter().all(|path| !path.contains('{')), "say what to put into {template}");
    paths
}

fn queries(route: &Route, target: &Target) -> Vec<String> {
    let Target { org, name, version } = target;
    match about(route) {
        About::List(_) => {
            [String::new(), format!("?org={org}"), format!("?q={name}"), "?limit=3&sort=name,DESC".to_owned()]
                .to_vec()
        }
        About::Search if !route.template.contains("{question}") => {
            ["", name, version, "quokka", "axolotl", "numbat", "wool", "kind", &format!("org:{org}")]
                .map(|words| format!("?q={words}"))
                .to_vec()
        }
        About::Everybody(_) if route.template == "/v2/_catalog" => {
            vec![String::new(), "?n=1".to_owned(), format!("?n=2&last={org}/{name}")]
        }
        _ if route.template.ends_with("/tags/list") => {
            vec![String::new(), "?n=1".to_owned(), format!("?last={version}")]
        }
        _ => vec![String::new()],
    }
}

/// Those who see it all, and those who do not; whoever may write, where there is something to write.
fn tokens(route: &Route, target: &Target) -> Vec<Option<&'static str>> {
    let stranger = (target.name == "sealed").then_some(Some("read-beta"));
    let writes =
        matches!(about(route), About::Upload | About::Change | About::File | About::Docs | About::Pushed(_));
    let publisher = writes.then_some(Some("publish-acme"));
    [None, Some("read-acme")].into_iter().chain(stranger).chain(publisher).collect()
}

fn bodies(route: &Route, target: &Target) -> Vec<Body> {
    let Target { org, name, version } = target;
    match about(route) {
        About::Upload => vec![Body::Form],
        About::File => vec![Body::Bala],
        About::Change => vec![Body::Json(json!({ "message": "old" }))],
        About::Question => {
            let (modes, versions) = (["soft", "hard"], [*version, "0.1.0", ""]);
            let ask = |mode: &str, version: &str| {
                let possible = json!([{ "org": org, "name": name, "version": version }]);
                Body::Json(json!({
                    "packages": [
                        { "org": org, "name": name, "version": version, "mode": mode },
                        { "org": "acme", "name": "kept", "mode": mode },
                    ],
                    "modules": [
                        { "organization": org, "moduleName": name, "mode": mode },
                        { "organization": org, "moduleName": name, "possiblePackages": possible, "mode": mode },
                    ],
                    "tools": [{ "id": name, "version": version, "mode": mode }, { "id": name }],
                }))
            };
            modes.iter().flat_map(|mode| versions.iter().map(move |version| ask(mode, version))).collect()
        }
        About::Graph => {
            let package = |more: String| {
                format!(
                    "package(orgName: \"{org}\", packageName: \"{name}\"{more}) {{ URL summary version }}"
                )
            };
            let exact = package(format!(", version: \"{version}\""));
            let list = |of: &str| format!("packages{of} {{ count packages {{ URL version summary }} }}");
            [package(String::new()), exact, list(&format!("(orgName: \"{org}\")")), list("")]
                .map(|field| Body::Json(json!({ "query": format!("{{ {field} }}") })))
                .to_vec()
        }
        _ => vec![Body::None],
    }
}
