//! `barre-registry mirror run`

use std::path::PathBuf;

use barre_contract::mirror::{FILE_VARIABLE, RUN_VARIABLE};
use url::Url;

use crate::process::args::known::Known;
use crate::process::args::log::{LogFormat, LogLevel};
use crate::process::args::parse::{STORE_HELP, owner, store};
use crate::process::termination;

/// `barre-registry mirror run`
#[derive(Debug, Clone, clap::Args)]
pub struct MirrorRun {
    /// A file that says what is copied, from where, and how, in JSON: see docs/mirrors.md.
    #[arg(long, env = FILE_VARIABLE, value_name = "FILE")]
    pub mirror: PathBuf,

    /// What this run is called: its reports in the store have that name [default: manual- and the time].
    #[arg(long, env = RUN_VARIABLE, value_name = "NAME", value_parser = run_name)]
    pub run: Option<String>,

    /// Prints lines of JSON, and no progress.
    #[arg(long)]
    pub json: bool,

    /// Where everything is stored. Credentials come from the usual variables of each provider.
    #[arg(long, help = STORE_HELP, env = "BARRE_STORE", value_name = "URL", value_parser = store)]
    pub store: Url,

    /// Who operates this registry, for example CLUSTER/NAMESPACE/NAME. Another owner's registry is refused.
    #[arg(long, env = "BARRE_OWNER", value_name = "STRING", default_value = "local", value_parser = owner)]
    pub owner: String,

    /// Largest package, in bytes.
    #[arg(long, env = "BARRE_MAX_PACKAGE_SIZE", value_name = "BYTES", default_value_t = 128 * 1024 * 1024,
          value_parser = clap::value_parser!(u64).range(1024..=4 * 1024 * 1024 * 1024))]
    pub max_package_size: u64,

    /// Where packages are kept while they are checked [default: the system's folder for temporary files].
    #[arg(long, env = "BARRE_SCRATCH_DIR", value_name = "FOLDER")]
    pub scratch_dir: Option<PathBuf>,

    /// Where the outcome is written, if that file exists.
    #[arg(long, env = termination::FILE_VARIABLE, value_name = "FILE", default_value = termination::FILE)]
    pub termination_message: PathBuf,

    /// How much is logged, on standard error.
    #[arg(long, env = "BARRE_LOG_LEVEL", value_name = "LEVEL", default_value = "warn", ignore_case = true)]
    pub log_level: LogLevel,

    /// How log lines look.
    #[arg(long, env = "BARRE_LOG_FORMAT", value_name = "FORMAT", default_value = "text", ignore_case = true)]
    pub log_format: LogFormat,

    #[command(flatten)]
    pub known: Known,
}

/// A part of a path in the store, which is no other one there.
fn run_name(text: &str) -> Result<String, &'static str> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.');
    let fine = !text.is_empty() && text.len() <= 253 && text.bytes().all(allowed) && !text.starts_with('.');
    if !fine || text == "seen" {
        return Err("use 1 to 253 lower-case letters, digits, - and ., and another name than seen");
    }
    Ok(text.to_owned())
}
