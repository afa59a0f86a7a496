//! What reaches the terminal: the answer on stdout, everything else on stderr, and the exit code. It computes
//! nothing.

use std::fmt::Display;
use std::io::{ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

/// How an answer is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Output {
    /// For people.
    Table,
    /// For programs: the values of the API.
    Json,
}

/// How a command ended (`ui.md` 11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done; the answer is in the output.
    Done,
    /// Done, and the answer is no.
    No,
    Usage,
    /// A file, the network or a server failed.
    Failed,
    OurBug,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(match exit {
            Exit::Done => 0,
            Exit::No => 1,
            Exit::Usage => 2,
            Exit::Failed => 4,
            Exit::OurBug => 70,
        })
    }
}

/// Why a command could not do its work: what failed, the chain of causes, and hints.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) message: String,
    pub(crate) hints: Vec<String>,
}

impl Failure {
    /// A failure of a file, the network or a server.
    pub(crate) fn new(message: impl Display) -> Self {
        Self { exit: Exit::Failed, message: message.to_string(), hints: Vec::new() }
    }

    /// Wrong usage that the argument parser cannot see.
    pub(crate) fn usage(message: impl Display) -> Self {
        Self { exit: Exit::Usage, ..Self::new(message) }
    }

    /// Adds what to do.
    pub(crate) fn hint(mut self, hint: impl Display) -> Self {
        self.hints.push(hint.to_string());
        self
    }

    /// Prints the failure and returns its exit code.
    pub(crate) fn report(self) -> ExitCode {
        say(&format!("error: {}", self.message));
        self.hints.iter().for_each(|hint| say(&format!("hint: {hint}")));
        self.exit.into()
    }
}

/// What a command returns.
pub(crate) type Ended = Result<Exit, Failure>;

/// Prints a part of the answer. A reader that has gone is no failure: the process ends well. A full disk is one.
pub(crate) fn answer(text: &str) {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => {
            say(&format!("error: the answer cannot be written: {error}"));
            std::process::exit(4);
        }
    }
}

/// Prints a line of the answer.
pub(crate) fn line(text: &str) {
    answer(&format!("{text}\n"));
}

/// Prints a line that is not the answer.
pub(crate) fn say(text: &str) {
    let written = writeln!(std::io::stderr().lock(), "{text}");
    drop(written);
}

/// Returns whether people watch: progress bars and hints are for them.
pub(crate) fn is_watched() -> bool {
    std::io::stderr().is_terminal()
}

/// Prints what the argument parser says; help and version are answers.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    let printed = error.print();
    drop(printed);
    if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() }
}

/// Prints a table: two spaces between columns, no frames, numbers to the right.
pub(crate) fn table(heads: &[&str], rows: &[Vec<String>]) {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([heads[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let numeric = |column: usize| rows.iter().all(|row| is_number(&row[column]));
    let numeric: Vec<bool> = (0..heads.len()).map(|column| !rows.is_empty() && numeric(column)).collect();
    let print = |cells: &[String]| {
        let mut text = String::new();
        for (column, cell) in cells.iter().enumerate() {
            let pad = " ".repeat(widths[column] - cell.chars().count());
            let cell = if numeric[column] { format!("{pad}{cell}") } else { format!("{cell}{pad}") };
            text.push_str(if column == 0 { "" } else { "  " });
            text.push_str(&cell);
        }
        line(text.trim_end());
    };
    print(&heads.iter().map(|head| (*head).to_owned()).collect::<Vec<_>>());
    rows.iter().for_each(|row| print(row));
}

fn is_number(cell: &str) -> bool {
    let digits = cell.trim_end_matches([' ', '%', 'm', 's', 'µ', 'M', 'k', 'x']);
    cell == "–" || (!digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || "-.,".contains(c)))
}
