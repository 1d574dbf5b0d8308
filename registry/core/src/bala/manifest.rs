//! What both formats say, and the checks that both share.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek};

use super::archive::Archive;
use super::contents::Bala;
use super::invalid::{Invalid, excerpt};
use super::limits::Limits;
use super::{docs, json};
use crate::description::{Description, Module, Visibility};
use crate::document::Document;
use crate::graph::Node;
use crate::package::Coordinates;

const MAX_MODULES: usize = 1_000;
const MAX_NAME_LEN: usize = 256;
const MAX_LIST: usize = 50;
const MAX_KEYWORD_LEN: usize = 100;
const MAX_LINE_LEN: usize = 200;
const MAX_URL_LEN: usize = 2_000;

/// How a bala is laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Layout {
    /// `package.json` and `dependency-graph.json`.
    Java {
        /// Of bala.json, for example `3.0.0`.
        bala_version: String,
    },
    /// `Bala.toml`, `Ballerina.toml` and `Dependencies.toml`.
    Schema4,
}

impl Layout {
    /// The version of the format, as the protocol shows it.
    fn version(&self) -> &str {
        match self {
            Self::Java { bala_version } => bala_version,
            Self::Schema4 => "4",
        }
    }
}

/// A manifest of either format, parsed and not yet checked. Empty means that it does not say.
#[derive(Debug)]
pub(super) struct Manifest {
    pub(super) coordinates: Coordinates,
    pub(super) layout: Layout,
    /// The file that errors name.
    pub(super) file: &'static str,
    pub(super) platform: String,
    pub(super) distribution: String,
    pub(super) specification: String,
    pub(super) implementation_vendor: String,
    pub(super) visibility: String,
    pub(super) template: bool,
    pub(super) graalvm: Option<bool>,
    pub(super) tool: Option<String>,
    pub(super) description: String,
    pub(super) readme: Option<String>,
    pub(super) icon: Option<String>,
    pub(super) repository: String,
    pub(super) keywords: Vec<String>,
    pub(super) authors: Vec<String>,
    pub(super) licenses: Vec<String>,
    /// Names of exported modules.
    pub(super) exported: Vec<String>,
    pub(super) modules: Vec<Declared>,
    pub(super) graph: Vec<Node>,
}

/// What a manifest says about a module; whether the module is there, its folder says.
#[derive(Debug)]
pub(super) struct Declared {
    pub(super) name: String,
    pub(super) exported: bool,
    pub(super) description: String,
    pub(super) readme: Option<String>,
}

/// Takes a manifest out of the archive.
pub(super) fn file<R: Read + Seek>(
    archive: &mut Archive<R>,
    wanted: &'static str,
    limits: &Limits,
) -> Result<Vec<u8>, Invalid> {
    if let Some(bytes) = archive.take(wanted, limits.manifest_bytes)? {
        return Ok(bytes);
    }
    let found = archive.files().find(|path| path.eq_ignore_ascii_case(wanted)).map(str::to_owned);
    Err(match found {
        Some(found) => Invalid::Misspelled { found, wanted },
        None => Invalid::Missing { file: wanted.to_owned() },
    })
}

impl Manifest {
    /// Checks it, and adds modules and documents from the archive.
    pub(super) fn into_bala<R: Read + Seek>(
        self,
        archive: &mut Archive<R>,
        limits: &Limits,
    ) -> Result<Bala, Invalid> {
        self.check_lengths()?;
        if self.coordinates.version.is_built_in() {
            return Err(Invalid::BuiltIn);
        }
        let platform = self.platform.parse().map_err(|source| Invalid::Name { file: self.file, source })?;
        let visibility = match self.visibility.as_str() {
            "" | "public" => Visibility::Public,
            "private" => Visibility::Private,
            _ => {
                return Err(json::problem(
                    self.file,
                    &"its visibility is neither \"public\" nor \"private\"",
                ));
            }
        };
        let names = self.module_names(archive)?;
        let documents = docs::texts(archive, limits)?;
        let icon = self.icon.map(|path| docs::icon(archive, self.file, path, limits)).transpose()?;
        let default = self.coordinates.name.as_str();
        let mut readme = docs::readme(&documents, self.readme, None);
        if matches!(self.layout, Layout::Java { .. }) && readme.is_none() {
            // Some distributions wrote a README.md only there.
            readme = docs::readme(&documents, None, Some(default));
            readme.as_ref().ok_or(Invalid::NoReadme)?;
        }
        let modules = modules(names, default, &self.exported, self.modules, &documents);
        let readmes =
            modules.iter().filter_map(|(module, readme)| Some((module.name.clone(), readme.clone()?)));
        let document = Document {
            implementation_vendor: self.implementation_vendor,
            module_readmes: readmes.collect(),
            icon: icon.as_ref().map(|(_, bytes)| bytes.clone()),
            readme,
            documents,
        };
        let description = Description {
            summary: docs::summary(&self.description, document.readme()),
            coordinates: self.coordinates,
            platform,
            bala_version: self.layout.version().to_owned(),
            distribution: self.distribution,
            specification: self.specification,
            visibility,
            template: self.template,
            graalvm: self.graalvm,
            tool: self.tool,
            icon: icon.map(|(path, _)| path),
            repository: self.repository,
            keywords: self.keywords,
            authors: self.authors,
            licenses: self.licenses,
            modules: modules.into_iter().map(|(module, _)| module).collect(),
        };
        Ok(Bala { description, graph: self.graph, document })
    }

