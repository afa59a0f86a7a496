//! Registries and replays for tests: a registry from a folder, files through `replay`, and what came out.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use throughline_core::count::bucket::Counts;
use throughline_core::model::registry::{IdBook, Registry};
use throughline_core::model::step::Step;
use throughline_core::time::{Minute, UnixNanos};
use throughline_server::live::RegistrySource;
use throughline_server::replay::{Options, Replayed, replay};
use throughline_server::report::{Report, SloReport, StepReport};

/// Returns the path of a fixture of this crate.
pub(crate) fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// Returns the project's root.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Loads the registry of a folder, which must have no errors.
pub(crate) fn registry(dir: &Path) -> Arc<Registry> {
    let loaded = throughline_registry::load_dir(dir, &mut IdBook::default());
    Arc::new(loaded.registry.unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics)))
}

/// Reads an instant in RFC 3339.
pub(crate) fn instant(text: &str) -> UnixNanos {
    let time: jiff::Timestamp = text.parse().unwrap();
    UnixNanos(time.as_nanosecond().try_into().unwrap())
}

/// Reads `FROM..TO`.
pub(crate) fn stretch(text: &str) -> Range<UnixNanos> {
    let (from, to) = text.split_once("..").unwrap();
    instant(from)..instant(to)
}

/// Returns options without a window.
pub(crate) fn options(registry: Arc<Registry>, files: Vec<PathBuf>) -> Options {
    let source = RegistrySource::default();
    Options { registry, source, files, format: None, window: None, baseline: Vec::new() }
}

/// A replay and its answers.
#[derive(Debug)]
pub(crate) struct Answers {
    pub(crate) replayed: Replayed,
    pub(crate) report: Report,
}

/// Replays, and checks that every record is in one state.
pub(crate) fn answers(options: &Options) -> Answers {
    let replayed = replay(options, |_| {}).unwrap();
    assert_eq!(replayed.live.ledger.missing(), 0, "conservation");
    let report = Report::of(&replayed);
    Answers { replayed, report }
}

impl Answers {
    pub(crate) fn step(&self, name: &str) -> &StepReport {
        self.report.steps.iter().find(|step| step.step == name).unwrap()
    }

    pub(crate) fn slo(&self, id: &str) -> &SloReport {
        self.report.slos.iter().find(|slo| slo.id == id).unwrap()
    }

    /// Returns the interactive attempts of a step that start in a minute.
    pub(crate) fn minute(&self, name: &str, minute: &str) -> Counts {
        let live = &self.replayed.live;
        let step = step(&live.registry, name);
        live.book.judged.history.step(step.id).minute(minute_of(minute))
    }

    /// Returns requests and errors of a cell over all minutes and classes.
    pub(crate) fn cell(&self, service: &str, name: Option<&str>) -> [i64; 2] {
        let live = &self.replayed.live;
        let wanted = name.map(|name| step(&live.registry, name).id);
        let mut sum = [0, 0];
        for (_, (of, step, _), requests) in live.book.judged.cells.range(0..u32::MAX) {
            if *live.interned.service_name(*of) == *service && *step == wanted {
                sum[0] += requests.requests;
                sum[1] += requests.errors;
            }
        }
        sum
    }
}

fn minute_of(text: &str) -> Minute {
    instant(text).minute()
}

/// Returns a step by its name.
pub(crate) fn step<'a>(registry: &'a Registry, name: &str) -> &'a Step {
    registry.steps().find(|step| step.name == name).unwrap()
}
