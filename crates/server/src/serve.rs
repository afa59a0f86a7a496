//! One process: ports, pages, API, the tick and the registry's watch. It wires; it decides nothing about a product,
//! an SLO or a span.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use throughline_core::count::book::Book;
use throughline_core::count::frame::Frames;
use throughline_core::judge::Settings;
use throughline_core::model::registry::Registry;
use throughline_core::time::{MINUTE_NS, UnixNanos};
use throughline_registry::{Diagnostic, Level, Loaded};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::evaluate::{Evaluator, Survey, TICK_NS, cut};
use crate::intake::Intake;
use crate::live::{ClockNote, Live, RefusedEdit, RegistrySource};
use crate::receive::{self, Receiver};
use crate::site::App;
use crate::watch::Watch;
use crate::{api, metrics, site};

/// How long connections may end their requests when the server stops.
const DRAIN: Duration = Duration::from_secs(5);
/// How often the registry's folder is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Where to listen.
#[derive(Debug, Clone)]
pub struct Addresses {
    pub ui: SocketAddr,
    pub otlp_grpc: SocketAddr,
    pub otlp_http: SocketAddr,
}

/// Why the server did not start or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("cannot listen on {address}: {error}")]
    Bind { address: SocketAddr, error: std::io::Error },
    #[error("a part of the server failed: {0}")]
    Port(std::io::Error),
}

/// Bound ports; port 0 has become a real one.
#[derive(Debug)]
pub struct Bound {
    ui: TcpListener,
    grpc: TcpListener,
    http: TcpListener,
}

impl Bound {
    /// Binds all three ports.
    ///
    /// # Errors
    /// [`ServeError::Bind`] names the address that is taken.
    pub async fn bind(addresses: &Addresses) -> Result<Self, ServeError> {
        let bind = |address: SocketAddr| async move {
            TcpListener::bind(address).await.map_err(|error| ServeError::Bind { address, error })
        };
        let (ui, grpc, http) =
            (bind(addresses.ui).await?, bind(addresses.otlp_grpc).await?, bind(addresses.otlp_http).await?);
        Ok(Self { ui, grpc, http })
    }

    /// Returns the addresses that were bound.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn addresses(&self) -> std::io::Result<Addresses> {
        Ok(Addresses {
            ui: self.ui.local_addr()?,
            otlp_grpc: self.grpc.local_addr()?,
            otlp_http: self.http.local_addr()?,
        })
    }
}

/// Everything that runs.
#[derive(Debug)]
pub struct Server {
    pub app: App,
    evaluator: Evaluator,
    watch: Option<Watch>,
    told: fn(&RegistrySource, &Registry),
}

/// Returns how many minutes of attempts are kept: the longest window and a day, at least four weeks for what is
/// normal.
pub fn kept_minutes(registry: &Registry) -> u32 {
    let longest = (registry.longest_window_ns() / MINUTE_NS) as u32;
    longest.max(28 * 1_440) + 1_440
}

/// Counts by as many shards as there are cores, eight at most.
pub fn lanes() -> usize {
    std::thread::available_parallelism().map_or(1, |n| n.get().min(8))
}

/// Returns a seed that senders cannot know.
pub fn seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one("throughline")
}

impl Server {
    /// Makes a server without a past, from a folder of registry documents.
    pub fn new(dir: PathBuf, clock: Clock) -> Self {
        let mut watch = Watch::new(dir);
        let loaded = watch.look().unwrap_or_else(|| watch.load());
        let registry = Arc::new(loaded.registry.clone().unwrap_or_default());
        let intake = Arc::new(Intake::new(Arc::clone(&registry), Frames::default(), lanes(), seed()));
        let book = Book::new(kept_minutes(&registry));
        let source = RegistrySource { dir: watch.dir().display().to_string(), ..RegistrySource::default() };
        let mut live = Live::new(registry, source, Arc::clone(&intake.shared.interned), book);
        follow(&mut live, loaded, clock.now());
        Self::with_past(intake, Evaluator::new(Settings::default()), live, clock, Some(watch))
    }

    /// Tells `told` of each edit of the registry's folder, when it is in force or refused.
    #[must_use]
    pub fn on_edit(self, told: fn(&RegistrySource, &Registry)) -> Self {
        Self { told, ..self }
    }

    /// Makes a server that goes on from a past.
    pub fn with_past(
        intake: Arc<Intake>,
        evaluator: Evaluator,
        mut live: Live,
        clock: Clock,
        watch: Option<Watch>,
    ) -> Self {
        if !clock.is_wall() {
            live.clock = ClockNote::Demo { factor: clock.factor() };
        }
        if live.receiving.since == UnixNanos(0) {
            live.receiving.since = clock.now();
        }
        let app = App { live: Arc::new(RwLock::new(live)), intake, clock };
        Self { app, evaluator, watch, told: |_, _| {} }
    }

    /// Serves until `stop` comes, then lets requests end.
    ///
    /// # Errors
    /// [`ServeError::Port`] when a port fails.
    pub async fn run(self, bound: Bound, stop: impl Future<Output = ()> + Send) -> Result<(), ServeError> {
        let addresses = bound.addresses().map_err(ServeError::Port)?;
        self.note(&addresses);
        let (stopping, stopped) = watch::channel(false);
        let receiver = Arc::new(Receiver::new(Arc::clone(&self.app.intake), self.app.clock));
        let otlp = receive::router_alone(Arc::clone(&receiver));
        let ui = ui(self.app.clone()).merge(receive::router(Arc::clone(&receiver)));
        let ports = [
            tokio::spawn(receive::serve(bound.ui, ui, stopped.clone())),
            tokio::spawn(receive::serve(bound.grpc, otlp.clone(), stopped.clone())),
            tokio::spawn(receive::serve(bound.http, otlp, stopped.clone())),
        ];
        let ticking =
            tokio::spawn(tick(self.app.clone(), self.evaluator, (self.watch, self.told), receiver, stopped));
        stop.await;
        let told = stopping.send(true);
        debug_assert!(told.is_ok(), "the ports listen until they are stopped");
        let ended = async {
            for task in ports.into_iter().chain([ticking]) {
                task.await.map_err(|error| ServeError::Port(std::io::Error::other(error)))?;
            }
            Ok(())
        };
        // A connection that does not end in time is cut: its sender comes again.
        tokio::time::timeout(DRAIN, ended).await.unwrap_or(Ok(()))
    }

