//! `barre-registry setup`

use barre_contract::address::origin;
use barre_contract::tokens::PREFIX;
use barre_core::setup::{ID, TOKEN, Way};
use clap::Subcommand;
use url::Url;

/// Which client.
#[derive(Debug, Subcommand)]
pub enum Setup {
    /// The lines of ~/.ballerina/Settings.toml for `bal`, and what goes through each way.
    Bal(SetupBal),
}

/// `barre-registry setup bal`
#[derive(Debug, Clone, clap::Args)]
pub struct SetupBal {
    /// The URL under which clients reach the registry: scheme, host and port.
    #[arg(long, value_name = "URL", value_parser = origin)]
    pub endpoint: Url,

    /// Only this way: central, maven, maven-proxy or oci [default: all, of which one is chosen].
    #[arg(long, value_name = "WAY", value_parser = way)]
    pub way: Option<Way>,

    /// What `bal` shall call the repository.
    #[arg(long, value_name = "NAME", default_value = ID, value_parser = id)]
    pub id: String,

    /// What stands for the token, for a program that puts it in [default: barre_…].
    #[arg(long, value_name = "TEXT")]
    token_placeholder: Option<String>,
}

impl SetupBal {
    /// What stands for the token.
    pub fn token(&self) -> &str {
        self.token_placeholder.as_deref().unwrap_or(TOKEN)
    }

    /// Not while it is parsed: then what is wrong would be printed.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        match &self.token_placeholder {
            Some(text) if text.starts_with(PREFIX) => {
                Err("no token is printed: give what stands for it, such as ${TOKEN}")
            }
            Some(text) if text.is_empty() || text.chars().any(char::is_control) => {
                Err("what stands for the token is a text without control characters, such as ${TOKEN}")
            }
            _ => Ok(()),
        }
    }
}

fn way(text: &str) -> Result<Way, String> {
    let named = Way::ALL.into_iter().find(|way| way.as_str() == text);
    named.ok_or_else(|| format!("use {}", Way::ALL.map(Way::as_str).join(", ")))
}

/// It becomes a folder of `bal`, and part of a command line.
fn id(text: &str) -> Result<String, &'static str> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if text.is_empty() || text.len() > 64 || !text.chars().all(allowed) || text.starts_with(['.', '-']) {
        return Err("use 1 to 64 letters, digits and - _ ., and neither . nor - first");
    }
    if matches!(text, "central" | "local") {
        return Err("`bal` has a repository of this name already");
    }
    Ok(text.to_owned())
}
