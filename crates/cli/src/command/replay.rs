//! `throughline replay`: files through the same counting and judging as live requests.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use throughline_core::model::registry::{IdBook, Registry};
use throughline_core::time::UnixNanos;
use throughline_registry::Level;
use throughline_server::live::RegistrySource;
use throughline_server::replay::examples::keep_examples;
use throughline_server::replay::{Options, Progress, ReplayError, Replayed, replay};
use throughline_server::report::{AlertReport, Report, SeverityReport, SilenceReport, SloReport, StepReport};
use throughline_server::serve::{ServeError, show as show_pages};
use throughline_server::view::number::plural;
use throughline_server::view::time::At;
use throughline_wire::csv::{Mapping, MappingError};
use throughline_wire::file::{FileError, Format};
use tokio::net::TcpListener;

use crate::command::serve::{self, runtime, stopped};
use crate::output::{Ended, Exit, Failure, Output, is_watched, line, say, table};

/// Arguments of `replay`.
#[derive(Debug, clap::Args)]
pub(crate) struct Replay {
    /// The folder of registry documents.
    #[arg(long, value_name = "DIR")]
    registry: PathBuf,
    /// Files or folders of spans: OTLP JSON or protobuf, Zipkin, Jaeger, CSV; .gz, .xz and .zst too.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    columns: Columns,
    /// Take attempts that start in `FROM..TO` (RFC 3339, half open) and judge them in one look.
    #[arg(long, value_name = "FROM..TO", value_parser = stretch)]
    window: Option<Stretch>,
    /// Stretches that are normal, separated by commas.
    #[arg(long, value_name = "FROM..TO[,...]", value_delimiter = ',', value_parser = stretch)]
    baseline: Vec<Stretch>,
    /// Show the result in the browser, until Ctrl-C.
    #[arg(long)]
    serve: bool,
    /// Where the result is shown; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", requires = "serve")]
    listen: SocketAddr,
}

/// What the columns of span CSV hold.
#[derive(Debug, clap::Args)]
pub(crate) struct Columns {
    /// Columns of span CSV, such as `trace=TraceID,span=SpanID,parent=ParentID,service=PodName,
    /// name=OperationName,start=StartTimeUnixNano:ns,end=EndTimeUnixNano:ns` (or `duration=COL:us`).
    #[arg(long, value_name = "MAPPING")]
    csv: Option<String>,
    /// What stands in the parent column of a root.
    #[arg(long, value_name = "TEXT", requires = "csv")]
    csv_root: Option<String>,
    /// A regular expression with one group that takes the service from its column.
    #[arg(long, value_name = "REGEX", requires = "csv")]
    csv_service: Option<String>,
}

/// What `--csv` takes, as hints show it.
const CSV_EXAMPLE: &str =
    "trace=TraceID,span=SpanID,parent=ParentID,service=Service,name=Name,start=Start:ns,end=End:ns";

type Stretch = std::ops::Range<UnixNanos>;

fn stretch(text: &str) -> Result<Stretch, String> {
    let (from, to) = text
        .split_once("..")
        .ok_or("write `FROM..TO`, such as 2026-11-20T10:00:00Z..2026-11-20T10:05:00Z")?;
    let (from, to) = (instant(from)?, instant(to)?);
    match from < to {
        true => Ok(from..to),
        false => Err("FROM must be before TO".to_owned()),
    }
}

fn instant(text: &str) -> Result<UnixNanos, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("`FROM..TO` needs both ends".to_owned());
    }
    let time: jiff::Timestamp = text.parse().map_err(|error| no_instant(text, &error))?;
    u64::try_from(time.as_nanosecond()).map(UnixNanos).map_err(|_| format!("`{text}` is before 1970"))
}

fn no_instant(text: &str, error: &jiff::Error) -> String {
    match text.parse::<jiff::civil::DateTime>() {
        Ok(time) => format!("`{text}` needs a zone, such as `Z` in `{time}Z`"),
        Err(_) => format!("`{text}` is no time such as 2026-11-20T10:00:00Z: {error}"),
    }
}

