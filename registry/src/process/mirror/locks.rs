//! The lock files that globs name, each with the `Ballerina.toml` beside it.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use barre_core::mirror::locks::Project;

/// Longest lock file or manifest, in bytes.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Reads all projects. Each glob names something, or it is misspelled.
pub(super) fn read(globs: &[String]) -> anyhow::Result<Vec<(PathBuf, Project)>> {
    let mut paths = BTreeSet::new();
    for pattern in globs {
        let found = glob::glob(pattern).with_context(|| format!("\"{pattern}\" is no glob"))?;
        let mut names_any = false;
        for path in found {
            let path = path?;
            if path.is_file() {
                names_any = true;
                paths.insert(path);
            }
        }
        ensure!(
            names_any,
            "there is no file {pattern}: in quotes, such as '**/Dependencies.toml', it is looked for below this folder"
        );
    }
    paths.into_iter().map(|path| Ok((path.clone(), project(&path)?))).collect()
}

fn project(path: &Path) -> anyhow::Result<Project> {
    let lock = text(path)?;
    let manifest = path.with_file_name("Ballerina.toml");
    let manifest = match text(&manifest) {
        Ok(manifest) => Some(manifest),
        Err(error) if is_absent(&error) => None,
        Err(error) => return Err(error),
    };
    Project::read(&lock, manifest.as_deref()).with_context(|| path.display().to_string())
}

fn text(path: &Path) -> anyhow::Result<String> {
    let of = || path.display().to_string();
    let size = std::fs::metadata(path).with_context(of)?.len();
    ensure!(size <= MAX_BYTES, "{} has {size} bytes: that is no file of bal", path.display());
    std::fs::read_to_string(path).with_context(of)
}

fn is_absent(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::NotFound)
}
