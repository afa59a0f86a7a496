//! `throughline demo`: four weeks of the simulated mail product's history, then live users through the real ports.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use throughline_core::count::book::Book;
use throughline_core::count::frame::Frames;
use throughline_core::judge::Settings;
use throughline_core::model::registry::{IdBook, Registry};
use throughline_core::observation::Signal;
use throughline_core::time::{SECOND_NS, UnixNanos};
use throughline_server::clock::Clock;
use throughline_server::evaluate::Evaluator;
use throughline_server::intake::{Intake, Request};
use throughline_server::live::{Live, RegistrySource};
use throughline_server::play::Player;
use throughline_server::serve::{Addresses, Bound, Server, kept_minutes, lanes, seed};
use throughline_sim::{Config, Scenario, Simulator};
use throughline_wire::inflate::Compression;
use throughline_wire::otlp::Encoding;

use crate::command::serve::{Ports, announce, failure, runtime, stopped};
use crate::output::{Ended, Exit, Failure, Output, is_watched, line, say};

/// The registry of the simulated product, part of the binary so that nothing must be installed.
const MAIL: &str = include_str!("../../../../examples/mail/mail.yaml");

/// How long before the history's end the fault begins.
const FAULT_BEFORE_NS: u64 = 23 * 60 * SECOND_NS;

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
pub(crate) struct Demo {
    /// What goes wrong: none, save-draft, silent, slow-auth or partial-outage.
    #[arg(long, default_value_t = Scenario::SaveDraft)]
    scenario: Scenario,
    /// Days of history.
    #[arg(long, default_value_t = 28, value_parser = clap::value_parser!(u32).range(1..=90))]
    days: u32,
    /// How many times faster than the wall clock the demo's clock runs, after the history.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=600))]
    speed: u32,
    /// Begin the fault live, so long after the start on the demo's clock, instead of in the history: `60s`, `5m`.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    fault_in: Option<Duration>,
    /// The same seed makes the same users.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Record every body that is sent into this folder, to be replayed.
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
    /// Judge the demo's traffic by this registry instead of the mail product's.
    #[arg(long, value_name = "DIR")]
    registry: Option<PathBuf>,
    #[command(flatten)]
    ports: Ports,
}

fn duration(text: &str) -> Result<Duration, String> {
    let seconds = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3_600,
        _ => return Err("write a number with s, m or h, such as `60s`".to_owned()),
    };
    let n: u64 = text[..text.len() - 1].parse().map_err(|_| format!("`{text}` is no time, such as `60s`"))?;
    Ok(Duration::from_secs(n * seconds))
}

/// The history and what goes on from it.
struct Played {
    intake: Arc<Intake>,
    evaluator: Evaluator,
    live: Live,
    simulator: Simulator,
    recorder: Option<Recorder>,
}

impl Demo {
    /// Plays the history, then serves until it is stopped.
    pub(crate) fn run(self, output: Output) -> Ended {
        self.ports.warn();
        let runtime = runtime()?;
        let bound =
            runtime.block_on(Bound::bind(&self.ports.addresses())).map_err(|error| failure(&error))?;
        let (registry, source) = self.load()?;
        let end = history_end();
        let played = self.play(Arc::new(registry), source, end)?;
        let clock = Clock::from(end, self.speed);
        let Played { intake, evaluator, live, simulator, recorder } = played;
        let server = Server::with_past(intake, evaluator, live, clock, None);
        let addresses = bound.addresses().map_err(Failure::new)?;
        announce(output, &addresses);
        if output == Output::Table {
            self.guide(&addresses);
        }
        let users = std::thread::spawn(move || send(simulator, clock, addresses.otlp_http, recorder));
        runtime.block_on(server.run(bound, stopped())).map_err(|error| failure(&error))?;
        drop(users);
        Ok(Exit::Done)
    }

    fn load(&self) -> Result<(Registry, RegistrySource), Failure> {
        let mut book = IdBook::default();
        let loaded = match &self.registry {
            Some(dir) => throughline_registry::load_dir(dir, &mut book),
            None => {
                let source = throughline_registry::Source::new("examples/mail/mail.yaml", MAIL);
                throughline_registry::load_sources(vec![source], &mut book)
            }
        };
        let dir = self.registry.as_ref().map_or("examples/mail".to_owned(), |dir| dir.display().to_string());
        let (yaml_files, documents) = (loaded.files, loaded.documents.len());
        let Some(registry) = loaded.registry else {
            loaded.diagnostics.iter().for_each(|diagnostic| say(&format!("{diagnostic}\n")));
            return Err(Failure::new(format!("the registry in `{dir}` has errors")));
        };
        Ok((registry, RegistrySource { dir, yaml_files, documents, ..RegistrySource::default() }))
    }

