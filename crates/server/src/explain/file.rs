//! Explains from files, in any format that can be replayed: on the files' own clock, with nothing counted.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use throughline_core::annotate::decide::Flow;
use throughline_core::annotate::names::Interned;
use throughline_core::annotate::rules::Rules;
use throughline_core::count::book::Book;
use throughline_core::id::{ServiceId, TraceId};
use throughline_core::model::registry::Registry;
use throughline_core::observation::{Observation, Signal};
use throughline_core::time::UnixNanos;
use throughline_wire::file::{FileError, Format};
use throughline_wire::visit::{Refused, Visit};

use crate::explain::{Collect, Told, explain};
use crate::live::{ClockNote, Live, RegistrySource};
use crate::play::SETTLING_NS;
use crate::replay::ReplayError;
use crate::replay::again::{Again, Take};

/// Which files to look into.
#[derive(Debug)]
pub struct ExplainOptions {
    pub registry: Arc<Registry>,
    pub source: RegistrySource,
    pub files: Vec<PathBuf>,
    /// Told by each file's beginning unless given.
    pub format: Option<Format>,
}

/// When each service of the files last started a span.
#[derive(Debug, Default)]
struct Newest {
    services: HashMap<ServiceId, UnixNanos>,
    end: UnixNanos,
}

impl Flow for Newest {
    fn newest_start(&self, service: ServiceId) -> Option<UnixNanos> {
        self.services.get(&service).copied()
    }
}

/// What was read of a trace.
#[derive(Debug)]
pub struct FromFiles {
    pub live: Live,
    pub told: Told,
    /// Why files ended too early.
    pub faults: Vec<FileError>,
}

/// Reads the trace from the files and decides it as a replay of them would in the end.
///
/// # Errors
/// [`ReplayError`] when a file cannot be read at all; a bad record is passed over.
pub fn explain_files(options: &ExplainOptions, trace: TraceId) -> Result<FromFiles, ReplayError> {
    let (registry, interned) = (Arc::clone(&options.registry), Arc::<Interned>::default());
    let mut live =
        Live::new(Arc::clone(&registry), options.source.clone(), Arc::clone(&interned), Book::new(u32::MAX));
    live.clock = ClockNote::Replay;
    let again = Again::new(&registry, &options.files, options.format.as_ref())?;
    let rules = Arc::new(Rules::new(registry, &interned));
    let mut newest = Newest::default();
    let faults = again.play(&mut newest_of(&interned, &mut newest))?;
    let now = newest.end.plus(SETTLING_NS);
    let read = |collect: &mut Collect| again.play(collect).map(drop);
    let told = explain(trace, (&rules, &interned), (&newest, now), read)?;
    Ok(FromFiles { live, told, faults })
}

impl Take for Collect {
    fn arrive(&mut self, at: UnixNanos) {
        Collect::arrive(self, at);
    }
}

struct Newer<'a> {
    interned: &'a Interned,
    newest: &'a mut Newest,
}

fn newest_of<'a>(interned: &'a Interned, newest: &'a mut Newest) -> Newer<'a> {
    Newer { interned, newest }
}

impl Visit for Newer<'_> {
    fn span(&mut self, span: &Observation<'_>) {
        let newest = self.newest.services.entry(self.interned.service(span.service)).or_default();
        *newest = span.start.max(*newest);
    }

    fn refused(&mut self, _: Signal, _: Refused, _: &str) {}

    fn other(&mut self, _: Signal) {}
}

impl Take for Newer<'_> {
    fn arrive(&mut self, at: UnixNanos) {
        self.newest.end = at;
    }
}
