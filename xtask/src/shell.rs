//! Running other programs: where, with what progress, and what it means when one is missing. It knows no command's
//! meaning.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// The root of the work tree.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Returns cargo, to be run at the root.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    program("cargo", arguments)
}

/// Returns a program, to be run at the root.
pub(crate) fn program(name: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(name);
    command.args(arguments).current_dir(root());
    command
}

/// Returns whether a program answers to these arguments.
pub(crate) fn has(name: &str, arguments: &[&str]) -> bool {
    let tried = program(name, arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
}

/// Says what comes, does it, and says how long it took.
pub(crate) fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("==> {what}");
    let started = now();
    let done = work().with_context(|| format!("`{what}` failed"))?;
    println!("    {what}: {:.1} s", started.elapsed().as_secs_f64());
    Ok(done)
}

/// Runs a program as a step of its own.
pub(crate) fn run(what: &str, command: &mut Command) -> Result<()> {
    step(what, || succeed(command))
}

/// Runs a program that must succeed.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
    if status.success() { Ok(()) } else { bail!("{status}") }
}

/// Runs a program, shows its output as it comes, and returns the lines that `keep` wants.
pub(crate) fn watch(command: &mut Command, keep: impl Fn(&str) -> bool) -> Result<Vec<String>> {
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start {command:?}"))?;
    let stdout = child.stdout.take().context("the output is piped")?;
    let mut kept = Vec::new();
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        writeln!(std::io::stdout(), "{line}")?;
        if keep(&line) {
            kept.push(line);
        }
    }
    let status = child.wait()?;
    if status.success() { Ok(kept) } else { bail!("{status}") }
}

/// Says that something is left out; with `--ci` that is an error.
pub(crate) fn skip(ci: bool, what: &str, why: &str) -> Result<()> {
    if ci {
        bail!("{what}: {why}");
    }
    println!("skipped: {what}: {why}");
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "only to say how long a step took")]
fn now() -> Instant {
    Instant::now()
}
