//! Replays files on their own clock: sorted by time, read in chunks, counted and judged as live requests are.
//! What lies between files is no input and nobody's silence; a gap inside a file is judged as it would be live. It
//! prints nothing.

pub(crate) mod again;
pub(crate) mod clock;
pub mod examples;
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
use throughline_core::time::{MINUTE_NS, Minute, UnixNanos};
use throughline_wire::file::{FileError, Format};

use crate::evaluate::Evaluator;
use crate::extent::LAST;
use crate::intake::{BODY_SPANS_MAX, Intake, RefusedCause};
use crate::live::{ClockNote, Live, RegistrySource};
use crate::play::Player;
use crate::replay::clock::{Clock, Moved};
use crate::replay::files::{Dated, Files, Reading, in_order};

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
    #[error("`{path}` is no regular file")]
    NotAFile { path: String },
    #[error("no file of spans was found in what was given")]
    NoFiles {
        /// Why the first file of a folder was passed over, if one was.
        #[source]
        passed_over: Option<Box<ReplayError>>,
    },
}

/// How far a replay is.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    pub file: &'a str,
    pub done_files: usize,
    pub files: usize,
    pub records: u64,
}

/// Records that were refused by themselves.
#[derive(Debug, Clone)]
pub struct RefusedRecords {
    pub file: String,
    pub records: u64,
    /// Why, at most [`CAUSES_MAX`](crate::intake::CAUSES_MAX) causes.
    pub causes: Vec<RefusedCause>,
}

impl RefusedRecords {
    fn add(&mut self, records: u64, causes: Vec<RefusedCause>) {
        self.records += records;
        causes.into_iter().for_each(|cause| cause.add_to(&mut self.causes));
    }
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
    /// Why files ended too early; what is whole before that is counted.
    pub faults: Vec<FileError>,
    /// Files of a folder that cannot be read as spans.
    pub passed_over: Vec<ReplayError>,
    /// What the files' beginnings make doubtful of how they are read.
    pub doubts: Vec<String>,
    /// From the first start to the newest end; `None` when no span told its time.
    pub reach: Option<Range<UnixNanos>>,
    /// Baselines of which the files hold nothing.
    pub unlearnt: Vec<Range<UnixNanos>>,
}

/// One look at a chosen window.
#[derive(Debug)]
pub struct Look {
    pub window: Range<UnixNanos>,
    /// Seconds of the window that the files cover.
    pub covered: f64,
    pub judgement: WindowJudgement,
}

