//! Replays files on their own clock: sorted by time, read in chunks, counted and judged as live requests are.
//! What lies between files is no input and nobody's silence; a gap inside a file is judged as it would be live. It
//! prints nothing.

pub(crate) mod files;

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use throughline_core::count::book::Book;
use throughline_core::count::frame::{Frame, Frames};
use throughline_core::id::StepId;
use throughline_core::judge::judgement::WindowJudgement;
use throughline_core::judge::look::{Looked, judge_window};
use throughline_core::judge::{Given, GivenStep, Settings};
use throughline_core::model::registry::Registry;
use throughline_core::time::{MINUTE_NS, Minute, SECOND_NS, UnixNanos};
use throughline_wire::file::{FileError, Format};

use crate::evaluate::Evaluator;
use crate::extent::Extent;
use crate::intake::Intake;
use crate::live::{ClockNote, Live, RegistrySource};
use crate::play::Player;
use crate::replay::files::{Dated, Files, Reading, in_order};

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
    files: &[Dated],
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
        let mut player = Player::new(Arc::clone(&intake), settings, live);
        not_looked_at(options).for_each(|minutes| player.no_input(minutes));
        Self { intake, player, stretches: Vec::new(), refused: Vec::new(), records: 0, longest_ns }
    }

    fn play(
        &mut self,
        files: &[Dated],
        options: &Options,
        progress: &mut impl FnMut(Progress<'_>),
    ) -> Result<(), ReplayError> {
        let mut files = Files::new(files, options.format.as_ref());
        while let Some((reading, inside)) = files.turn()? {
            self.chunk(reading, inside)?;
            let file = reading.name.clone();
            let (files, done_files) = files.progress();
            progress(Progress { file: &file, done_files, files, records: self.records });
        }
        self.commit();
        self.player.settle();
        Ok(())
    }

    /// Reads one chunk, moves the clock to its newest end and counts it there; `inside` says that files lasted from
    /// before it on.
    fn chunk(&mut self, reading: &mut Reading, inside: bool) -> Result<(), ReplayError> {
        let chunk = self.intake.read_chunk(&mut reading.file)?;
        let extent = chunk.dates.extent(self.longest_ns);
        if let Some(extent) = extent.filter(|extent| self.is_meant(extent, chunk.next)) {
            self.reach(extent, if inside { self.longest_ns } else { TOUCH_NS });
        }
        if !self.stretches.is_empty() {
            self.commit();
        }
        self.refuse(&reading.name, chunk.refused, chunk.example);
        (reading.begun, reading.next) = (true, chunk.next);
        Ok(())
    }

    /// Counts what was read, now. What comes before any time is known waits for it.
    fn commit(&mut self) {
        self.records += self.intake.commit_chunk(self.player.now());
    }

    /// Returns whether the clock may follow: one span alone, a whole window away from all others, is a mistake.
    fn is_meant(&self, extent: &Extent, next: Option<UnixNanos>) -> bool {
        let beside = |next: UnixNanos| next <= extent.newest.plus(self.longest_ns);
        match self.stretches.last() {
            _ if extent.spans > 1 => true,
            Some(stretch) => extent.oldest <= stretch.end.plus(self.longest_ns),
            None => next.is_none_or(beside),
        }
    }

    fn refuse(&mut self, file: &str, records: u64, example: String) {
        if records == 0 {
            return;
        }
        match self.refused.iter_mut().find(|refused| refused.file == file) {
            Some(refused) => refused.records += records,
            None => self.refused.push(RefusedRecords { file: file.to_owned(), records, example }),
        }
    }

    /// Moves the clock over a chunk; a gap of more than `gap_ns` between it and all before is no input.
    fn reach(&mut self, Extent { oldest, newest, .. }: Extent, gap_ns: u64) {
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

/// Returns the minutes of which not all attempts are judged: outside the window, and in the baseline. What is not
/// looked at there is nobody's silence.
fn not_looked_at(options: &Options) -> impl Iterator<Item = Range<Minute>> {
    let ends = |range: &Range<UnixNanos>| (range.start.minute(), range.end.plus(MINUTE_NS - 1).minute());
    let outside = options.window.iter().flat_map(|window| {
        let (from, to) = (window.start.plus(MINUTE_NS - 1).minute(), window.end.minute());
        [Minute(0)..from, to..Minute(u32::MAX)]
    });
    let baseline = options.baseline.iter().filter(|_| options.window.is_none()).map(move |range| {
        let (from, to) = ends(range);
        from..to
    });
    outside.chain(baseline)
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
