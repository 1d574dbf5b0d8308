//! `barre-registry`, the program: its flags, its subcommands, its logs and its last words. A subcommand is one file, a variant
//! of [`args::Command`], and an arm of [`run`].

pub mod args;
pub mod failure;
pub mod format;
pub mod mirror;
pub mod serve;
pub mod setup;
pub mod token;
pub mod upgrade;

mod admin;
mod existing;
mod memory;
mod runtime;
mod telemetry;
mod termination;

use std::ffi::OsString;
use std::io::IsTerminal as _;

use anyhow::Context as _;
use rand::TryRng as _;

use crate::base::clock::Clock;
use crate::base::instruments::Instruments;
use args::{
    Args, Command, Format, Mirror, MirrorPlan, MirrorRun, MirrorVerify, NewToken, Serve, Setup, SetupBal,
    Token,
};
use runtime::{runtime, stop_signal};
use telemetry::Output;

/// Reads a command line. What is wrong with it is also the last word of a process that was to serve: with the operator,
/// nobody sees what it printed.
pub fn arguments(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, clap::Error> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let parsed = Args::from_arguments(&arguments);
    if let Err(error) = &parsed
        && error.use_stderr()
        && arguments.get(1).is_some_and(|subcommand| subcommand == "serve")
    {
        termination::write(&termination::about_arguments(error), &termination::file(&arguments));
    }
    parsed.map(|args| args.command)
}

/// Does what a subcommand says.
pub fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(args) => run_server(*args),
        Command::Format(args) => tell_format(&args),
        Command::Token { command: Token::New(args) } => new_token(&args),
        Command::Mirror { command: Mirror::Plan(args) } => plan_mirror(&args),
        Command::Mirror { command: Mirror::Verify(args) } => verify_mirror(&args),
        Command::Mirror { command: Mirror::Run(args) } => run_mirror(&args),
        Command::Setup { command: Setup::Bal(args) } => {
            tell_setup(&args);
            Ok(())
        }
    }
}

fn run_server(args: Serve) -> anyhow::Result<()> {
    telemetry::init(args.log_level, args.log_format, Output::Out);
    let (termination_message, memory) = (args.termination_message.clone(), args.known.memory.clone());
    let served = runtime()?.block_on(async {
        let stop = stop_signal()?;
        anyhow::Ok(serve::serve(args, Instruments::system(), stop).await)
    })?;
    if let Err(failure) = &served {
        let words = failure.last_words();
        if let Some((known, memory)) = words.known.as_ref().zip(memory) {
            memory::keep(&memory, known);
        }
        termination::write(&words, &termination_message);
    }
    Ok(served?)
}

fn run_mirror(args: &MirrorRun) -> anyhow::Result<()> {
    telemetry::init(args.log_level, args.log_format, Output::Error);
    let out = std::io::stdout();
    let is_terminal = out.is_terminal();
    let (words, report) = runtime()?.block_on(async {
        let stop = stop_signal()?;
        anyhow::Ok(mirror::run::run(args, (out, is_terminal), Instruments::system(), stop).await)
    })?;
    termination::write(&words, &args.termination_message);
    report?;
    if mirror::run::is_good(words.outcome) {
        return Ok(());
    }
    anyhow::bail!("{:?}: {}", words.outcome, words.message.unwrap_or_default());
}

#[expect(clippy::print_stdout, reason = "this is what the command is for")]
fn tell_format(args: &Format) -> anyhow::Result<()> {
    println!("{}", runtime()?.block_on(format::format(args, Instruments::system()))?);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "this is what the command is for")]
fn new_token(args: &NewToken) -> anyhow::Result<()> {
    let mut random = [0; 32];
    rand::rngs::SysRng.try_fill_bytes(&mut random).context("no random bytes from the system")?;
    println!("{}", token::NewSecret::new(args, Clock::system().now(), random)?);
    Ok(())
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "this is what the command is for")]
fn plan_mirror(args: &MirrorPlan) -> anyhow::Result<()> {
    let planned = mirror::plan::plan(args)?;
    for note in &planned.notes {
        eprintln!("{note}");
    }
    print!("{}", planned.objects);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "this is what the command is for")]
fn verify_mirror(args: &MirrorVerify) -> anyhow::Result<()> {
    let verified = runtime()?.block_on(mirror::verify::verify(args))?;
    for finding in &verified.findings {
        println!("{finding}");
    }
    println!("{}", verified.sum());
    anyhow::ensure!(
        verified.findings.is_empty(),
        "the registry does not have all that is locked, as it is locked"
    );
    Ok(())
}

#[expect(clippy::print_stdout, reason = "this is what the command is for")]
fn tell_setup(args: &SetupBal) {
    print!("{}", setup::bal(args));
}
