//! Access tokens from files: who holds the secret with this hash, and what it allows.
//!
//! Files are read again every few seconds, because the kubelet swaps a link behind a mounted Secret. One that
//! became unreadable or wrong leaves the tokens as they were, with an error in the log that says which file
//! and where, and nothing of what is in it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use barre_contract::tokens::{Entry, File};
use barre_core::access::{Grant, Organizations};
use barre_core::digest::Digest;
use jiff::Timestamp;
use subtle::ConstantTimeEq;
use tokio::sync::watch;

use super::presented::{Presented, Refused};

/// How often files are read again.
const RELOAD_EVERY: Duration = Duration::from_secs(3);
/// Longest token file; the API server does not take a longer Secret either.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// The tokens of all files. Cheap to clone.
#[derive(Clone)]
pub struct Tokens(Arc<Files>);

struct Files {
    paths: Vec<PathBuf>,
    /// One for each path.
    current: watch::Sender<Arc<[Loaded]>>,
}

/// What one file last said.
#[derive(Clone)]
struct Loaded {
    /// What was last read, good or bad, so that it is parsed and complained about once.
    seen: Result<Digest, std::io::ErrorKind>,
    tokens: Vec<Token>,
}

#[derive(Clone)]
struct Token {
    digest: Digest,
    grant: Grant,
    expires: Option<Timestamp>,
}

/// A token file that cannot be used. Its text has nothing from the file but names of fields.
#[derive(Debug, thiserror::Error)]
#[error("token file \"{}\": {problem}", path.display())]
pub struct Unusable {
    path: PathBuf,
    problem: String,
}

impl Tokens {
    /// Reads all files; each must be there and right.
    pub async fn open(paths: Vec<PathBuf>) -> Result<Self, Unusable> {
        let mut files = Vec::with_capacity(paths.len());
        for path in &paths {
            let unusable = |problem| Unusable { path: path.clone(), problem };
            let bytes = read(path).await.map_err(|error| unusable(error.to_string()))?;
            let tokens = parse(&bytes).map_err(unusable)?;
            files.push(Loaded { seen: Ok(Digest::of(&bytes)), tokens });
        }
        Ok(Self(Arc::new(Files { paths, current: watch::Sender::new(files.into()) })))
    }

    /// Reads the files again, for ever.
    pub async fn follow(self) {
        loop {
            tokio::time::sleep(RELOAD_EVERY).await;
            self.reload().await;
        }
    }

    /// Reads the files again.
    pub async fn reload(&self) {
        let mut files: Vec<Loaded> = self.0.current.borrow().to_vec();
        let mut changed = false;
        for (path, file) in self.0.paths.iter().zip(&mut files) {
            changed |= file.reload(path).await;
        }
        if changed {
            self.0.current.send_replace(files.into());
        }
    }

    /// Says what `presented` allows. Takes the same time wherever the token is in the list, or is not.
    pub fn identify(&self, presented: Presented, now: Timestamp) -> Result<Grant, Refused> {
        let files = Arc::clone(&self.0.current.borrow());
        let mut found = None;
        for token in files.iter().flat_map(|file| &file.tokens) {
            if bool::from(token.digest.as_bytes().ct_eq(presented.0.as_bytes())) {
                found = found.or(Some(token));
            }
        }
        let token = found.ok_or(Refused::Unknown)?;
        match token.expires {
            Some(at) if at <= now => Err(Refused::Expired { name: token.grant.name.clone(), at }),
            _ => Ok(token.grant.clone()),
        }
    }
}

impl Loaded {
    /// Whether it changed.
    async fn reload(&mut self, path: &Path) -> bool {
        let read = read(path).await;
        let seen = read.as_ref().map(|bytes| Digest::of(bytes)).map_err(std::io::Error::kind);
        if seen == self.seen {
            return false;
        }
        self.seen = seen;
        match read.map_err(|error| error.to_string()).and_then(|bytes| parse(&bytes)) {
            Ok(tokens) => {
                tracing::info!(path = %path.display(), tokens = tokens.len(), "token file reloaded");
                self.tokens = tokens;
            }
            Err(problem) => {
                tracing::error!(path = %path.display(), problem, "token file is unusable; its last tokens stay valid");
            }
        }
        true
    }
}

async fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    if tokio::fs::metadata(path).await?.len() > MAX_FILE_BYTES {
        return Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, "longer than 1 MiB"));
    }
    tokio::fs::read(path).await
}

fn parse(bytes: &[u8]) -> Result<Vec<Token>, String> {
    let file: File = serde_json::from_slice(bytes).map_err(|error| describe(&error))?;
    let mut tokens = Vec::with_capacity(file.tokens.len());
    for (index, entry) in file.tokens.into_iter().enumerate() {
        let wrong = |what: &str| format!("tokens[{index}].{what}");
        let Entry { name, sha256, actions, organizations, expires } = entry;
        let hex: String = sha256.to_ascii_lowercase();
        let digest: Digest = format!("sha256:{hex}")
            .parse()
            .map_err(|_| wrong("sha256 must be 64 hex digits: the hash, not the token"))?;
        if name.is_empty() || name.len() > 128 || name.chars().any(char::is_control) {
            return Err(wrong("name must have 1 to 128 characters"));
        }
        if actions.is_empty() {
            return Err(wrong("actions is empty"));
        }
        let organizations = Organizations::parse(organizations.iter().map(String::as_str))
            .map_err(|_| wrong("organizations must be names of organizations, or \"*\""))?;
        let expires = expires.map(|time| time.parse()).transpose();
        let expires = expires.map_err(|_| wrong("expires must be a time as RFC 3339 has it"))?;
        tokens.push(Token { digest, grant: Grant { name, actions, organizations }, expires });
    }
    Ok(tokens)
}

/// Serde's own text may quote a value, and a value may be a secret in the wrong place.
fn describe(error: &serde_json::Error) -> String {
    let place = format!("at line {} column {}", error.line(), error.column());
    let text = error.to_string();
    let about_fields = ["unknown field", "missing field", "duplicate field"];
    if about_fields.iter().any(|known| text.starts_with(known)) {
        return text;
    }
    match error.classify() {
        serde_json::error::Category::Data => format!("a value is not what it should be, {place}"),
        _ => format!("not JSON, {place}"),
    }
}

#[cfg(test)]
mod tests;
