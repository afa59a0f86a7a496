//! `throughline explain TRACE`: what became of each span of a trace, asked of a server or read from files.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;
use throughline_server::explain::{ExplainOptions, FromFiles, explain_files};
use throughline_server::fetch::{self, FetchError};
use throughline_server::show::trace;
use throughline_server::view::number::{bytes, took};

use crate::command::replay::{Columns, broken, failure, load, tell_faults};
use crate::output::{Ended, Exit, Failure, Output, line, table};

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
pub(crate) struct Explain {
    /// The trace's id, 32 hex digits; the zeros it begins with may be left out, down to 16.
    trace: String,
    /// The server that counted it.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080", env = "THROUGHLINE_SERVER")]
    server: String,
    /// Decide by this folder of registry documents instead, with spans from files.
    #[arg(long, value_name = "DIR", requires = "file")]
    registry: Option<PathBuf>,
    /// A file or folder of spans, in any format that `replay` reads; may be repeated.
    #[arg(long, value_name = "FILE", requires = "registry")]
    file: Vec<PathBuf>,
    #[command(flatten)]
    columns: Columns,
}

impl Explain {
    /// Prints the trace; exit 1 when it is not kept.
    pub(crate) fn run(self, output: Output) -> Ended {
        if trace::parse(&self.trace).is_none() {
            let message = format!("`{}` is no trace id", self.trace.escape_debug());
            return Err(Failure::usage(message)
                .hint("a trace id has 32 hex digits, or 16 and more without the zeros it begins with"));
        }
        let (told, broken) = match &self.registry {
            Some(_) => self.read_files()?,
            None => (self.ask_server()?, None),
        };
        let is_kept = told["answer"] == "kept";
        match (output, is_kept) {
            (Output::Json, _) => line(&told.to_string()),
            (Output::Table, true) => kept(&told),
            (Output::Table, false) => not_kept(&told, self.registry.is_some()),
        }
        let exit = if is_kept { Exit::Done } else { Exit::No };
        broken.map_or(Ok(exit), Err)
    }

    fn ask_server(&self) -> Result<Value, Failure> {
        let path = format!("/api/v1/traces/{}", self.trace);
        let (status, body) = fetch::get(&self.server, &path).map_err(|error| unreached(&error))?;
        if status != 200 {
            return Err(Failure::new(format!("{} answers HTTP {status}", self.server)));
        }
        serde_json::from_slice(&body)
            .map_err(|error| Failure::new(format!("{} answers no JSON: {error}", self.server)))
    }

    /// Returns the answer, and what fails it where files ended too early.
    fn read_files(&self) -> Result<(Value, Option<Failure>), Failure> {
        let dir = self.registry.clone().unwrap_or_default();
        let (registry, source) = load(&dir)?;
        let (registry, format) = (Arc::new(registry), self.columns.format()?);
        let options = ExplainOptions { registry, source, files: self.file.clone(), format };
        let Some(id) = trace::parse(&self.trace) else { return Ok((Value::Null, None)) };
        let FromFiles { live, told, faults } = explain_files(&options, id).map_err(failure)?;
        tell_faults(&faults);
        let told = serde_json::to_value(trace::of_file(&live, &told, &self.trace)).map_err(Failure::new)?;
        Ok((told, broken(&faults)))
    }
}

fn unreached(error: &FetchError) -> Failure {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
    let failure = Failure::new(format!("{error}{cause}"));
    match error {
        FetchError::Address(_) => failure,
        _ => failure
            .hint("start it with `throughline serve` or `throughline demo`, or name it with --server")
            .hint("`--registry DIR --file FILE` explains a trace without a server"),
    }
}

fn text<'a>(of: &'a Value, key: &str) -> &'a str {
    of[key].as_str().unwrap_or_default()
}

fn list<'a>(of: &'a Value, key: &str) -> &'a [Value] {
    of[key].as_array().map_or(&[], Vec::as_slice)
}

fn section(name: &str) {
    line(&format!("\n{name}"));
}

fn rows(head: &[&str], of: &[Value], row: impl Fn(&Value) -> Vec<String>) {
    table(head, &of.iter().map(row).collect::<Vec<_>>());
}

