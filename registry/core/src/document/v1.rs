//! Version 1 of release.json: the bytes of every release of a log in format 1.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::contents::Document;
use crate::description::{self, Description, Visibility};
use crate::package::{Coordinates, Name, Org, Platform, Version};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    v: u32,
    org: Org,
    name: Name,
    version: Version,
    platform: Platform,
    bala_version: String,
    distribution: String,
    specification: String,
    implementation_vendor: String,
    visibility: Visibility,
    template: bool,
    graalvm: Option<bool>,
    tool: Option<String>,
    summary: String,
    readme: Option<String>,
    icon: Option<Icon>,
    repository: String,
    keywords: Vec<String>,
    authors: Vec<String>,
    licenses: Vec<String>,
    modules: Vec<Module>,
    documents: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Module {
    name: String,
    exported: bool,
    summary: String,
    readme: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Icon {
    path: String,
    /// Base64.
    bytes: String,
}

pub(super) fn to_bytes(description: &Description, document: &Document) -> Vec<u8> {
    let Document { implementation_vendor, readme, module_readmes, icon: bytes, documents } = document.clone();
    let Description {
        coordinates: Coordinates { org, name, version },
        platform,
        bala_version,
        distribution,
        specification,
        visibility,
        template,
        graalvm,
        tool,
        icon: path,
        summary,
        repository,
        keywords,
        authors,
        licenses,
        modules,
    } = description.clone();
    let module = |module: description::Module| {
        let description::Module { name, exported, summary } = module;
        let readme = module_readmes.get(&name).cloned();
        Module { name, exported, summary, readme }
    };
    let file = File {
        v: 1,
        org,
        name,
        version,
        platform,
        bala_version,
        distribution,
        specification,
        implementation_vendor,
        visibility,
        template,
        graalvm,
        tool,
        summary,
        readme,
        icon: path.zip(bytes).map(|(path, bytes)| Icon { path, bytes: STANDARD.encode(bytes) }),
        repository,
        keywords,
        authors,
        licenses,
        modules: modules.into_iter().map(module).collect(),
        documents,
    };
    serde_json::to_vec(&file).expect("strings, numbers and lists always serialize")
}

/// What is not in the log as well.
pub(super) fn from_bytes(bytes: &[u8]) -> serde_json::Result<Document> {
    use serde::de::Error as _;

    let File { implementation_vendor, readme, icon, modules, documents, .. } = serde_json::from_slice(bytes)?;
    let icon = icon.map(|icon| STANDARD.decode(icon.bytes).map_err(serde_json::Error::custom)).transpose()?;
    let readmes = modules.into_iter().filter_map(|module| Some((module.name, module.readme?)));
    Ok(Document { implementation_vendor, readme, module_readmes: readmes.collect(), icon, documents })
}
