//! Replays files on their own clock: sorted by time, read in chunks, counted and judged as live requests are.
//! What lies between files is no input and nobody's silence; a gap inside a file is judged as it would be live. It
//! prints nothing.

use std::fs::File;
use std::io::BufReader;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use throughline_core::count::book::Book;
use throughline_core::count::frame::{Frame, Frames};
use throughline_core::id::StepId;
use throughline_core::judge::judgement::WindowJudgement;
use throughline_core::judge::look::{Looked, judge_window};
use throughline_core::judge::{Given, GivenStep, Settings};
use throughline_core::model::registry::Registry;
use throughline_core::observation::{Observation, Signal};
use throughline_core::time::{SECOND_NS, UnixNanos};
use throughline_wire::file::{FileError, Format, SpanFile};
use throughline_wire::visit::{Refused, Scratch, Visit};

use crate::evaluate::Evaluator;
use crate::intake::Intake;
use crate::live::{ClockNote, Live, RegistrySource};
use crate::play::Player;

/// Files that overlap or lie at most this far apart are one stretch of input.
pub const TOUCH_NS: u64 = 10 * SECOND_NS;

/// What to replay, and which attempts to look at.
#[derive(Debug)]
pub struct Options {
    pub registry: Arc<Registry>,
    pub source: RegistrySource,
    pub files: Vec<PathBuf>,
    /// Told by each file's beginning unless given.
    pub format: Option<Format>,
    /// Attempts are taken by their start in `[from, to)`.
    pub window: Option<Range<UnixNanos>>,
    /// Stretches that are normal.
    pub baseline: Vec<Range<UnixNanos>>,
}

/// Why nothing was replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error("cannot open `{path}`")]
    Open {
        path: String,
        #[source]
        error: std::io::Error,
    },
    #[error(transparent)]
    File(#[from] FileError),
    #[error("no file of spans was found in what was given")]
    NoFiles,
}

/// How far a replay is.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    pub file: &'a str,
    pub done_files: usize,
    pub files: usize,
    pub records: u64,
}

/// A record that was refused by itself.
#[derive(Debug, Clone)]
pub struct RefusedRecords {
    pub file: String,
    pub records: u64,
    pub example: String,
}

/// What came out.
#[derive(Debug)]
pub struct Replayed {
    pub live: Live,
    pub evaluator: Evaluator,
    pub intake: Arc<Intake>,
    /// The end of the newest record and what lets it settle.
    pub ended: UnixNanos,
    /// One look at the window, if one was chosen.
    pub look: Option<Look>,
    pub refused: Vec<RefusedRecords>,
}

/// One look at a chosen window.
#[derive(Debug)]
pub struct Look {
    pub window: Range<UnixNanos>,
    pub judgement: WindowJudgement,
}

