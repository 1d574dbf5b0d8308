//! The modules of a bala: what is in the archive, beside what the manifest says of them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek};

use barre_contract::names::MAX_LEN;

use super::archive::Archive;
use super::invalid::{Invalid, excerpt};
use super::manifest::{Declared, Layout, Manifest};
use super::{docs, json, summary};
use crate::description::Module;

const MAX_MODULES: usize = 1_000;

/// Full names of the modules, from the folders that hold them.
pub(super) fn names<R: Read + Seek>(
    manifest: &Manifest,
    archive: &Archive<R>,
) -> Result<BTreeSet<String>, Invalid> {
    let default = manifest.coordinates.name.as_str();
    let folders: BTreeSet<&str> = archive
        .files()
        .filter_map(|path| path.strip_prefix("modules/")?.split_once('/').map(|(folder, _)| folder))
        .collect();
    let mut names = BTreeSet::new();
    for folder in folders {
        let name = match manifest.layout {
            Layout::Java { .. } => folder.to_owned(),
            Layout::Schema4 => format!("{default}.{folder}"),
        };
        let belongs = name.strip_prefix(default).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        let is_name = name.split('.').all(|part| !part.is_empty())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'));
        if !belongs || !is_name || name.len() > MAX_LEN {
            let folder = excerpt(folder.as_bytes());
            let problem = format_args!("\"modules/{folder}\" is not named like a module of {default}");
            return Err(json::problem(manifest.file, &problem));
        }
        names.insert(name);
    }
    match manifest.layout {
        Layout::Java { .. } if !names.contains(default) => {
            return Err(Invalid::Missing { file: format!("default module, modules/{default}") });
        }
        Layout::Java { .. } | Layout::Schema4 => names.insert(default.to_owned()),
    };
    if names.len() > MAX_MODULES {
        return Err(Invalid::TooMany { what: "modules", limit: MAX_MODULES });
    }
    check_claims(manifest, &names)?;
    Ok(names)
}

/// What is declared or exported must be there, and once: a client would offer a module that it cannot find.
fn check_claims(manifest: &Manifest, names: &BTreeSet<String>) -> Result<(), Invalid> {
    let file = manifest.file;
    let mut declared = BTreeSet::new();
    let claims = manifest.modules.iter().map(|module| &module.name);
    if let Some(twice) = claims.clone().find(|name| !declared.insert(name.as_str())) {
        return Err(Invalid::ModuleTwice { file, module: excerpt(twice.as_bytes()) });
    }
    let declared = claims.map(|name| (file, name));
    let exported = manifest.exported.iter().map(|name| (manifest.layout.exports(), name));
    match declared.chain(exported).find(|(_, name)| !names.contains(*name)) {
        Some((file, unknown)) => Err(Invalid::NoModule { file, module: excerpt(unknown.as_bytes()) }),
        None => Ok(()),
    }
}

/// Each module with the path of its readme.
pub(super) fn described(
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
        let summary = summary::summary(&description, text);
        (Module { name, exported, summary }, readme)
    };
    names.into_iter().map(module).collect()
}
