//! The one entry point for people and CI: `cargo xtask COMMAND`. It runs other programs and reads files; it links
//! nothing of the product, so that it builds in seconds.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "progress of a development tool")]

mod bench;
mod check;
mod generate;
mod run;
mod shell;
mod test;
mod tidy;
mod ui;

use std::process::ExitCode;

use anyhow::bail;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  check [--ci]   formatting, clippy, tidy, documentation, dependency licences
  tidy           only what reads files: edges between crates, lengths, forgotten tests, heads
  test [--ci]    check, then every test of the workspace, then `test ui`
  test ui        the browser tests against a running demo
  bench intake   CPU time per span, on one thread and on two, as JSON
  gen            write the checked-in JSON Schema and OpenAPI document anew
  run [...]      build and start the demo; further arguments go to it

  --ci           a tool that is missing is an error, not a skipped step";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match dispatch(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(words: &[&str]) -> anyhow::Result<()> {
    let ci = words.contains(&"--ci");
    let words: Vec<&str> = words.iter().copied().filter(|word| *word != "--ci").collect();
    match words.as_slice() {
        ["check"] => check::check(ci),
        ["tidy"] => tidy::tidy(),
        ["test"] => test::test(ci),
        ["test", "ui"] => ui::ui(ci),
        ["bench", "intake"] => bench::intake(),
        ["gen"] => generate::generate(),
        ["run", rest @ ..] => run::run(rest),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        [] => bail!("which command?\n\n{USAGE}"),
        other => bail!("there is no command `{}`\n\n{USAGE}", other.join(" ")),
    }
}
