//! `barre-registry mirror`

mod run;

use std::path::PathBuf;

use barre_contract::address::origin;
use clap::Subcommand;
use url::Url;

use super::parse::{object_name, upstream};
pub use run::MirrorRun;

/// What to do about mirrors.
#[derive(Debug, Subcommand)]
pub enum Mirror {
    /// Copies what a mirror selects from its upstream into a registry, once.
    Run(Box<MirrorRun>),
    /// Makes a `PackageMirror` of what projects are locked with.
    Plan(MirrorPlan),
    /// Says what of that a registry lacks, or has otherwise.
    Verify(MirrorVerify),
}

/// `barre-registry mirror plan`
#[derive(Debug, Clone, clap::Args)]
pub struct MirrorPlan {
    /// Lock files, such as '**/Dependencies.toml'.
    #[arg(long, value_name = "GLOB", num_args = 1.., required = true)]
    pub locks: Vec<String>,

    /// What the `PackageMirror` is called.
    #[arg(long, value_name = "NAME", value_parser = object_name)]
    pub name: String,

    /// The Registry that it fills, in the same namespace.
    #[arg(long, value_name = "NAME", value_parser = object_name)]
    pub registry: String,

    /// From where it copies.
    #[arg(long, value_name = "URL", value_parser = upstream)]
    pub upstream: Url,
}

/// `barre-registry mirror verify`
#[derive(Debug, Clone, clap::Args)]
pub struct MirrorVerify {
    /// Lock files, such as '**/Dependencies.toml'.
    #[arg(long, value_name = "GLOB", num_args = 1.., required = true)]
    pub locks: Vec<String>,

    /// The URL under which clients reach the registry: scheme, host and port.
    #[arg(long, value_name = "URL", value_parser = origin)]
    pub endpoint: Url,

    /// A file with the access token for it.
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
}
