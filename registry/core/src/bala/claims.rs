//! What a manifest says of itself in lines and lists: their lengths, and what may be in them.

use barre_contract::names::MAX_LEN;

use super::characters::{is_control, is_no_text};
use super::invalid::{Invalid, excerpt};
use super::json;
use super::manifest::Manifest;

const MAX_LIST: usize = 50;
const MAX_KEYWORD_LEN: usize = 100;
const MAX_LINE_LEN: usize = 200;
const MAX_URL_LEN: usize = 2_000;
/// What a repository's address may begin with; `git@host:path` has no scheme.
const SCHEMES: [&str; 6] = ["https", "http", "ssh", "git", "git+https", "git+ssh"];

/// Checks every text that lists and answers show.
pub(super) fn check(manifest: &Manifest) -> Result<(), Invalid> {
    line("ballerina_version", &manifest.distribution, MAX_KEYWORD_LEN)?;
    line("language_spec_version", &manifest.specification, MAX_KEYWORD_LEN)?;
    line("implementation_vendor", &manifest.implementation_vendor, MAX_LINE_LEN)?;
    list("keywords", "a keyword", &manifest.keywords, MAX_KEYWORD_LEN)?;
    list("authors", "an author", &manifest.authors, MAX_LINE_LEN)?;
    list("licenses", "a license", &manifest.licenses, MAX_KEYWORD_LEN)?;
    lines("the description", &manifest.description)?;
    for module in &manifest.modules {
        lines("the description of a module", &module.description)?;
    }
    repository(&manifest.repository)?;
    manifest.tool.as_deref().map_or(Ok(()), tool)
}

fn tool(id: &str) -> Result<(), Invalid> {
    line("the id of the tool", id, MAX_LEN)?;
    let is_id = id.starts_with(|c: char| c.is_ascii_alphabetic())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    if is_id {
        return Ok(());
    }
    Err(json::problem("tool/bal-tool.json", &"its tool_id is not a letter and letters, digits, \"_\""))
}

/// Pages make a link of it: one that runs a program has no place there.
fn repository(address: &str) -> Result<(), Invalid> {
    line("the source repository", address, MAX_URL_LEN)?;
    let Some((scheme, _)) = address.trim_start().split_once(':') else { return Ok(()) };
    let is_scheme = scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    if !is_scheme || SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return Ok(());
    }
    Err(Invalid::Repository { found: excerpt(address.as_bytes()) })
}

fn line(what: &'static str, text: &str, limit: usize) -> Result<(), Invalid> {
    if text.chars().nth(limit).is_some() {
        return Err(Invalid::TooLong { what, limit });
    }
    if text.contains(is_no_text) { Err(Invalid::Characters { what }) } else { Ok(()) }
}

fn lines(what: &'static str, text: &str) -> Result<(), Invalid> {
    let is_out_of_place = |c| is_control(c) || (is_no_text(c) && !matches!(c, '\t' | '\n' | '\r' | '\x0c'));
    if text.contains(is_out_of_place) { Err(Invalid::Characters { what }) } else { Ok(()) }
}

fn list(whats: &'static str, what: &'static str, texts: &[String], limit: usize) -> Result<(), Invalid> {
    if texts.len() > MAX_LIST {
        return Err(Invalid::TooMany { what: whats, limit: MAX_LIST });
    }
    texts.iter().try_for_each(|text| line(what, text, limit))
}
