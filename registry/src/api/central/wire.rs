//! The JSON of the protocol. Names and types are what `bal` reads: one client crashes on `null` authors, and
//! another on a time that is a string, so that every field is always there.

use barre_core::description::{self, Description, Visibility};
use barre_core::document::Document;
use barre_core::package::Coordinates;
use barre_core::state::Release;
use serde::Serialize;

use crate::service::read::Listed;

/// A release, as `GET /packages/{org}/{name}/{version}` shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PackageJson<'a> {
    id: u64,
    organization: &'a str,
    name: &'a str,
    version: String,
    platform: &'a str,
    language_specification_version: &'a str,
    is_deprecated: bool,
    deprecate_message: &'a str,
    #[serde(rename = "URL")]
    url: String,
    bala_version: &'a str,
    #[serde(rename = "balaURL")]
    bala_url: String,
    digest: String,
    summary: &'a str,
    readme: &'a str,
    template: bool,
    licenses: &'a [String],
    authors: &'a [String],
    source_code_location: &'a str,
    keywords: &'a [String],
    ballerina_version: &'a str,
    icon: &'a str,
    #[serde(rename = "ownerUUID")]
    owner: &'a str,
    /// In milliseconds.
    created_date: i64,
    pull_count: u64,
    visibility: &'static str,
    modules: Vec<ModuleJson<'a>>,
    bal_tool_id: &'a str,
    graalvm_compatible: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ModuleJson<'a> {
    #[serde(rename = "packageURL")]
    package_url: String,
    #[serde(rename = "apiDocURL")]
    api_doc_url: &'a str,
    name: &'a str,
    summary: &'a str,
    readme: &'a str,
}

/// A part of a list of packages.
#[derive(Debug, Serialize)]
pub(super) struct PackagesJson<'a> {
    pub(super) packages: Vec<PackageJson<'a>>,
    /// Of the whole list, as far as it may be seen.
    pub(super) count: usize,
    pub(super) offset: usize,
    pub(super) limit: usize,
}

/// A part of a list of tools.
#[derive(Debug, Serialize)]
pub(super) struct ToolsJson<'a> {
    pub(super) tools: Vec<PackageJson<'a>>,
    /// Of the whole list, as far as it may be seen.
    pub(super) count: usize,
    pub(super) offset: usize,
    pub(super) limit: usize,
}

impl<'a> PackageJson<'a> {
    /// A release in a list, without texts: no list reads those of a thousand packages.
    pub(super) fn listed(listed: &'a Listed, base: &str) -> Self {
        let url = bala_url(base, &listed.release);
        Self::new(&listed.release, listed.deprecated.as_deref(), None, url)
    }

    /// A release with what was derived from its bala; without that, its readmes are empty.
    pub(super) fn new(
        release: &'a Release,
        deprecated: Option<&'a str>,
        document: Option<&'a Document>,
        bala_url: String,
    ) -> Self {
        let Release { id, created, stored, description, .. } = release;
        // Without `..`: a new field is shown, or left out here on purpose.
        let Description {
            coordinates,
            platform,
            bala_version,
            distribution,
            specification,
            visibility,
            template,
            graalvm,
            tool,
            icon: _, // its bytes would be repeated in each answer
            summary,
            repository,
            keywords,
            authors,
            licenses,
            modules,
        } = description;
        let url = format!("/{}/{}/{}", coordinates.org, coordinates.name, coordinates.version);
        let module = |module: &'a description::Module| ModuleJson {
            package_url: url.clone(),
            api_doc_url: "",
            name: &module.name,
            summary: &module.summary,
            readme: document.map_or("", |document| document.module_readme(module)),
        };
        Self {
            id: *id,
            organization: coordinates.org.as_str(),
            name: coordinates.name.as_str(),
            version: coordinates.version.to_string(),
            platform: platform.as_str(),
            language_specification_version: specification,
            is_deprecated: deprecated.is_some(),
            deprecate_message: deprecated.unwrap_or_default(),
            bala_version,
            bala_url,
            digest: format!("sha-256={}", stored.digest.hex()),
            summary,
            readme: document.map_or("", Document::readme),
            template: *template,
            licenses,
            authors,
            source_code_location: repository,
            keywords,
            ballerina_version: distribution,
            icon: "",
            owner: "",
            created_date: stored.published.unwrap_or(*created).as_millisecond(),
            pull_count: 0,
            visibility: visibility_word(*visibility),
            modules: modules.iter().map(module).collect(),
            url,
            bal_tool_id: tool.as_deref().unwrap_or_default(),
            graalvm_compatible: graalvm_word(*graalvm),
        }
    }
}

/// Where a client gets the bala of a release. It takes the version out of the part before the last.
pub(super) fn bala_url(base: &str, release: &Release) -> String {
    let Coordinates { org, name, version } = &release.description.coordinates;
    format!("{base}/files/{org}/{name}/{version}/{}", release.description.file_name())
}

fn visibility_word(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "public",
        Visibility::Private => "private",
    }
}

fn graalvm_word(compatible: Option<bool>) -> &'static str {
    match compatible {
        Some(true) => "Yes",
        Some(false) => "No",
        None => "Unknown",
    }
}
