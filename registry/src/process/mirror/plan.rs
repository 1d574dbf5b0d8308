//! `barre-registry mirror plan`: from the lock files of projects to the resources that bring what they need.

use std::fmt::Write as _;

use anyhow::ensure;
use barre_contract::mirror::Exact;
use barre_contract::mirror::packages::{self, PACKAGES_BYTES, PACKAGES_FILE};
use barre_core::mirror::locks::Needed;
use barre_core::package::Coordinates;

use super::locks;
use crate::process::args::MirrorPlan;

/// What is printed.
pub struct Planned {
    /// For people, beside it.
    pub notes: Vec<String>,
    /// A `PackageMirror` and the `ConfigMap` that it refers to, in YAML.
    pub objects: String,
}

/// Makes the resources.
pub fn plan(args: &MirrorPlan) -> anyhow::Result<Planned> {
    let read = locks::read(&args.locks)?;
    let mut notes: Vec<_> = read
        .iter()
        .filter(|(_, project)| project.own.is_none() && project.locked.is_empty())
        .map(|(path, _)| format!("note: {} locks nothing: run `bal build` there", path.display()))
        .collect();
    let projects: Vec<_> = read.into_iter().map(|(_, project)| project).collect();
    let needed = Needed::by(&projects);
    let own =
        |c: &Coordinates| format!("note: {c} is left out, because one of these projects is that package");
    notes.extend(needed.own.iter().map(own));
    let versions: Vec<_> = needed.versions.iter().map(exact).collect();
    let list = packages::write(&versions);
    ensure!(
        list.len() <= PACKAGES_BYTES,
        "what is locked takes {} bytes, and a ConfigMap has room for {PACKAGES_BYTES}: make several mirrors, of some projects each",
        list.len()
    );
    let first =
        format!("# {} that {} locked with.\n", versions_of(versions.len()), projects_of(projects.len()));
    Ok(Planned { notes, objects: objects(args, &first, &list) })
}

fn exact(Coordinates { org, name, version }: &Coordinates) -> Exact {
    Exact { organization: org.to_string(), name: name.to_string(), version: version.to_string() }
}

fn versions_of(count: usize) -> String {
    if count == 1 { "1 version".to_owned() } else { format!("{count} versions") }
}

fn projects_of(count: usize) -> String {
    if count == 1 { "1 project is".to_owned() } else { format!("{count} projects are") }
}

fn objects(MirrorPlan { name, registry, upstream, .. }: &MirrorPlan, first: &str, list: &str) -> String {
    // What JSON says of a text, YAML says too.
    let url = serde_json::Value::from(upstream.as_str().trim_end_matches('/'));
    let mut yaml = format!(
        "{first}apiVersion: barre.dev/v1alpha1
kind: PackageMirror
metadata:
  name: {name}
spec:
  registryRef:
    name: {registry}
  upstream:
    url: {url}
  selection:
    exactRef:
      name: {name}-packages
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}-packages
data:
"
    );
    // A block without lines would be something else.
    let _ = if list.is_empty() {
        writeln!(yaml, "  {PACKAGES_FILE}: \"\"")
    } else {
        writeln!(yaml, "  {PACKAGES_FILE}: |")
    };
    for line in list.lines() {
        let _ = writeln!(yaml, "    {line}");
    }
    yaml
}