/// Replays the files; `progress` is told between chunks.
///
/// # Errors
/// [`ReplayError`] when a file cannot be read at all; a bad record is refused by itself.
pub fn replay(options: &Options, mut progress: impl FnMut(Progress<'_>)) -> Result<Replayed, ReplayError> {
    let found = in_order((&options.files, options.format.as_ref()), &options.registry)?;
    let frames = Frames::new(options.window.clone(), options.baseline.clone());
    let given = match (frames.window(), frames.baseline()) {
        (None, [_, ..]) => Some(learn(options, &frames, &found.files, &mut progress)?),
        _ => None,
    };
    let mut run = Run::new(options, frames, Settings { given });
    run.play(&found.files, options, &mut progress)?;
    Ok(Replayed { passed_over: found.passed_over, ..run.finish() })
}

/// Counts the baseline alone: what is normal must be known before anything is judged.
fn learn(
    options: &Options,
    frames: &Frames,
    files: &[Dated],
    progress: &mut impl FnMut(Progress<'_>),
) -> Result<Given, ReplayError> {
    let never = UnixNanos(0)..UnixNanos(0);
    let frames = Frames::new(Some(never), frames.baseline().to_vec());
    let mut run = Run::new(options, frames, Settings::default());
    run.play(files, options, progress)?;
    let Run { player, frames, clock, .. } = run;
    let (_, live) = player.finish();
    Ok(given(&live, &frames, &clock))
}

struct Run {
    intake: Arc<Intake>,
    player: Player,
    frames: Frames,
    clock: Clock,
    refused: Vec<RefusedRecords>,
    faults: Vec<FileError>,
    doubts: Vec<String>,
    records: u64,
    longest_ns: u64,
}

impl Run {
    fn new(options: &Options, frames: Frames, settings: Settings) -> Self {
        let registry = Arc::clone(&options.registry);
        let longest_ns = registry.longest_window_ns();
        let intake = Arc::new(Intake::new(Arc::clone(&registry), frames.clone(), 1, 0));
        let interned = Arc::clone(&intake.shared.interned);
        let mut live = Live::new(registry, options.source.clone(), interned, Book::new(u32::MAX));
        live.clock = ClockNote::Replay;
        let mut player = Player::new(Arc::clone(&intake), settings, live);
        not_looked_at(&frames).for_each(|minutes| player.no_input(minutes));
        let clock = Clock::new(longest_ns);
        let (refused, faults, doubts) = (Vec::new(), Vec::new(), Vec::new());
        Self { intake, player, frames, clock, refused, faults, doubts, records: 0, longest_ns }
    }

    fn play(
        &mut self,
        files: &[Dated],
        options: &Options,
        progress: &mut impl FnMut(Progress<'_>),
    ) -> Result<(), ReplayError> {
        let mut files = Files::new(files, options.format.as_ref());
        while let Some((reading, inside)) = files.turn()? {
            self.chunk(reading, inside);
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
    fn chunk(&mut self, reading: &mut Reading, inside: bool) {
        let chunk = self.intake.read_chunk(&mut reading.file);
        match self.clock.follow(chunk.dates.extent(self.longest_ns), chunk.next, inside) {
            Moved::Not => {}
            Moved::On { to } => self.player.advance(to),
            Moved::Over { from, to } => {
                self.player.skip_to(from);
                self.player.advance(to);
            }
        }
        if self.clock.has_begun() || chunk.waiting > BODY_SPANS_MAX / 2 {
            self.commit();
        }
        self.refuse(&reading.name, chunk.refused, chunk.causes);
        if !reading.begun {
            self.doubts.extend(reading.file.doubts());
        }
        self.faults.extend(reading.file.take_fault());
        (reading.begun, reading.next) = (true, chunk.next);
    }

    /// Counts what was read, now. What comes before any time is known waits for it; where none comes, every span is
    /// older than any window.
    fn commit(&mut self) {
        let now = if self.clock.has_begun() { self.player.now() } else { LAST };
        self.records += self.player.take_chunks(now);
    }

    fn refuse(&mut self, file: &str, records: u64, causes: Vec<RefusedCause>) {
        match self.refused.iter_mut().find(|refused| refused.file == file) {
            _ if records == 0 => {}
            Some(refused) => refused.add(records, causes),
            None => self.refused.push(RefusedRecords { file: file.to_owned(), records, causes }),
        }
    }

    fn finish(self) -> Replayed {
        let Self { intake, player, frames, clock, refused, faults, doubts, .. } = self;
        let ended = player.now();
        let (evaluator, mut live) = player.finish();
        let reach = clock.reach();
        live.receiving.since = reach.as_ref().map_or(ended, |reach| reach.start);
        let look = frames.window().cloned().map(|window| {
            let baseline = (!frames.baseline().is_empty()).then(|| given(&live, &frames, &clock));
            let looked = looked(&live, &window, &clock);
            let judgement = judge_window(&live.registry, &looked, baseline.as_ref());
            Look { covered: looked.seconds, judgement, window }
        });
        let beyond = |range: &&Range<UnixNanos>| clock.covered(range) == 0.0;
        let unlearnt = frames.baseline().iter().filter(beyond).cloned().collect();
        let passed_over = Vec::new();
        Replayed {
            live,
            evaluator,
            intake,
            ended,
            look,
            refused,
            faults,
            passed_over,
            doubts,
            reach,
            unlearnt,
        }
    }
}

/// Returns the minutes of which not all attempts are judged: outside the window, and in the baseline. What is not
/// looked at there is nobody's silence.
fn not_looked_at(frames: &Frames) -> impl Iterator<Item = Range<Minute>> {
    let ends = |range: &Range<UnixNanos>| (range.start.minute(), range.end.plus(MINUTE_NS - 1).minute());
    let outside = frames.window().into_iter().flat_map(|window| {
        let (from, to) = (window.start.plus(MINUTE_NS - 1).minute(), window.end.minute());
        [Minute(0)..from, to..Minute(u32::MAX)]
    });
    let baseline = frames.baseline().iter().filter(|_| frames.window().is_none()).map(move |range| {
        let (from, to) = ends(range);
        from..to
    });
    outside.chain(baseline)
}

fn given(live: &Live, frames: &Frames, clock: &Clock) -> Given {
    let seconds = frames.baseline().iter().map(|range| clock.covered(range)).sum();
    let history = &live.book.frame(Frame::Baseline).history;
    let step = |id: StepId| {
        let attempts = history.step(id).total().started().unsigned_abs();
        (id, GivenStep { attempts, seconds })
    };
    Given { steps: live.registry.steps().map(|s| step(s.id)).collect() }
}

fn looked(live: &Live, window: &Range<UnixNanos>, clock: &Clock) -> Looked {
    let frame = live.book.frame(Frame::Judged);
    let steps = live.registry.steps().map(|step| (step.id, frame.history.step(step.id).total())).collect();
    let mut alive: Vec<String> = frame
        .cells
        .range(0..u32::MAX)
        .map(|(_, (service, ..), _)| live.interned.service_name(*service).to_string())
        .collect();
    alive.sort();
    alive.dedup();
    Looked { steps, seconds: clock.covered(window), alive }
}
