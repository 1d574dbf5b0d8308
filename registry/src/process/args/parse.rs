//! From the text of a flag to its value, or to what would be right.

use barre_contract::owner::MAX_LEN;
use barre_core::access::{Action, Organizations};
use url::Url;

const FORMS: &str =
    "use s3://BUCKET/PREFIX, az://CONTAINER/PREFIX, gs://BUCKET/PREFIX, file:///FOLDER or memory:";
pub(super) const STORE_HELP: &str = "Where everything is stored: s3://BUCKET/PREFIX, az://CONTAINER/PREFIX, gs://BUCKET/PREFIX, \
                          file:///FOLDER or memory:. Credentials come from the usual variables of each provider";

pub(super) fn store(text: &str) -> Result<Url, String> {
    let url: Url = text.parse().map_err(|_| FORMS.to_owned())?;
    let named = url.host_str().is_some_and(|host| !host.is_empty());
    match url.scheme() {
        "s3" | "az" | "gs" if !named => Err(format!("the name of the bucket is missing: {FORMS}")),
        "file" if named => Err(format!("\"file:\" takes three slashes: {FORMS}")),
        _ if url.query().is_some() || url.fragment().is_some() => {
            Err(format!("no \"?\" and no \"#\": {FORMS}"))
        }
        _ if !url.username().is_empty() || url.password().is_some() => {
            Err(format!("credentials belong in the environment, not in the URL: {FORMS}"))
        }
        "s3" | "az" | "gs" | "file" | "memory" => Ok(url),
        _ => Err(FORMS.to_owned()),
    }
}

pub(super) fn owner(text: &str) -> Result<String, &'static str> {
    if text.is_empty() || text.len() > MAX_LEN || text.chars().any(char::is_control) {
        return Err("use 1 to 256 characters, none of them a control character");
    }
    Ok(text.to_owned())
}

pub(super) fn token_name(text: &str) -> Result<String, &'static str> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '/');
    if text.is_empty() || text.len() > 128 || !text.chars().all(allowed) {
        return Err("use 1 to 128 letters, digits and - _ . @ /");
    }
    Ok(text.to_owned())
}

pub(super) fn organizations(text: &str) -> Result<Organizations, String> {
    Organizations::parse(text.split(',')).map_err(|error| error.to_string())
}

pub(super) fn action(text: &str) -> Result<Action, String> {
    let named = Action::ALL.into_iter().find(|action| action.as_str() == text);
    named.ok_or_else(|| format!("use {}", Action::ALL.map(Action::as_str).join(", ")))
}

/// A name that both kinds take, with what Barre adds to it.
pub(super) fn object_name(text: &str) -> Result<String, &'static str> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let fine = text.starts_with(|c: char| c.is_ascii_lowercase()) && !text.ends_with('-');
    if !fine || text.len() > 40 || !text.bytes().all(allowed) {
        return Err("use 1 to 40 lower-case letters, digits and -, a letter first and no - at the end");
    }
    Ok(text.to_owned())
}

/// Where an upstream is: below it lies `/2.0/registry`.
pub(super) fn upstream(text: &str) -> Result<Url, &'static str> {
    const FORM: &str = "use https://HOST, perhaps with a port and a path, and without ? and #";
    let url: Url = text.parse().map_err(|_| FORM)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("credentials belong in a Secret that the PackageMirror refers to, not in the URL");
    }
    let is_plain = url.query().is_none() && url.fragment().is_none() && url.host_str().is_some();
    if !is_plain || !matches!(url.scheme(), "https" | "http") {
        return Err(FORM);
    }
    Ok(url)
}