/// Replays the files; `progress` is told between chunks.
///
/// # Errors
/// [`ReplayError`] when a file cannot be read at all; a bad record is refused by itself.
pub fn replay(options: &Options, mut progress: impl FnMut(Progress<'_>)) -> Result<Replayed, ReplayError> {
    let files = in_order((&options.files, options.format.as_ref()), &options.registry)?;
    let given = match (&options.window, options.baseline.is_empty()) {
        (None, false) => Some(learn(options, &files, &mut progress)?),
        _ => None,
    };
    let frames = Frames { window: options.window.clone(), baseline: options.baseline.clone() };
    let mut run = Run::new(options, frames, Settings { given });
    run.play(&files, options, &mut progress)?;
    Ok(run.finish(options))
}

/// Counts the baseline alone: what is normal must be known before anything is judged.
fn learn(
    options: &Options,
    files: &[PathBuf],
    progress: &mut impl FnMut(Progress<'_>),
) -> Result<Given, ReplayError> {
    let never = UnixNanos(0)..UnixNanos(0);
    let frames = Frames { window: Some(never), baseline: options.baseline.clone() };
    let mut run = Run::new(options, frames, Settings::default());
    run.play(files, options, progress)?;
    let Run { player, stretches, .. } = run;
    let (_, live) = player.finish();
    Ok(given(&live, &options.baseline, &stretches))
}

struct Run {
    intake: Arc<Intake>,
    player: Player,
    stretches: Vec<Range<UnixNanos>>,
    refused: Vec<RefusedRecords>,
    records: u64,
    longest_ns: u64,
}

impl Run {
    fn new(options: &Options, frames: Frames, settings: Settings) -> Self {
        let registry = Arc::clone(&options.registry);
        let longest_ns = registry.longest_window_ns();
        let intake = Arc::new(Intake::new(Arc::clone(&registry), frames, 1, 0));
        let interned = Arc::clone(&intake.shared.interned);
        let mut live = Live::new(registry, options.source.clone(), interned, Book::new(u32::MAX));
        live.clock = ClockNote::Replay;
        let player = Player::new(Arc::clone(&intake), settings, live);
        Self { intake, player, stretches: Vec::new(), refused: Vec::new(), records: 0, longest_ns }
    }

    fn play(
        &mut self,
        files: &[PathBuf],
        options: &Options,
        progress: &mut impl FnMut(Progress<'_>),
    ) -> Result<(), ReplayError> {
        for (done_files, path) in files.iter().enumerate() {
            let name = path.display().to_string();
            let mut file = open(path, options.format.clone())?;
            let mut refused = RefusedRecords { file: name.clone(), records: 0, example: String::new() };
            let mut inside = false;
            loop {
                let more = self.chunk(&mut file, &mut refused, inside)?;
                inside = true;
                let files = files.len();
                progress(Progress { file: &name, done_files, files, records: self.records });
                if !more {
                    break;
                }
            }
            self.refused.extend((refused.records > 0).then_some(refused));
        }
        self.player.settle();
        Ok(())
    }

    /// Reads one chunk, moves the clock to its newest end and counts it there; `inside` says that it is not the
    /// file's first.
    fn chunk(
        &mut self,
        file: &mut SpanFile,
        refused: &mut RefusedRecords,
        inside: bool,
    ) -> Result<bool, ReplayError> {
        let chunk = self.intake.read_chunk(file)?;
        if chunk.records > 0 && chunk.newest.0 > 0 {
            self.reach(chunk.oldest, chunk.newest, if inside { self.longest_ns } else { TOUCH_NS });
        }
        self.intake.commit_chunk(self.player.now());
        self.records += chunk.records;
        refused.records += chunk.refused;
        if refused.example.is_empty() {
            refused.example = chunk.example;
        }
        Ok(chunk.more)
    }

    /// Moves the clock over a chunk; a gap of more than `gap_ns` between it and all before is no input. Spans that
    /// are too old beside the newest are rejected, so time need not pass for them.
    fn reach(&mut self, oldest: UnixNanos, newest: UnixNanos, gap_ns: u64) {
        let oldest = oldest.max(newest.minus(self.longest_ns));
        match self.stretches.last_mut() {
            Some(stretch) if oldest <= stretch.end.plus(gap_ns) => stretch.end = stretch.end.max(newest),
            _ => {
                self.player.skip_to(oldest);
                self.stretches.push(oldest..newest);
            }
        }
        self.player.advance(newest);
    }

    fn finish(self, options: &Options) -> Replayed {
        let ended = self.player.now();
        let (evaluator, live) = self.player.finish();
        let look = options.window.clone().map(|window| {
            let baseline =
                (!options.baseline.is_empty()).then(|| given(&live, &options.baseline, &self.stretches));
            let looked = looked(&live, &window, &self.stretches);
            Look { judgement: judge_window(&live.registry, &looked, baseline.as_ref()), window }
        });
        Replayed { live, evaluator, intake: self.intake, ended, look, refused: self.refused }
    }
}

/// Returns the seconds of a range that the input covers.
fn covered(range: &Range<UnixNanos>, stretches: &[Range<UnixNanos>]) -> f64 {
    let shared =
        |stretch: &Range<UnixNanos>| range.end.min(stretch.end).since(range.start.max(stretch.start));
    stretches.iter().map(shared).sum::<u64>() as f64 / SECOND_NS as f64
}

fn given(live: &Live, baseline: &[Range<UnixNanos>], stretches: &[Range<UnixNanos>]) -> Given {
    let seconds = baseline.iter().map(|range| covered(range, stretches)).sum();
    let history = &live.book.frame(Frame::Baseline).history;
    let step = |id: StepId| {
        let attempts = history.step(id).total().started().unsigned_abs();
        (id, GivenStep { attempts, seconds })
    };
    Given { steps: live.registry.steps().map(|s| step(s.id)).collect() }
}

fn looked(live: &Live, window: &Range<UnixNanos>, stretches: &[Range<UnixNanos>]) -> Looked {
    let frame = live.book.frame(Frame::Judged);
    let steps = live.registry.steps().map(|step| (step.id, frame.history.step(step.id).total())).collect();
    let mut alive: Vec<String> = frame
        .cells
        .range(0..u32::MAX)
        .map(|(_, (service, ..), _)| live.interned.service_name(*service).to_string())
        .collect();
    alive.sort();
    alive.dedup();
    Looked { steps, seconds: covered(window, stretches), alive }
}

pub(crate) fn open(path: &Path, format: Option<Format>) -> Result<SpanFile, ReplayError> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| ReplayError::Open { path: name.clone(), error })?;
    Ok(SpanFile::new(&name, BufReader::with_capacity(1 << 18, file), format)?)
}

/// Returns the files to read, folders opened, in the order of their first records.
pub(crate) fn in_order(
    (files, format): (&[PathBuf], Option<&Format>),
    registry: &Registry,
) -> Result<Vec<PathBuf>, ReplayError> {
    let mut found = Vec::new();
    for path in files {
        if path.is_dir() {
            let mut inside = Vec::new();
            list(path, 0, &mut inside)?;
            found.extend(inside.into_iter().filter(|path| open(path, format.cloned()).is_ok()));
        } else {
            found.push(path.clone());
        }
    }
    if found.is_empty() {
        return Err(ReplayError::NoFiles);
    }
    let mut dated = Vec::with_capacity(found.len());
    for path in found {
        dated.push((first_record(&path, format, registry)?, path));
    }
    dated.sort();
    Ok(dated.into_iter().map(|(_, path)| path).collect())
}

/// Folders below folders that are looked into.
const DEPTH_MAX: usize = 16;

fn list(dir: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), ReplayError> {
    let failed = |error| ReplayError::Open { path: dir.display().to_string(), error };
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        match (hidden, path.is_dir()) {
            (true, _) => {}
            (_, true) if depth < DEPTH_MAX => list(&path, depth + 1, found)?,
            _ => found.push(path),
        }
    }
    Ok(())
}

/// The start of the first chunk's oldest span.
struct Oldest(Option<UnixNanos>);

impl Visit for Oldest {
    fn span(&mut self, span: &Observation<'_>) {
        self.0 = Some(self.0.map_or(span.start, |oldest| oldest.min(span.start)));
    }

    fn refused(&mut self, _: Signal, _: Refused, _: &str) {}

    fn other(&mut self, _: Signal) {}
}

fn first_record(
    path: &Path,
    format: Option<&Format>,
    registry: &Registry,
) -> Result<Option<UnixNanos>, ReplayError> {
    let mut file = open(path, format.cloned())?;
    let mut oldest = Oldest(None);
    file.next_chunk(&registry.slots, &mut Scratch::default(), &mut oldest)?;
    Ok(oldest.0)
}