    /// Plays the history through the replay path, its only writer.
    fn play(
        &self,
        registry: Arc<Registry>,
        source: RegistrySource,
        end: UnixNanos,
    ) -> Result<Played, Failure> {
        let start = end.minus(u64::from(self.days) * 86_400 * SECOND_NS);
        let fault_at = match self.fault_in {
            Some(after) => end.plus(after.as_nanos() as u64),
            None => end.minus(FAULT_BEFORE_NS),
        };
        let fault_at = Some(fault_at.0);
        let config = Config { seed: self.seed, scenario: self.scenario, fault_at, scale: 1.0 };
        let mut simulator = Simulator::new(config, start.0);
        let intake = Arc::new(Intake::new(Arc::clone(&registry), Frames::default(), lanes(), seed()));
        let book = Book::new(kept_minutes(&registry));
        let mut live = Live::new(registry, source, Arc::clone(&intake.shared.interned), book);
        live.receiving.since = start;
        let mut player = Player::new(Arc::clone(&intake), Settings::default(), live);
        let mut recorder = self.record.clone().map(Recorder::new).transpose()?;
        let bar = bar(self.days);
        let mut hour = start;
        while hour < end {
            hour = hour.plus(3_600 * SECOND_NS).min(end);
            simulator.play_until(hour.0, |body| {
                let taken = player.take(&request(body.bytes), UnixNanos(body.sent_at_ns));
                debug_assert!(taken.is_ok(), "the simulator speaks OTLP: {taken:?}");
                recorder.iter_mut().for_each(|recorder| recorder.write(body.bytes));
            });
            bar.set_position(hour.since(start) / (3_600 * SECOND_NS));
            bar.set_message(format!("{} spans", simulator.spans_total()));
        }
        player.advance(end);
        let (evaluator, live) = player.finish();
        bar.finish_and_clear();
        let (spans, days) = (simulator.spans_total(), self.days);
        say(&format!(
            "played {days} days of history: {spans} spans, as received: {}",
            live.ledger.traces.received
        ));
        Ok(Played { intake, evaluator, live, simulator, recorder })
    }

    fn guide(&self, addresses: &Addresses) {
        let ui = addresses.ui;
        line("");
        line(&format!("Scenario {}: {}.", self.scenario, self.scenario.description().trim_end_matches('.')));
        if let Some(after) = self.fault_in {
            line(&format!("The fault begins {} s from now on the demo's clock.", after.as_secs()));
        }
        line("Look at");
        let page = |path: &str, what: &str| line(&format!("  http://{ui}{path:<38} {what}"));
        page("/", "who cannot do what, since when, and what needs somebody");
        if self.registry.is_none() {
            page("/p/mail/map", "where it sits in the users' way");
            let (step, slo) = hurt(self.scenario);
            page(
                &format!("/p/mail/steps/{step}"),
                "a step: what counts, why attempts fail, by which service",
            );
            page(&format!("/slos/mail/{step}/{slo}"), "an SLO: the budget's way and its alert tiers");
            page("/impact", "a service's errors against the steps they hurt");
        }
        page("/slos", "every SLO, what is not known told apart");
        page("/operations", "requests that serve no step yet, with rules to copy");
        page("/quality", "every record accounted for");
        line("Ctrl-C ends it.");
    }
}

/// Returns the step that a scenario hurts most, and the SLO that shows it.
const fn hurt(scenario: Scenario) -> (&'static str, &'static str) {
    match scenario {
        Scenario::None | Scenario::SaveDraft => ("save-draft", "available"),
        Scenario::Silent => ("send-mail", "available"),
        Scenario::SlowAuth => ("login", "fast"),
        Scenario::PartialOutage => ("open-message", "available"),
    }
}

fn request(body: &[u8]) -> Request<'_> {
    let (encoding, compression) = (Encoding::Protobuf, Compression::Identity);
    Request { signal: Signal::Traces, encoding, compression, body }
}

/// Returns the newest weekday's 14:05 UTC that is over, so that the demo always begins in the same hour.
fn history_end() -> UnixNanos {
    const DAY: u64 = 86_400;
    const AT: u64 = (14 * 60 + 5) * 60;
    let now = Clock::wall().now().0 / SECOND_NS;
    let today = if now % DAY >= AT { now / DAY } else { now / DAY - 1 };
    // 1970-01-01 was a Thursday: days 2 and 3 of a week that begins there are the weekend.
    let weekday = match today % 7 {
        2 => today - 1,
        3 => today - 2,
        _ => today,
    };
    UnixNanos((weekday * DAY + AT) * SECOND_NS)
}

fn bar(days: u32) -> ProgressBar {
    if !is_watched() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(u64::from(days) * 24);
    let style = ProgressStyle::with_template("history  {bar:36}  {percent} %  {msg}  {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Real time between two requests of live users.
const SEND_EVERY: Duration = Duration::from_millis(250);

/// Sends live users' spans through the real port, as long as the process runs.
fn send(mut simulator: Simulator, clock: Clock, port: SocketAddr, mut recorder: Option<Recorder>) {
    let mut sender = throughline_server::sender::Sender::new(port);
    loop {
        std::thread::sleep(SEND_EVERY);
        simulator.play_until(clock.now().0, |body| {
            recorder.iter_mut().for_each(|recorder| recorder.write(body.bytes));
            sender.send(body.bytes);
        });
    }
}

/// Writes bodies as a stream of length-delimited protobuf.
struct Recorder {
    file: std::io::BufWriter<std::fs::File>,
}

impl Recorder {
    fn new(dir: PathBuf) -> Result<Self, Failure> {
        let path = dir.join("demo.otlp");
        let failed =
            |error: std::io::Error| Failure::new(format!("cannot write `{}`: {error}", path.display()));
        std::fs::create_dir_all(&dir).map_err(failed)?;
        let file = std::fs::File::create(&path).map_err(failed)?;
        Ok(Self { file: std::io::BufWriter::with_capacity(1 << 20, file) })
    }

    fn write(&mut self, body: &[u8]) {
        let mut length = Vec::with_capacity(5);
        let mut n = body.len();
        while n >= 0x80 {
            length.push(n as u8 | 0x80);
            n >>= 7;
        }
        length.push(n as u8);
        let written = self
            .file
            .write_all(&length)
            .and_then(|()| self.file.write_all(body))
            .and_then(|()| self.file.flush());
        if let Err(error) = written {
            say(&format!("warning: a body was not recorded: {error}"));
        }
    }
}
