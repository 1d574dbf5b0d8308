//! The JSON of the protocol. Names and types are what `bal` reads: one client crashes on `null` authors, and
//! another on a time that is a string, so that every field is always there.

use serde::Serialize;

use crate::change::Visibility;
use crate::document::Document;
use crate::state::Release;

/// A release, as `GET /packages/{org}/{name}/{version}` shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Package<'a> {
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
    modules: Vec<Module<'a>>,
    bal_tool_id: &'a str,
    graalvm_compatible: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Module<'a> {
    #[serde(rename = "packageURL")]
    package_url: String,
    #[serde(rename = "apiDocURL")]
    api_doc_url: &'a str,
    name: &'a str,
    summary: &'a str,
    readme: &'a str,
}

impl<'a> Package<'a> {
    pub(super) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("strings, numbers and lists always serialize")
    }

    /// A release with what was derived from its bala.
    pub(super) fn new(release: &'a Release, document: &'a Document, bala_url: String) -> Self {
        let details = &release.details;
        let url = format!("/{}/{}/{}", details.org, details.name, details.version);
        let module = |module: &'a crate::document::Module| Module {
            package_url: url.clone(),
            api_doc_url: "",
            name: &module.name,
            summary: &module.summary,
            readme: document.module_readme(module),
        };
        Self {
            id: release.id,
            organization: details.org.as_str(),
            name: details.name.as_str(),
            version: details.version.to_string(),
            platform: details.platform.as_str(),
            language_specification_version: &details.specification,
            is_deprecated: false,
            deprecate_message: "",
            bala_version: &details.bala_version,
            bala_url,
            digest: format!("sha-256={}", details.digest.hex()),
            summary: &details.summary,
            readme: document.readme(),
            template: details.template,
            licenses: &details.licenses,
            authors: &details.authors,
            source_code_location: &details.repository,
            keywords: &details.keywords,
            ballerina_version: &details.distribution,
            icon: "",
            owner: "",
            created_date: details.published.unwrap_or(release.created).as_millisecond(),
            pull_count: 0,
            visibility: match details.visibility {
                Visibility::Public => "public",
                Visibility::Private => "private",
            },
            modules: document.modules.iter().map(module).collect(),
            url,
            bal_tool_id: details.tool.as_deref().unwrap_or_default(),
            graalvm_compatible: match details.graalvm {
                Some(true) => "Yes",
                Some(false) => "No",
                None => "Unknown",
            },
        }
    }
}