    fn note(&self, addresses: &Addresses) {
        let mut live = write(&self.app);
        live.receiving.ui = Some(addresses.ui.to_string());
        live.receiving.grpc = Some(addresses.otlp_grpc.to_string());
        live.receiving.http = Some(addresses.otlp_http.to_string());
    }
}

/// Shows what was replayed until `stop` comes; nothing is received and no time passes.
pub async fn show(listener: TcpListener, intake: Arc<Intake>, live: Live, stop: impl Future<Output = ()>) {
    let clock = Clock::from(live.judgement.now, 1);
    let app = App { live: Arc::new(RwLock::new(live)), intake, clock };
    let (stopping, stopped) = watch::channel(false);
    let port = tokio::spawn(receive::serve(listener, ui(app), stopped));
    stop.await;
    drop(stopping);
    port.abort();
}

fn write(app: &App) -> std::sync::RwLockWriteGuard<'_, Live> {
    app.live.write().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Returns pages, API, metrics and health.
pub fn ui(app: App) -> Router {
    let probes = Router::new()
        .route("/metrics", get(metrics_page))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .with_state(app.clone());
    probes.merge(api::router(app.clone())).merge(site::router(app))
}

async fn metrics_page(axum::extract::State(app): axum::extract::State<App>) -> impl IntoResponse {
    let ledger = app.intake.ledger();
    let text = metrics::text(&app.live(), &ledger);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}

/// Ready when there is a registry and the evaluator has looked once.
async fn ready(axum::extract::State(app): axum::extract::State<App>) -> impl IntoResponse {
    let live = app.live();
    match (live.registry.products().next().is_some(), live.ticks.done > 0) {
        (true, true) => (StatusCode::OK, "ready\n"),
        (false, _) => (StatusCode::SERVICE_UNAVAILABLE, "no registry\n"),
        (_, false) => (StatusCode::SERVICE_UNAVAILABLE, "not evaluated yet\n"),
    }
}

/// Looks every 10 s on the server's clock, and at the registry's folder every second.
async fn tick(
    app: App,
    mut evaluator: Evaluator,
    (mut watch, told): (Option<Watch>, fn(&RegistrySource, &Registry)),
    receiver: Arc<Receiver>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut looked = app.clock.now().minus(TICK_NS);
    while !*stopped.borrow() {
        if let Some(loaded) = watch.as_mut().and_then(Watch::look) {
            reload(&app, loaded);
            let live = app.live();
            told(&live.source, &live.registry);
        }
        let due = next_tick(looked);
        if app.clock.now() >= due {
            looked = look(&app, &mut evaluator, &receiver, due);
        }
        let pause = app.clock.until(next_tick(looked)).min(LOOK);
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stopped.changed() => {}
        }
    }
}

fn next_tick(looked: UnixNanos) -> UnixNanos {
    UnixNanos((looked.0 / TICK_NS + 1) * TICK_NS)
}

/// Looks once at the time that is due, or at the newest tick when it was missed.
fn look(app: &App, evaluator: &mut Evaluator, receiver: &Receiver, due: UnixNanos) -> UnixNanos {
    let newest = UnixNanos(app.clock.now().0 / TICK_NS * TICK_NS).max(due);
    let drained = app.intake.drain(newest);
    let survey = Survey::of(&app.intake);
    let mut live = write(app);
    evaluator.tick(&mut live, drained, newest);
    survey.tell(&mut live);
    live.receiving.refused = receiver.last_refused();
    live.receiving.requests = Some(receiver.snapshot());
    let due = live.examples.to_pin(newest);
    drop(live);
    // Bodies are searched while pages may be read.
    let pins = cut(&app.intake, due);
    let mut live = write(app);
    pins.into_iter().for_each(|(trace, pieces)| live.examples.pin(trace, pieces, newest));
    newest
}

/// Goes on with an edited registry, or notes why it was refused.
fn reload(app: &App, loaded: Loaded) {
    let now = app.clock.now();
    if let Some(registry) = &loaded.registry {
        app.intake.set_registry(Arc::new(registry.clone()), now);
    }
    follow(&mut write(app), loaded, now);
}

fn follow(live: &mut Live, loaded: Loaded, now: UnixNanos) {
    live.source.yaml_files = loaded.files;
    live.source.documents = loaded.documents.len();
    match loaded.registry {
        Some(registry) => {
            live.book.keep_at_least(kept_minutes(&registry));
            live.registry = Arc::new(registry);
            (live.source.refused, live.source.since) = (None, now);
        }
        // Who never had a product begins with an empty folder.
        None if loaded.is_without_product() && live.registry.products().next().is_none() => {
            live.source.refused = None;
        }
        None => {
            // Where no product is left, the warnings tell what became of it.
            let all = loaded.is_without_product();
            let told = |found: &Diagnostic| all || found.severity == Level::Error;
            let diagnostics = loaded.diagnostics.into_iter().filter(told).collect();
            live.source.refused = Some(RefusedEdit { at: now, diagnostics });
        }
    }
}
