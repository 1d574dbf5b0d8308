//! Flags and their environment variables: with `http/limits`, the only place that reads configuration of ours. The variables
//! of a store's provider are read by its client. The operator's tests parse the arguments that they render with this struct.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use barre_contract::address::{host, origin};
use barre_contract::mirror::MIRRORS_VARIABLE;
use barre_contract::settled::{FILE_VARIABLE, TEMPLATE_VARIABLE};
use barre_core::access::{Action, Organizations};
use clap::{ArgAction, CommandFactory, Parser, Subcommand, error::ErrorKind};
use url::Url;
use uuid::Uuid;

mod expiry;
mod known;
mod log;
mod mirror;
mod parse;
mod setup;

use super::termination;
use crate::http::Limits;
pub use expiry::Expiry;
use expiry::expiry;
pub use known::Known;
pub use log::{LogFormat, LogLevel};
pub use mirror::{Mirror, MirrorPlan, MirrorRun, MirrorVerify};
use parse::{STORE_HELP, action, organizations, owner, store, token_name};
pub use setup::{Setup, SetupBal};

/// A private Ballerina Central: serves and stores packages, over an object store.
#[derive(Debug, Parser)]
#[command(name = "barre-registry", version)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serves a registry over HTTP.
    Serve(Box<Serve>),
    /// Says in which format the log is and what raising it would do, and raises it.
    Format(Format),
    /// Works with access tokens.
    Token {
        #[command(subcommand)]
        command: Token,
    },
    /// Works with mirrors, which copy packages of an upstream into a registry.
    Mirror {
        #[command(subcommand)]
        command: Mirror,
    },
    /// Says how a client is set up for a registry.
    Setup {
        #[command(subcommand)]
        command: Setup,
    },
}

/// What to do with tokens.
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Makes a token: prints its secret once, and the entry for a token file.
    New(NewToken),
}

/// `barre-registry serve`
#[derive(Debug, Clone, clap::Args)]
pub struct Serve {
    /// Where everything is stored. Credentials come from the usual variables of each provider.
    #[arg(long, help = STORE_HELP, env = "BARRE_STORE", value_name = "URL", value_parser = store)]
    pub store: Url,

    /// Begins a new registry where the store is empty.
    #[arg(long, env = "BARRE_CREATE")]
    pub create: bool,

    /// Who operates this registry, for example CLUSTER/NAMESPACE/NAME. Another owner's registry is refused.
    #[arg(long, env = "BARRE_OWNER", value_name = "STRING", default_value = "local", value_parser = owner)]
    pub owner: String,

    /// Takes the registry with this id from its present owner.
    #[arg(long, env = "BARRE_TAKE_OVER", value_name = "ID")]
    pub take_over: Option<Uuid>,

    /// Where clients connect. `0.0.0.0` and `[::]` are all addresses of both families, where there is IPv6.
    #[arg(long, env = "BARRE_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// Where health checks and metrics are served; never expose it to users.
    #[arg(long, env = "BARRE_ADMIN_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:8081")]
    pub admin_listen: SocketAddr,

    /// The URL under which clients reach this registry: scheme, host and port.
    #[arg(long, env = "BARRE_EXTERNAL_URL", value_name = "URL", value_parser = origin)]
    pub external_url: Option<Url>,

    /// Another host name under which clients reach it; repeat it or separate names by commas.
    #[arg(long, env = "BARRE_ALSO_HOST", value_name = "NAME", value_delimiter = ',', value_parser = host)]
    pub also_host: Vec<String>,

    /// A file with access tokens, reloaded when it changes; repeat it or separate files by commas.
    #[arg(long, env = "BARRE_TOKENS", value_name = "FILE", value_delimiter = ',')]
    pub tokens: Vec<PathBuf>,

    /// A file with the mirrors that feed this registry, and with what they let in, reloaded when it changes.
    #[arg(long, env = MIRRORS_VARIABLE, value_name = "FILE")]
    pub mirrors: Option<PathBuf>,

    /// Whether public packages may be read without a token.
    #[arg(long, env = "BARRE_ANONYMOUS_READ", value_name = "BOOL", default_value_t = false, action = ArgAction::Set)]
    pub anonymous_read: bool,

