//! The API server's own record of who asked for what: the one witness of writes that changed nothing.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;

/// The operator.
pub const OPERATOR: &str = "system:serviceaccount:barre-system:barre-operator";
/// What scales Deployments.
pub const AUTOSCALER: &str = "system:serviceaccount:kube-system:horizontal-pod-autoscaler";

/// One request, when its answer was complete.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    #[serde(rename = "auditID")]
    pub id: String,
    pub verb: String,
    #[serde(rename = "requestURI")]
    pub uri: String,
    user: User,
    stage: String,
    #[serde(default)]
    object_ref: Object,
    #[serde(rename = "requestReceivedTimestamp")]
    pub received: String,
}

#[derive(Debug, Clone, Deserialize)]
struct User {
    username: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Object {
    namespace: String,
    resource: String,
    name: String,
    subresource: String,
}

impl Event {
    /// Who asked.
    pub fn user(&self) -> &str {
        &self.user.username
    }

    /// For example `deployments/packages/scale`.
    pub fn object(&self) -> String {
        let Object { resource, name, subresource, .. } = &self.object_ref;
        let parts = [resource, name, subresource];
        parts.into_iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("/")
    }

    /// Whether it asked for a change, even one that changed nothing.
    pub fn is_write(&self) -> bool {
        !matches!(self.verb.as_str(), "get" | "list" | "watch")
    }

    /// Whether the field manager of an apply is this one.
    pub fn manager_is(&self, manager: &str) -> bool {
        let query = self.uri.split_once('?').map_or("", |(_, query)| query);
        let wanted =
            [format!("fieldManager={}", manager.replace('/', "%2F")), format!("fieldManager={manager}")];
        query.split('&').any(|part| wanted.iter().any(|wanted| part.eq_ignore_ascii_case(wanted)))
    }
}

/// All requests for objects in `namespace`, in the order in which they came, also from files that were rotated away.
pub fn read(log: &Path, namespace: &str) -> anyhow::Result<Vec<Event>> {
    let folder = log.parent().context("the audit log is in no folder")?;
    let stem = log.file_stem().and_then(|stem| stem.to_str()).context("the audit log has no name")?;
    let mut events = Vec::new();
    let mut seen = HashSet::new();
    for entry in folder.read_dir().with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if !path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(stem)) {
            continue;
        }
        for line in BufReader::new(File::open(&path)?).lines() {
            let line = line?;
            // The file is large, and the API server may be writing its last line.
            let Some(event) =
                line.contains(namespace).then(|| serde_json::from_str::<Event>(&line).ok()).flatten()
            else {
                continue;
            };
            let ours = event.stage == "ResponseComplete" && event.object_ref.namespace == namespace;
            if ours && seen.insert(event.id.clone()) {
                events.push(event);
            }
        }
    }
    // All timestamps have the same form.
    events.sort_by(|one, other| one.received.cmp(&other.received));
    Ok(events)
}
