//! Access tokens from files: who holds the secret with this hash, and what it allows.
//!
//! Files are read again every few seconds. One that became unreadable or wrong leaves the tokens as they were, with an error
//! in the log that says which file and where, and nothing of what is in it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use barre_contract::tokens;
use barre_core::access::{Grant, Organizations};
use barre_core::digest::Digest;
use jiff::Timestamp;
use subtle::ConstantTimeEq;
use tokio::sync::watch;

use super::presented::{Presented, Refused};
use crate::service::reread::{self, Seen};

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
    /// What was last read, good or bad.
    seen: Seen,
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
    /// Reads all files. One that cannot be used must not keep from serving whose tokens are in the others: it is told in
    /// the log, and read again. With none that can be used there is nobody to serve.
    pub async fn open(paths: Vec<PathBuf>) -> Result<Self, Unusable> {
        let mut files = Vec::with_capacity(paths.len());
        let mut unusable = Vec::new();
        for path in &paths {
            let (seen, read) = reread::read(path).await;
            let tokens = read.and_then(|bytes| parse(&bytes));
            let tokens = tokens.unwrap_or_else(|problem| {
                unusable.push(Unusable { path: path.clone(), problem });
                Vec::new()
            });
            files.push(Loaded { seen, tokens });
        }
        if unusable.len() == paths.len()
            && let Some(first) = unusable.pop()
        {
            return Err(first);
        }
        for error in unusable {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "its tokens are refused until it is corrected"
            );
        }
        Ok(Self(Arc::new(Files { paths, current: watch::Sender::new(files.into()) })))
    }

    /// Reads the files again, for ever.
    pub async fn follow(self) {
        loop {
            tokio::time::sleep(reread::EVERY).await;
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
        let (seen, read) = reread::read(path).await;
        if seen == self.seen {
            return false;
        }
        self.seen = seen;
        match read.and_then(|bytes| parse(&bytes)) {
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

fn parse(bytes: &[u8]) -> Result<Vec<Token>, String> {
    let tokens = tokens::parse(bytes)?;
    let token = |token: tokens::Token| {
        let tokens::Token { name, sha256, actions, organizations, expires } = token;
        let organizations = Organizations::parse(organizations.iter().map(String::as_str))
            .map_err(|error| error.to_string())?;
        Ok(Token { digest: Digest::from(sha256), grant: Grant { name, actions, organizations }, expires })
    };
    tokens.into_iter().map(token).collect()
}

#[cfg(test)]
mod tests;