    /// Largest package, in bytes.
    #[arg(long, env = "BARRE_MAX_PACKAGE_SIZE", value_name = "BYTES", default_value_t = 128 * 1024 * 1024,
          value_parser = clap::value_parser!(u64).range(1024..=4 * 1024 * 1024 * 1024))]
    pub max_package_size: u64,

    /// Where uploads are kept while they are checked [default: the system's folder for temporary files].
    #[arg(long, env = "BARRE_SCRATCH_DIR", value_name = "FOLDER")]
    pub scratch_dir: Option<PathBuf>,

    /// How much memory hot packages may take, in bytes; what is told of them takes up to a quarter more.
    #[arg(long, env = "BARRE_CACHE_SIZE", value_name = "BYTES", default_value_t = 64 * 1024 * 1024)]
    pub cache_size: u64,

    /// Where the reason of a failed start is written, if that file exists.
    #[arg(long, env = termination::FILE_VARIABLE, value_name = "FILE", default_value = termination::FILE)]
    pub termination_message: PathBuf,

    /// How much is logged.
    #[arg(long, env = "BARRE_LOG_LEVEL", value_name = "LEVEL", default_value = "info", ignore_case = true)]
    pub log_level: LogLevel,

    /// How log lines look.
    #[arg(long, env = "BARRE_LOG_FORMAT", value_name = "FORMAT", default_value = "text", ignore_case = true)]
    pub log_format: LogFormat,

    /// A file in which the operator says that all pods have one template: then the format of the log is raised. Without
    /// it this process stands alone.
    #[arg(long, env = FILE_VARIABLE, value_name = "FILE", requires = "template", hide = true)]
    pub settled: Option<PathBuf>,

    /// The hash of this pod's own template.
    #[arg(long, env = TEMPLATE_VARIABLE, value_name = "HASH", hide = true)]
    pub template: Option<String>,

    #[command(flatten)]
    pub known: Known,

    #[command(flatten)]
    pub limits: Limits,
}

/// `barre-registry format`
#[derive(Debug, Clone, clap::Args)]
pub struct Format {
    /// Where everything is stored.
    #[arg(long, help = STORE_HELP, env = "BARRE_STORE", value_name = "URL", value_parser = store)]
    pub store: Url,

    /// Raises the log to the newest format of this program. There is no way back.
    #[arg(long)]
    pub raise: bool,
}

/// `barre-registry token new`
#[derive(Debug, Clone, clap::Args)]
pub struct NewToken {
    /// What the token is for; it appears in the log of changes.
    #[arg(long, value_name = "NAME", value_parser = token_name)]
    pub name: String,

    /// The organizations it is good for, separated by commas, or * for all.
    #[arg(long, value_name = "ORG,…", value_parser = organizations)]
    pub organizations: Organizations,

    /// What it allows, separated by commas; publish includes read, admin includes publish.
    #[arg(long, value_name = "ACTION,…", value_delimiter = ',', required = true, value_parser = action)]
    pub actions: Vec<Action>,

    /// How long it is good for, such as 12h or 90d, or never.
    #[arg(long, value_name = "TIME", default_value = "90d", value_parser = expiry)]
    pub expires: Expiry,
}

impl Args {
    /// Parses, and refuses combinations that cannot work. The error prints itself, and is also what
    /// `--help` and `--version` end in.
    pub fn from_arguments<I, T>(arguments: I) -> Result<Self, clap::Error>
    where
        I: IntoIterator<Item = T>,
        T: Into<OsString> + Clone,
    {
        let args = Self::try_parse_from(arguments)?;
        let checked = match &args.command {
            Command::Serve(serve) => serve.check(),
            Command::Setup { command: Setup::Bal(setup) } => setup.check(),
            Command::Format(_) | Command::Token { .. } | Command::Mirror { .. } => Ok(()),
        };
        checked.map_err(|text| Self::command().error(ErrorKind::ValueValidation, text))?;
        Ok(args)
    }
}

impl Serve {
    fn check(&self) -> Result<(), &'static str> {
        if self.tokens.is_empty() && !self.anonymous_read {
            return Err("nobody could use this registry: give --tokens FILE, or --anonymous-read true");
        }
        if self.listen == self.admin_listen && self.listen.port() != 0 {
            return Err("--listen and --admin-listen are the same address");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
