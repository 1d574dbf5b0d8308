//! `barre-operator`: parses flags, runs, and says why it ended.

use barre_operator::process::{args::Args, run::run};
use clap::Parser;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    run(Args::parse()).await
}