impl Replay {
    /// Replays the files and prints what came out.
    pub(crate) fn run(self, output: Output) -> Ended {
        let runtime = self.serve.then(runtime).transpose()?;
        let listener = match &runtime {
            Some(runtime) => Some(runtime.block_on(listen(self.listen))?),
            None => None,
        };
        let options = self.options()?;
        let bar = bar();
        let mut replayed = replay(&options, |progress| show(&bar, progress)).map_err(failure)?;
        bar.finish_and_clear();
        let nothing = nothing_taken(&replayed, options.format.is_some());
        warn(&replayed, nothing.is_some());
        nothing.map_or(Ok(()), Err)?;
        print(output, &replayed)?;
        let broken = broken(&replayed.faults);
        if let (Some(runtime), Some(listener)) = (runtime, listener) {
            keep_examples(&options, &mut replayed).map_err(failure)?;
            let address = listener.local_addr().map_err(Failure::new)?;
            say(&format!("pages  http://{address}   Ctrl-C ends it"));
            runtime.block_on(show_pages(listener, replayed.intake, replayed.live, stopped()));
        }
        broken.map_or(Ok(Exit::Done), Err)
    }

    fn options(self) -> Result<Options, Failure> {
        let format = self.columns.format()?;
        let (registry, source) = load(&self.registry)?;
        Ok(Options {
            registry: Arc::new(registry),
            source,
            files: self.files,
            format,
            window: self.window,
            baseline: self.baseline,
        })
    }
}

/// Loads a folder of registry documents, or says every error in it.
pub(crate) fn load(dir: &Path) -> Result<(Registry, RegistrySource), Failure> {
    let loaded = throughline_registry::load_dir(dir, &mut IdBook::default());
    let dir = dir.display().to_string();
    let (yaml_files, documents) = (loaded.files, loaded.documents.len());
    let Some(registry) = loaded.registry else {
        let errors = loaded.diagnostics.iter().filter(|d| d.severity == Level::Error);
        errors.for_each(|diagnostic| say(&format!("{diagnostic}\n")));
        let message = format!("the registry in `{dir}` has errors");
        return Err(Failure::new(message).hint(format!("throughline check {dir}")));
    };
    Ok((registry, RegistrySource { dir, yaml_files, documents, refused: None }))
}

impl Columns {
    /// Returns the format that the columns tell, `None` when a file's beginning is to tell it.
    pub(crate) fn format(&self) -> Result<Option<Format>, Failure> {
        let Some(text) = &self.csv else { return Ok(None) };
        let in_csv = |error| wrong("--csv", &error).hint(format!("such as --csv {CSV_EXAMPLE}"));
        let mut mapping = Mapping::parse(text).map_err(in_csv)?;
        if let Some(root) = &self.csv_root {
            mapping = mapping.with_root(root);
        }
        if let Some(pattern) = &self.csv_service {
            mapping =
                mapping.with_service_pattern(pattern).map_err(|error| wrong("--csv-service", &error))?;
        }
        Ok(Some(Format::Csv(mapping)))
    }
}

fn wrong(flag: &str, error: &MappingError) -> Failure {
    Failure::usage(format!("`{flag}` cannot be used: {error}"))
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|error| serve::failure(&ServeError::Bind { address, error }))
}

