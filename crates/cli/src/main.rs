//! The binary `throughline`: it reads arguments, runs one command and turns its end into an exit code.

mod command;
mod output;

use clap::{Parser, Subcommand};

use crate::command::{check, demo, explain, replay, schema, serve};
use crate::output::{Failure, Output};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Which of your users' objectives work, live and honestly.
#[derive(Debug, Parser)]
#[command(name = "throughline", version, max_term_width = 100, infer_subcommands = false)]
struct Arguments {
    /// How answers are printed.
    #[arg(long, global = true, value_enum, default_value_t = Output::Table, env = "THROUGHLINE_OUTPUT")]
    output: Output,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check a registry: every problem at once, with its place and a hint.
    Check(check::Check),
    /// Take in telemetry and show, live, which objectives work.
    Serve(serve::Serve),
    /// The simulated mail product: four weeks of history, then live users. Nothing to configure.
    Demo(demo::Demo),
    /// Replay recorded spans on their own clock: the same answers as live.
    Replay(replay::Replay),
    /// Every decision for one trace: whose step, why good or bad, where it was counted.
    Explain(explain::Explain),
    /// Print the JSON Schema of registry documents, for editors.
    Schema(schema::Schema),
}

fn main() -> std::process::ExitCode {
    // A panic has told its place already; its code says that the bug is ours.
    std::panic::catch_unwind(run).unwrap_or_else(|_| output::Exit::OurBug.into())
}

fn run() -> std::process::ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return output::usage(&error),
    };
    let result = match arguments.command {
        Command::Check(command) => command.run(arguments.output),
        Command::Serve(command) => command.run(arguments.output),
        Command::Demo(command) => command.run(arguments.output),
        Command::Replay(command) => command.run(arguments.output),
        Command::Explain(command) => command.run(arguments.output),
        Command::Schema(command) => command.run(),
    };
    result.map_or_else(Failure::report, Into::into)
}