fn kept(told: &Value) {
    let spans = list(told, "spans");
    let took_ns = told["took_ns"].as_u64().unwrap_or(0);
    line(&format!("Trace {}  {}  {}", text(told, "id"), text(told, "at"), took(took_ns)));
    line(text(told, "say"));
    section("Spans");
    rows(&["SPAN", "FROM", "TOOK", "WHAT BECAME OF IT"], spans, span_row);
    if let Some(folded) = told["folded"].as_u64().filter(|folded| *folded > 0) {
        line(&format!("and {folded} more, filtered ones first"));
    }
    list(told, "attempts").iter().for_each(attempt);
    section("What came in");
    came_in(&told["came_in"], list(told, "others"));
}

fn span_row(span: &Value) -> Vec<String> {
    let indent = "  ".repeat(span["depth"].as_u64().unwrap_or(0).min(20) as usize);
    let start = span["start_ns"].as_i64().unwrap_or(0);
    let sign = if start < 0 { "-" } else { "" };
    vec![
        format!("{indent}{} {}", text(span, "service"), text(span, "operation")),
        if start == 0 { "0".to_owned() } else { format!("{sign}{}", took(start.unsigned_abs())) },
        took(span["took_ns"].as_u64().unwrap_or(0)),
        text(span, "became").to_owned(),
    ]
}

fn attempt(of: &Value) {
    let step = of["step"]["text"].as_str().unwrap_or("no step");
    section(&format!("Whose step is it? {step}"));
    rows(&["ASKED", "ANSWER", "BECAUSE"], list(of, "whose"), |whose| {
        let answer = text(whose, "answer");
        let answer = if answer == "silent" { "says nothing" } else { answer };
        vec![text(whose, "asked").to_owned(), answer.to_owned(), text(whose, "because").to_owned()]
    });
    let conditions = list(of, "conditions");
    if !conditions.is_empty() {
        section(&format!(
            "Why {}?",
            if text(of, "outcome") == "excluded" { "not counted" } else { text(of, "outcome") }
        ));
        rows(&["ASKED IN THIS ORDER", "RULE", "FOUND", "ANSWER"], conditions, |condition| {
            ["asked", "rule", "found", "answer"].map(|key| text(condition, key).to_owned()).into()
        });
    }
    let counted = list(of, "counted");
    if counted.is_empty() {
        return;
    }
    section("Where it was counted");
    rows(&["WHERE", "NOTE", "AS", ""], counted, |counted| {
        let at = counted["at"]["text"].as_str().unwrap_or_default().to_owned();
        let rest = ["note", "counted_as", "counted_note"].map(|key| text(counted, key).to_owned());
        std::iter::once(at).chain(rest).collect()
    });
}

fn came_in(of: &Value, others: &[Value]) {
    let parts = ["counted", "filtered", "unmatched", "duplicate", "rejected"];
    let parts = parts.map(|part| (of[part].as_u64().unwrap_or(0), part));
    let parts: Vec<String> =
        parts.iter().filter(|(n, _)| *n > 0).map(|(n, part)| format!("{n} {part}")).collect();
    line(&format!("spans    {} received = {}", of["received"], parts.join(" + ")));
    for key in ["late", "traffic", "kept"] {
        line(&format!("{key:<8} {}", text(of, key)));
    }
    let others: Vec<&str> = others.iter().filter_map(Value::as_str).collect();
    if !others.is_empty() {
        line(&format!("others   {}", others.join(" ")));
    }
}

fn not_kept(told: &Value, from_files: bool) {
    let id = text(told, "id");
    if from_files {
        return line(&format!("Trace {id} is not in these files."));
    }
    line(&format!("Trace {id} is not kept."));
    line(&format!(
        "Kept are {} traces of each step, outcome and reason, and the newest {}.",
        told["each"],
        bytes(told["bytes_max"].as_u64().unwrap_or(0))
    ));
    let groups = list(told, "kept");
    if groups.is_empty() {
        return;
    }
    section("What is kept");
    rows(&["STEP", "OUTCOME", "REASON", "NEWEST TRACE"], groups, |group| {
        let newest = list(group, "traces").first().and_then(Value::as_str).unwrap_or_default();
        let step = group["step"]["text"].as_str().unwrap_or_default();
        [step, text(group, "outcome"), text(group, "reason"), newest].map(str::to_owned).into()
    });
}