    fn check_lengths(&self) -> Result<(), Invalid> {
        line("ballerina_version", &self.distribution, MAX_KEYWORD_LEN)?;
        line("language_spec_version", &self.specification, MAX_KEYWORD_LEN)?;
        line("implementation_vendor", &self.implementation_vendor, MAX_LINE_LEN)?;
        line("the source repository", &self.repository, MAX_URL_LEN)?;
        list("keywords", "a keyword", &self.keywords, MAX_KEYWORD_LEN)?;
        list("authors", "an author", &self.authors, MAX_LINE_LEN)?;
        list("licenses", "a license", &self.licenses, MAX_KEYWORD_LEN)?;
        if let Some(tool) = &self.tool {
            line("the id of the tool", tool, MAX_NAME_LEN)?;
            let is_id = tool.starts_with(|c: char| c.is_ascii_alphabetic())
                && tool.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
            if !is_id {
                return Err(json::problem(
                    "tool/bal-tool.json",
                    &"its tool_id is not a letter and letters, digits, \"_\"",
                ));
            }
        }
        Ok(())
    }

    /// Full names of the modules, from the folders that hold them.
    fn module_names<R: Read + Seek>(&self, archive: &Archive<R>) -> Result<BTreeSet<String>, Invalid> {
        let default = self.coordinates.name.as_str();
        let folders: BTreeSet<&str> = archive
            .files()
            .filter_map(|path| path.strip_prefix("modules/")?.split_once('/').map(|(folder, _)| folder))
            .collect();
        let mut names = BTreeSet::new();
        for folder in folders {
            let name = match self.layout {
                Layout::Java { .. } => folder.to_owned(),
                Layout::Schema4 => format!("{default}.{folder}"),
            };
            let belongs =
                name.strip_prefix(default).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
            let is_name = name.split('.').all(|part| !part.is_empty())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'));
            if !belongs || !is_name || name.len() > MAX_NAME_LEN {
                let folder = excerpt(folder.as_bytes());
                let problem = format_args!("\"modules/{folder}\" is not named like a module of {default}");
                return Err(json::problem(self.file, &problem));
            }
            names.insert(name);
        }
        match self.layout {
            Layout::Java { .. } if !names.contains(default) => {
                return Err(Invalid::Missing { file: format!("default module, modules/{default}") });
            }
            Layout::Java { .. } | Layout::Schema4 => names.insert(default.to_owned()),
        };
        if names.len() > MAX_MODULES {
            return Err(Invalid::TooMany { what: "modules", limit: MAX_MODULES });
        }
        Ok(names)
    }
}

/// Each module with the path of its readme.
fn modules(
    names: BTreeSet<String>,
    default: &str,
    exported: &[String],
    declared: Vec<Declared>,
    documents: &BTreeMap<String, String>,
) -> Vec<(Module, Option<String>)> {
    let exported: BTreeSet<&str> = exported.iter().map(String::as_str).chain([default]).collect();
    let mut declared: BTreeMap<_, _> =
        declared.into_iter().map(|module| (module.name.clone(), module)).collect();
    let module = |name: String| {
        let declared = declared.remove(&name);
        let (said, description, readme) =
            declared.map(|module| (module.exported, module.description, module.readme)).unwrap_or_default();
        // The default module may have the readme of the package.
        let package = || docs::readme(documents, None, None).filter(|_| name == default);
        let readme = docs::readme(documents, readme, Some(&name)).or_else(package);
        let exported = said || exported.contains(name.as_str());
        let text = readme.as_ref().and_then(|path| documents.get(path)).map_or("", String::as_str);
        let summary = docs::summary(&description, text);
        (Module { name, exported, summary }, readme)
    };
    names.into_iter().map(module).collect()
}

fn line(what: &'static str, text: &str, limit: usize) -> Result<(), Invalid> {
    if text.chars().nth(limit).is_some() { Err(Invalid::TooLong { what, limit }) } else { Ok(()) }
}

fn list(whats: &'static str, what: &'static str, texts: &[String], limit: usize) -> Result<(), Invalid> {
    if texts.len() > MAX_LIST {
        return Err(Invalid::TooMany { what: whats, limit: MAX_LIST });
    }
    texts.iter().try_for_each(|text| line(what, text, limit))
}
