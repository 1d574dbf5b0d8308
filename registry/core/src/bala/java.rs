//! The Java format: `package.json`, `bala.json`, `dependency-graph.json` (`BalaWriter` of ballerina-lang).

use std::io::{Read, Seek};

use serde::Deserialize;

use super::archive::Archive;
use super::graph::{self, GraphFile};
use super::invalid::Invalid;
use super::json;
use super::limits::Limits;
use super::manifest::{self, Declared, Layout, Manifest};

const PACKAGE: &str = "package.json";
const BALA: &str = "bala.json";
const GRAPH: &str = "dependency-graph.json";
const PLUGIN: &str = "compiler-plugin/compiler-plugin.json";
const TOOL: &str = "tool/bal-tool.json";

/// package.json, as far as it is read. Its writer leaves out what is empty.
#[derive(Debug, Deserialize)]
struct PackageJson {
    organization: Option<String>,
    name: Option<String>,
    version: Option<String>,
    platform: Option<String>,
    licenses: Option<Vec<String>>,
    authors: Option<Vec<String>>,
    keywords: Option<Vec<String>>,
    source_repository: Option<String>,
    export: Option<Vec<String>>,
    visibility: Option<String>,
    icon: Option<String>,
    ballerina_version: Option<String>,
    implementation_vendor: Option<String>,
    language_spec_version: Option<String>,
    #[serde(rename = "platformDependencies")]
    platform_dependencies: Option<Vec<PlatformDependency>>,
    #[serde(rename = "graalvmCompatible")]
    graalvm: Option<bool>,
    template: Option<bool>,
    readme: Option<String>,
    description: Option<String>,
    modules: Option<Vec<ModuleEntry>>,
}

/// A Java library; one of scope `provided` has no path.
#[derive(Debug, Deserialize)]
struct PlatformDependency {
    path: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ModuleEntry {
    name: String,
    export: Option<bool>,
    description: Option<String>,
    readme: Option<String>,
}

#[derive(Debug, Deserialize)]
struct BalaJson {
    bala_version: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Plugin {
    dependency_paths: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
struct Tool {
    tool_id: String,
    dependency_paths: Option<Vec<String>>,
}

/// Reads the manifests and checks that what they name is there.
pub(super) fn read<R: Read + Seek>(archive: &mut Archive<R>, limits: &Limits) -> Result<Manifest, Invalid> {
    let bala: BalaJson = json::parse(BALA, &manifest::file(archive, BALA, limits)?)?;
    let bala_version = bala.bala_version.unwrap_or_default();
    if !is_read(&bala_version) {
        let problem = "its bala_version is not 2.x or 3.x: pack with Ballerina 2201.0.0 or later";
        return Err(json::problem(BALA, &problem));
    }
    let package: PackageJson = json::parse(PACKAGE, &manifest::file(archive, PACKAGE, limits)?)?;
    let coordinates = graph::parse(
        PACKAGE,
        package.organization.as_deref().unwrap_or_default(),
        package.name.as_deref().unwrap_or_default(),
        package.version.as_deref().unwrap_or_default(),
    )?;
    let graph: GraphFile = json::parse(GRAPH, &manifest::file(archive, GRAPH, limits)?)?;
    for library in
        package.platform_dependencies.iter().flatten().filter_map(|library| library.path.as_deref())
    {
        if !slashed(library).contains('/') {
            let path = super::invalid::excerpt(library.as_bytes());
            return Err(Invalid::LibraryAtRoot { file: PACKAGE, path });
        }
        require(archive, PACKAGE, library)?;
    }
    if let Some(bytes) = archive.take(PLUGIN, limits.manifest_bytes)? {
        let plugin: Plugin = json::parse(PLUGIN, &bytes)?;
        require_all(archive, PLUGIN, plugin.dependency_paths.as_ref())?;
    }
    let mut tool = None;
    if let Some(bytes) = archive.take(TOOL, limits.manifest_bytes)? {
        let json: Tool = json::parse(TOOL, &bytes)?;
        require_all(archive, TOOL, json.dependency_paths.as_ref())?;
        tool = Some(json.tool_id);
    }
    Ok(Manifest {
        graph: graph.nodes(&coordinates)?,
        coordinates,
        layout: Layout::Java { bala_version },
        file: PACKAGE,
        platform: package.platform.unwrap_or_default(),
        distribution: package.ballerina_version.unwrap_or_default(),
        specification: package.language_spec_version.unwrap_or_default(),
        implementation_vendor: package.implementation_vendor.unwrap_or_default(),
        visibility: package.visibility.unwrap_or_default(),
        template: package.template.unwrap_or_default(),
        graalvm: package.graalvm,
        tool,
        description: package.description.unwrap_or_default(),
        readme: package.readme.as_deref().map(slashed),
        icon: package.icon.as_deref().filter(|icon| !icon.is_empty()).map(slashed),
        repository: package.source_repository.unwrap_or_default(),
        keywords: package.keywords.unwrap_or_default(),
        authors: package.authors.unwrap_or_default(),
        licenses: package.licenses.unwrap_or_default(),
        exported: package.export.unwrap_or_default(),
        modules: package.modules.unwrap_or_default().into_iter().map(Declared::from).collect(),
    })
}

/// 2 or 3, and at most two more numbers.
fn is_read(bala_version: &str) -> bool {
    let is_number = |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let mut parts = bala_version.split('.');
    matches!(parts.next(), Some("2" | "3")) && parts.clone().count() <= 2 && parts.all(is_number)
}

impl From<ModuleEntry> for Declared {
    fn from(module: ModuleEntry) -> Self {
        Self {
            name: module.name,
            exported: module.export.unwrap_or_default(),
            description: module.description.unwrap_or_default(),
            readme: module.readme.as_deref().map(slashed),
        }
    }
}

/// On Windows the writer separates folders with `\` here, although not in the names of the archive.
fn slashed(path: &str) -> String {
    path.replace('\\', "/")
}

fn require_all<R: Read + Seek>(
    archive: &Archive<R>,
    file: &'static str,
    paths: Option<&Vec<String>>,
) -> Result<(), Invalid> {
    paths.into_iter().flatten().try_for_each(|path| require(archive, file, path))
}

fn require<R: Read + Seek>(archive: &Archive<R>, file: &'static str, path: &str) -> Result<(), Invalid> {
    if archive.has(&slashed(path)) {
        return Ok(());
    }
    Err(Invalid::MissingDependency { file, path: super::invalid::excerpt(path.as_bytes()) })
}
