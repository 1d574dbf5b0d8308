//! From a manifest and its archive to what the registry keeps of a bala.

use std::io::{Read, Seek};

use super::archive::Archive;
use super::contents::Bala;
use super::invalid::Invalid;
use super::limits::Limits;
use super::manifest::{Layout, Manifest};
use super::{claims, docs, json, modules, summary};
use crate::description::{Description, Visibility};
use crate::document::Document;
use crate::package::Platform;

/// Checks the manifest, and adds modules and documents from the archive.
pub(super) fn bala<R: Read + Seek>(
    manifest: Manifest,
    archive: &mut Archive<R>,
    limits: &Limits,
) -> Result<Bala, Invalid> {
    claims::check(&manifest)?;
    let file = manifest.file;
    let invalid = |source| Invalid::Name { file, source };
    if manifest.coordinates.version.is_built_in() {
        return Err(Invalid::BuiltIn);
    }
    let platform: Platform = manifest.platform.parse().map_err(invalid)?;
    platform.check_publishable().map_err(invalid)?;
    let visibility = visibility(&manifest)?;
    let names = modules::names(&manifest, archive)?;
    let documents = docs::texts(archive, limits)?;
    let icon = manifest.icon.map(|path| docs::icon(archive, file, path, limits)).transpose()?;
    let default = manifest.coordinates.name.as_str();
    let mut readme = docs::readme(&documents, manifest.readme, None);
    if matches!(manifest.layout, Layout::Java { .. }) && readme.is_none() {
        // Some distributions wrote a README.md only there.
        readme = docs::readme(&documents, None, Some(default));
        readme.as_ref().ok_or(Invalid::NoReadme)?;
    }
    let modules = modules::described(names, default, &manifest.exported, manifest.modules, &documents);
    let readmes = modules.iter().filter_map(|(module, readme)| Some((module.name.clone(), readme.clone()?)));
    let document = Document {
        implementation_vendor: manifest.implementation_vendor,
        module_readmes: readmes.collect(),
        icon: icon.as_ref().map(|(_, bytes)| bytes.clone()),
        readme,
        documents,
    };
    let description = Description {
        summary: summary::summary(&manifest.description, document.readme()),
        coordinates: manifest.coordinates,
        platform,
        bala_version: manifest.layout.version().to_owned(),
        distribution: manifest.distribution,
        specification: manifest.specification,
        visibility,
        template: manifest.template,
        graalvm: manifest.graalvm,
        tool: manifest.tool,
        icon: icon.map(|(path, _)| path),
        repository: manifest.repository,
        keywords: manifest.keywords,
        authors: manifest.authors,
        licenses: manifest.licenses,
        modules: modules.into_iter().map(|(module, _)| module).collect(),
    };
    Ok(Bala { description, graph: manifest.graph, document })
}

fn visibility(manifest: &Manifest) -> Result<Visibility, Invalid> {
    match manifest.visibility.as_str() {
        "" | "public" => Ok(Visibility::Public),
        "private" => Ok(Visibility::Private),
        _ => Err(json::problem(manifest.file, &"its visibility is neither \"public\" nor \"private\"")),
    }
}