/// Turns a file's fault into what to do.
pub(crate) fn failure(error: ReplayError) -> Failure {
    let failure = Failure::new(chain(&error));
    match hint(&error) {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

fn hint(error: &ReplayError) -> Option<Cow<'static, str>> {
    Some(match error {
        ReplayError::File(FileError::Unmapped { .. }) => format!("name them: --csv {CSV_EXAMPLE}").into(),
        ReplayError::File(error) => error.hint(),
        ReplayError::NoFiles { passed_over: Some(first) } => return hint(first),
        ReplayError::NoFiles { passed_over: None } => {
            "give files of spans, or a folder that holds some".into()
        }
        ReplayError::NotAFile { .. } => {
            "each file is read more than once: write a pipe's output to a file".into()
        }
        ReplayError::Open { .. } => return None,
    })
}

/// Returns the error with all its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Files that were passed over which are named one by one.
const PASSED_OVER_TOLD: usize = 5;

/// Returns how many records the files held, of all signals.
fn received(replayed: &Replayed) -> u64 {
    let ledger = &replayed.live.ledger;
    [ledger.traces, ledger.logs, ledger.metrics].iter().map(|records| records.received.unsigned_abs()).sum()
}

/// Names each file that ended too early.
pub(crate) fn tell_faults(faults: &[FileError]) {
    faults.iter().for_each(|fault| say(&format!("warning: {}; {}", chain(fault), fault.hint())));
}

/// Returns the failure that an answer without the rest of some files is.
pub(crate) fn broken(faults: &[FileError]) -> Option<Failure> {
    let files = plural(faults.len() as u64, "file");
    (!faults.is_empty())
        .then(|| Failure::new(format!("{files} ended too early, and the answer lacks the rest")))
}

/// Returns what failed as the failure that it is where nothing was taken: a file's fault, or the first refusal where
/// it stands for all records.
fn nothing_taken(replayed: &Replayed, is_mapped: bool) -> Option<Failure> {
    if let Some(fault) = replayed.faults.first()
        && received(replayed) == 0
    {
        return Some(Failure::new(chain(fault)).hint(fault.hint()));
    }
    let first = replayed.refused.first()?;
    let refused: u64 = replayed.refused.iter().map(|refused| refused.records).sum();
    if refused < received(replayed) {
        return None;
    }
    let failure = Failure::new(match refused {
        1 => format!("the only record was refused: {}", first.example),
        _ => format!("all {refused} records were refused, the first: {}", first.example),
    });
    Some(match is_mapped {
        true => failure.hint("check the columns that `--csv` names, and the units of times"),
        false => failure,
    })
}

/// Says what the answer leaves out; `has_failed` when there is no answer, and the first refusal is told as the error.
fn warn(replayed: &Replayed, has_failed: bool) {
    for doubt in &replayed.doubts {
        say(&format!("warning: {doubt}"));
    }
    let told = usize::from(has_failed && received(replayed) == 0);
    tell_faults(&replayed.faults[told.min(replayed.faults.len())..]);
    for refused in replayed.refused.iter().skip(usize::from(has_failed)) {
        say(&format!(
            "warning: {} of {} refused, for example: {}",
            refused.records, refused.file, refused.example
        ));
    }
    for error in replayed.passed_over.iter().take(PASSED_OVER_TOLD) {
        say(&format!("warning: passed over: {}", chain(error)));
    }
    if let Some(more) = replayed.passed_over.len().checked_sub(PASSED_OVER_TOLD).filter(|more| *more > 0) {
        say(&format!("warning: passed over: {more} more files"));
    }
    if !has_failed {
        warn_of_times(replayed);
    }
}

fn warn_of_times(replayed: &Replayed) {
    match (&replayed.look, &replayed.reach) {
        (Some(look), Some(reach)) if look.covered == 0.0 => say(&format!(
            "warning: these files hold nothing of the window; they reach from {} to {}",
            At::from(reach.start).rfc3339(),
            At::from(reach.end).rfc3339()
        )),
        (_, None) if received(replayed) == 0 => say("warning: these files hold no record"),
        (_, None) => say("warning: no span of these files says when it was"),
        _ => {}
    }
}

fn bar() -> ProgressBar {
    if !is_watched() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template("replaying  {bar:30}  {pos}/{len} files  {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn show(bar: &ProgressBar, progress: Progress<'_>) {
    bar.set_length(progress.files as u64);
    bar.set_position(progress.done_files as u64);
    bar.set_message(format!("{} records", progress.records));
}

fn print(output: Output, replayed: &Replayed) -> Result<(), Failure> {
    let report = Report::of(replayed);
    match output {
        Output::Json => line(&serde_json::to_string(&report).map_err(Failure::new)?),
        Output::Table => tables(&report),
    }
    Ok(())
}

fn tables(report: &Report) {
    let steps: Vec<Vec<String>> = report.steps.iter().map(step_row).collect();
    table(
        &["STEP", "ATTEMPTS", "GOOD", "BAD", "NOT COUNTED", "PENDING", "LOST", "P50", "P95", "P99"],
        &steps,
    );
    section("SLOs");
    table(&["SLO", "VERDICT", "SLI", "BUDGET LEFT", "DATA"], &slo_rows(report));
    if !report.severity.is_empty() {
        section("Severity");
        let row = |s: &SeverityReport| {
            vec![s.step.clone(), s.level.to_owned(), s.from.clone(), or_dash(s.to.as_ref()), s.rule.clone()]
        };
        table(&["STEP", "LEVEL", "FROM", "TO", "RULE"], &report.severity.iter().map(row).collect::<Vec<_>>());
    }
    if !report.silences.is_empty() {
        section("Silences");
        table(&["STEP", "CAUSE", "BY", "FROM", "TO", "EXPECTED", "SEEN"], &silence_rows(report));
    }
    if !report.alerts.is_empty() {
        section("Alerts");
        table(&["ALERT", "SLO", "TIER", "STARTED", "ENDED"], &alert_rows(report));
    }
    section("Records");
    table(
        &["SIGNAL", "RECEIVED", "COUNTED", "DUPLICATE", "REJECTED", "FILTERED", "UNMATCHED"],
        &record_rows(report),
    );
}

fn section(name: &str) {
    line(&format!("\n{name}"));
}

fn or_dash(text: Option<&String>) -> String {
    text.cloned().unwrap_or_else(|| "–".to_owned())
}

fn step_row(step: &StepReport) -> Vec<String> {
    let ms = |value: Option<f64>| value.map_or("–".to_owned(), |ms| format!("{ms:.1} ms"));
    let latency = step.latency_ms.as_ref();
    let bad: i64 = step.bad.values().sum();
    vec![
        format!("{}/{}", step.product, step.step),
        step.attempts.to_string(),
        step.good.to_string(),
        bad.to_string(),
        step.excluded.to_string(),
        step.pending.to_string(),
        step.lost.to_string(),
        ms(latency.map(|q| q.p50)),
        ms(latency.map(|q| q.p95)),
        ms(latency.map(|q| q.p99)),
    ]
}

fn slo_rows(report: &Report) -> Vec<Vec<String>> {
    let percent = |share: Option<f64>, digits: usize| match share {
        Some(share) => format!("{:.digits$} %", share * 100.0),
        None => "–".to_owned(),
    };
    let row = |slo: &SloReport| {
        let cause = slo.cause.map(|cause| format!(": {cause}")).unwrap_or_default();
        vec![
            slo.id.clone(),
            format!("{}{cause}", slo.verdict),
            percent(slo.sli, 3),
            percent(slo.budget_left, 1),
            slo.data_state.to_owned(),
        ]
    };
    report.slos.iter().map(row).collect()
}

fn silence_rows(report: &Report) -> Vec<Vec<String>> {
    let row = |s: &SilenceReport| {
        vec![
            s.step.clone(),
            s.cause.to_owned(),
            or_dash(s.by.as_ref()),
            s.from.clone(),
            or_dash(s.to.as_ref()),
            format!("{:.1}", s.expected),
            s.seen.to_string(),
        ]
    };
    report.silences.iter().map(row).collect()
}

fn alert_rows(report: &Report) -> Vec<Vec<String>> {
    let row = |a: &AlertReport| {
        let tier = a.tier.unwrap_or("–").to_owned();
        vec![a.alertname.to_owned(), a.slo_id.clone(), tier, a.started.clone(), or_dash(a.ended.as_ref())]
    };
    report.alerts.iter().map(row).collect()
}

fn record_rows(report: &Report) -> Vec<Vec<String>> {
    let states = ["received", "counted", "duplicate", "rejected", "filtered", "unmatched"];
    let signals = ["traces", "logs", "metrics"].into_iter();
    let row = |signal: &str| {
        let records = report.records.get(signal);
        let of = |state: &str| records.and_then(|r| r.get(state)).copied().unwrap_or(0).to_string();
        std::iter::once(signal.to_owned()).chain(states.iter().map(|state| of(state))).collect()
    };
    signals.map(row).collect()
}
