//! `throughline replay`: files through the same counting and judging as live requests.

mod tables;

use std::borrow::Cow;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use throughline_core::model::registry::{IdBook, Registry};
use throughline_core::time::UnixNanos;
use throughline_registry::Level;
use throughline_server::intake::RefusedCause;
use throughline_server::live::RegistrySource;
use throughline_server::replay::examples::keep_examples;
use throughline_server::replay::{Options, Progress, RefusedRecords, ReplayError, Replayed, replay};
use throughline_server::report::Report;
use throughline_server::serve::{ServeError, show as show_pages};
use throughline_server::view::number::plural;
use throughline_server::view::time::At;
use throughline_wire::csv::{Mapping, MappingError};
use throughline_wire::file::{FileError, Format};
use tokio::net::TcpListener;

use crate::command::serve::{self, runtime, stopped};
use crate::output::{Ended, Exit, Failure, Output, is_watched, line, say};

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
        let is_mapped = options.format.is_some();
        let nothing = nothing_taken(&replayed, is_mapped);
        warn(&replayed, nothing.is_some(), is_mapped);
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
    if loaded.is_without_product() {
        say(&format!("warning: the registry in `{dir}` defines no product, so no span can be an attempt"));
        let registry = Registry::default();
        return Ok((registry, RegistrySource { dir, yaml_files, documents, ..RegistrySource::default() }));
    }
    let Some(registry) = loaded.registry else {
        let errors = loaded.diagnostics.iter().filter(|d| d.severity == Level::Error);
        errors.for_each(|diagnostic| say(&format!("{diagnostic}\n")));
        let message = format!("the registry in `{dir}` has errors");
        return Err(Failure::new(message).hint(format!("throughline check {dir}")));
    };
    Ok((registry, RegistrySource { dir, yaml_files, documents, ..RegistrySource::default() }))
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

/// Window and baselines beyond the files that are named one by one.
const BEYOND_TOLD: usize = 5;

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
        .then(|| Failure::new(format!("{files} could not be read to the end, and the answer lacks the rest")))
}

/// Returns what failed as the failure that it is where nothing was taken: a file's fault, or the first refusal where
/// it stands for all records.
fn nothing_taken(replayed: &Replayed, is_mapped: bool) -> Option<Failure> {
    if let Some(fault) = replayed.faults.first()
        && received(replayed) == 0
    {
        return Some(Failure::new(chain(fault)).hint(fault.hint()));
    }
    let first = replayed.refused.first()?.causes.first()?;
    let refused: u64 = replayed.refused.iter().map(|refused| refused.records).sum();
    if refused < received(replayed) {
        return None;
    }
    let failure = Failure::new(match refused {
        1 => format!("the only record was refused: {}", first.example),
        _ => format!("all {refused} records were refused, the first: {}", first.example),
    });
    Some(match is_mapped {
        true => failure.hint(COLUMNS_HINT),
        false => failure,
    })
}

const COLUMNS_HINT: &str = "check the columns that `--csv` names, and the units of times";

/// Says what the answer leaves out; `has_failed` when there is no answer, and the first refusal is told as the error.
fn warn(replayed: &Replayed, has_failed: bool, is_mapped: bool) {
    for doubt in &replayed.doubts {
        say(&format!("warning: {doubt}"));
    }
    let told = usize::from(has_failed && received(replayed) == 0);
    tell_faults(&replayed.faults[told.min(replayed.faults.len())..]);
    let refused = replayed.refused.get(usize::from(has_failed)..).unwrap_or_default();
    refused.iter().for_each(tell_refused);
    if is_mapped && !refused.is_empty() && !has_failed {
        say(&format!("hint: {COLUMNS_HINT}"));
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

/// Says what was refused of a file, with an example of each cause.
fn tell_refused(refused: &RefusedRecords) {
    let RefusedRecords { file, records, causes } = refused;
    if let [only] = &causes[..] {
        return say(&format!("warning: {records} of {file} refused, for example: {}", only.example));
    }
    say(&format!("warning: {records} of {file} refused"));
    for RefusedCause { records, example, .. } in causes {
        say(&format!("  {records}, for example: {example}"));
    }
    let others = records - causes.iter().map(|cause| cause.records).sum::<u64>();
    if others > 0 {
        say(&format!("  {others} for other causes"));
    }
}

fn warn_of_times(replayed: &Replayed) {
    let is_beyond = replayed.look.as_ref().is_some_and(|look| look.covered == 0.0);
    let window = is_beyond.then(|| "window".to_owned());
    let baselines = replayed.unlearnt.iter().map(|range| format!("baseline {}", from_to(range, "..")));
    let reach = replayed.reach.as_ref();
    for what in window.into_iter().chain(baselines).take(BEYOND_TOLD) {
        if let Some(reach) = reach {
            let reach = from_to(reach, " to ");
            say(&format!("warning: these files hold nothing of the {what}; they reach from {reach}"));
        }
    }
    match reach {
        None if received(replayed) == 0 => say("warning: these files hold no record"),
        None => say("warning: no span of these files says when it was"),
        Some(_) => {}
    }
}

fn from_to(range: &Stretch, between: &str) -> String {
    [range.start, range.end].map(|at| At::from(at).rfc3339()).join(between)
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
        Output::Table => tables::tables(&report),
    }
    Ok(())
}
