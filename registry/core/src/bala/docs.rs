//! The texts of a bala: readmes, the icon, the one line that stands for a package in lists.

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use super::archive::Archive;
use super::invalid::{Invalid, excerpt};
use super::limits::Limits;

/// Longest summary, in characters: lists show one line of it.
const SUMMARY_LEN: usize = 200;

/// The texts below `docs/`. What is not UTF-8 becomes readable, not an error: old projects have such files.
pub(super) fn texts<R: Read + Seek>(
    archive: &mut Archive<R>,
    limits: &Limits,
) -> Result<BTreeMap<String, String>, Invalid> {
    let paths: Vec<String> = archive.files().filter(|path| is_text(path)).map(str::to_owned).collect();
    let mut texts = BTreeMap::new();
    let mut left = limits.documents_bytes;
    for path in paths {
        let bytes = archive.take(&path, limits.document_bytes.min(left))?.unwrap_or_default();
        left = left.saturating_sub(bytes.len() as u64);
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        texts.insert(path, String::from_utf8_lossy(bytes).into_owned());
    }
    Ok(texts)
}

fn is_text(path: &str) -> bool {
    let extension =
        path.strip_prefix("docs/").and_then(|path| path.rsplit_once('.')).map(|(_, extension)| extension);
    extension.is_some_and(|e| e.eq_ignore_ascii_case("md") || e.eq_ignore_ascii_case("txt"))
}

/// The icon that `file` names: its path and bytes.
pub(super) fn icon<R: Read + Seek>(
    archive: &mut Archive<R>,
    file: &'static str,
    path: String,
    limits: &Limits,
) -> Result<(String, Vec<u8>), Invalid> {
    match archive.take(&path, limits.document_bytes)? {
        Some(bytes) => Ok((path, bytes)),
        None => Err(Invalid::MissingDependency { file, path: excerpt(path.as_bytes()) }),
    }
}

/// The readme among `texts`: the one the manifest names, or where writers have put it. A module has its own folder:
/// if many could name one text, a small bala would have a huge description.
pub(super) fn readme(
    texts: &BTreeMap<String, String>,
    named: Option<String>,
    module: Option<&str>,
) -> Option<String> {
    let folder = module.map_or_else(|| "docs".to_owned(), |module| format!("docs/modules/{module}"));
    let usual = ["README.md", "Package.md", "Module.md"].map(|file| format!("{folder}/{file}"));
    let own = |path: &String| {
        module.is_none() || path.strip_prefix(&folder).is_some_and(|rest| rest.starts_with('/'))
    };
    named
        .into_iter()
        .filter(own)
        .chain(usual)
        .find(|path| texts.get(path).is_some_and(|text| !text.trim().is_empty()))
}

/// One line: the description, or the first line of prose in the readme, or its first heading.
pub(super) fn summary(description: &str, readme: &str) -> String {
    let lines = || description.lines().chain(readme.lines()).map(str::trim);
    let heading = || lines().map(|line| line.trim_matches(['#', ' '])).find(|line| !line.is_empty());
    let line = lines().find(|line| is_prose(line)).or_else(heading).unwrap_or_default();
    let words: String = line.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some((cut, _)) = words.char_indices().nth(SUMMARY_LEN) else { return words };
    format!("{}…", words[..cut].trim_end())
}

/// Not a heading, a picture, a badge, markup, a table, a fence, a rule.
fn is_prose(line: &str) -> bool {
    line.chars().any(char::is_alphanumeric)
        && !line.starts_with(['#', '!', '<', '|', '`', '='])
        && !line.starts_with("[!")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_one_line_of_prose() {
        let summary = |readme: &str| summary("", readme);
        assert_eq!(summary("# Greet\n\n[![CI](x)](y)\n<br>\n---\n\nSays  hello.\nMore."), "Says hello.");
        assert_eq!(summary("# Overview\n"), "Overview");
        assert_eq!(summary("\n\n"), "");
        assert_eq!(summary(&"ü".repeat(300)), format!("{}…", "ü".repeat(SUMMARY_LEN)));
    }

    #[test]
    fn the_description_comes_first() {
        assert_eq!(summary("\n Greets. \nMore", "Other."), "Greets.");
        assert_eq!(summary("", ""), "");
    }
}
