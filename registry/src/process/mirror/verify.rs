//! `barre-registry mirror verify`: asks a registry for all that projects are locked with, as a build does that takes exactly
//! what it is locked with.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context as _, bail};
use barre_core::mirror::locks::Project;
use barre_core::mirror::verified::{Finding, Given, locked, verify as compare};
use barre_core::package::{Coordinates, Name, Org, PackageId, Version};
use reqwest::StatusCode;
use reqwest::redirect::Policy;
use serde::Deserialize;
use serde_json::json;

use super::locks;
use crate::process::args::MirrorVerify;

const PATH: &str = "/2.0/registry/packages/resolve-dependencies";
/// How many versions are asked for at once.
const AT_ONCE: usize = 100;
const PATIENCE: Duration = Duration::from_mins(1);

/// What was found out.
pub struct Verified {
    pub findings: BTreeSet<Finding>,
    projects: usize,
    versions: usize,
}

impl Verified {
    /// In one line.
    pub fn sum(&self) -> String {
        let Self { findings, projects, versions } = self;
        let missing = findings.iter().filter(|finding| matches!(finding, Finding::Missing(..))).count();
        let differ = findings.len() - missing;
        format!("projects: {projects}, versions: {versions}, missing: {missing}, different: {differ}")
    }
}

/// Asks the registry, and compares.
pub async fn verify(args: &MirrorVerify) -> anyhow::Result<Verified> {
    let projects: Vec<Project> = locks::read(&args.locks)?.into_iter().map(|(_, project)| project).collect();
    let token = args.token_file.as_ref().map(|path| {
        std::fs::read_to_string(path).with_context(|| format!("the token file {}", path.display()))
    });
    let token = token.transpose()?;
    let client = reqwest::Client::builder().redirect(Policy::none()).timeout(PATIENCE).build()?;
    let url = args.endpoint.join(PATH)?;
    let versions: Vec<_> = locked(&projects).into_iter().collect();
    let mut given = BTreeMap::new();
    for versions in versions.chunks(AT_ONCE) {
        let wanted = |Coordinates { org, name, version }: &&Coordinates| json!({"org": org, "name": name, "version": version, "mode": "hard"});
        let body = json!({"packages": versions.iter().map(wanted).collect::<Vec<_>>()});
        let request = client.post(url.clone()).json(&body);
        let request = match token.as_deref().map(str::trim) {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let response = request.send().await.with_context(|| format!("no answer from {url}"))?;
        let (status, body) = (response.status(), response.text().await?);
        if status != StatusCode::OK {
            bail!("{url} answers {status}: {}", message(&body));
        }
        let answer: Answer =
            serde_json::from_str(&body).with_context(|| format!("{url} is no registry for bal"))?;
        given.extend(versions.iter().filter_map(|asked| Some(((*asked).clone(), answer.given(asked)?))));
    }
    let findings = compare(&projects, &given);
    Ok(Verified { findings, projects: projects.len(), versions: versions.len() })
}

/// What a registry says of why it does not answer.
fn message(body: &str) -> String {
    #[derive(Deserialize)]
    struct Said {
        message: String,
    }
    let said = serde_json::from_str(body).map(|said: Said| said.message);
    let text = said.unwrap_or_else(|_| "and does not say why".to_owned());
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}

/// Each version in three fields, as all of the protocol.
#[derive(Deserialize, Clone, PartialEq, Eq)]
struct Named {
    org: Org,
    name: Name,
    version: Version,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    resolved: Vec<Resolved>,
    #[serde(default)]
    unresolved: Vec<Unresolved>,
}

#[derive(Deserialize)]
struct Resolved {
    #[serde(flatten)]
    named: Named,
    #[serde(default, rename = "dependencyGraph")]
    graph: Vec<Node>,
}

#[derive(Deserialize)]
struct Unresolved {
    #[serde(flatten)]
    named: Named,
    reason: Option<String>,
}

#[derive(Deserialize)]
struct Node {
    #[serde(flatten)]
    named: Named,
    #[serde(default)]
    dependencies: Vec<Named>,
}

impl Answer {
    /// What it gives for a version.
    fn given(&self, asked: &Coordinates) -> Option<Given> {
        let is_of = |named: &Named| named.org == asked.org && named.name == asked.name;
        let is = |named: &Named| is_of(named) && named.version == asked.version;
        let resolved = self.resolved.iter().find(|resolved| is(&resolved.named));
        if let Some(found) = resolved {
            return Some(found.given());
        }
        if let Some(unresolved) = self.unresolved.iter().find(|unresolved| is(&unresolved.named)) {
            let reason = unresolved.reason.clone();
            return Some(Given::Nothing(
                reason.unwrap_or_else(|| "the registry does not say why".to_owned()),
            ));
        }
        self.resolved.iter().find(|resolved| is_of(&resolved.named)).map(Resolved::given)
    }
}

impl Resolved {
    fn given(&self) -> Given {
        let own = self.graph.iter().find(|node| node.named == self.named);
        let needs = own.into_iter().flat_map(|node| &node.dependencies);
        let needs = needs.filter(|needed| !needed.version.is_built_in());
        let id = |Named { org, name, .. }: &Named| PackageId { org: org.clone(), name: name.clone() };
        Given::Version { version: self.named.version.clone(), needs: needs.map(id).collect() }
    }
}
