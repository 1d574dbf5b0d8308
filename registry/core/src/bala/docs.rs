//! The texts of a bala, and its icon.

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use super::archive::Archive;
use super::characters::is_control;
use super::invalid::{Flaw, Invalid, excerpt};
use super::limits::Limits;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// The texts below `docs/`.
pub(super) fn texts<R: Read + Seek>(
    archive: &mut Archive<R>,
    limits: &Limits,
) -> Result<BTreeMap<String, String>, Invalid> {
    let paths: Vec<String> = archive.files().filter(|path| is_text(path)).map(str::to_owned).collect();
    let mut texts = BTreeMap::new();
    let mut left = limits.documents_bytes;
    for path in paths {
        let limit = limits.document_bytes.min(left);
        let bytes = archive.take(&path, limit)?.unwrap_or_default();
        let text = text(bytes, limit).map_err(|flaw| flaw.of(path.as_bytes()))?;
        left = left.saturating_sub(text.len() as u64);
        texts.insert(path, text);
    }
    Ok(texts)
}

/// The text that is in a file. What is neither UTF-8 nor UTF-16 becomes readable, not an error: old projects have such
/// files. Its length counts as it will be kept: one byte may become three.
fn text(bytes: Vec<u8>, limit: u64) -> Result<String, Flaw> {
    let text = match bytes.as_slice() {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes)?,
        _ => String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()),
    };
    let size = text.len() as u64;
    if size > limit {
        return Err(Flaw::TooLarge { size, limit });
    }
    match text.find(is_control) {
        Some(at) => Err(Flaw::Controls { line: text[..at].matches('\n').count() + 1 }),
        None => Ok(text),
    }
}

/// What Windows PowerShell writes.
fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Flaw> {
    let (units, rest) = bytes.as_chunks::<2>();
    let text = char::decode_utf16(units.iter().map(|pair| unit(*pair)));
    match text.collect() {
        Ok(text) if rest.is_empty() => Ok(text),
        _ => Err(Flaw::Utf16),
    }
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
        Some(bytes) if bytes.starts_with(PNG) => Ok((path, bytes)),
        Some(_) => Err(Flaw::NotPng.of(path.as_bytes())),
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
