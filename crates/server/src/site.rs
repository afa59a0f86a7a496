//! The web pages: each path asks one function for its values and one for its markup. It decides which page is asked
//! for and how it may be cached; it computes nothing.

mod ask;

use std::sync::{Arc, RwLock, RwLockReadGuard};

use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use maud::Markup;
use xxhash_rust::xxh3::xxh3_64;

use crate::clock::Clock;
use crate::intake::Intake;
use crate::live::Live;
use crate::view::shell::Shell;
use crate::view::trace::Trace;
use crate::{asset, page, show};

pub(crate) use ask::Ask;

/// What pages, API and metrics read.
#[derive(Debug, Clone)]
pub struct App {
    pub live: Arc<RwLock<Live>>,
    pub intake: Arc<Intake>,
    pub clock: Clock,
}

impl App {
    /// Locks what is known for reading. A tick that panicked left the last whole values behind.
    pub fn live(&self) -> RwLockReadGuard<'_, Live> {
        self.live.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Scripts, styles and pictures come from here alone, and nobody may frame a page.
const CONTENT_POLICY: &str =
    "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// Returns the routes of all pages and their assets.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/", get(today))
        .route("/p/{product}/map", get(map))
        .route("/p/{product}/objectives/{objective}", get(objective))
        .route("/p/{product}/steps/{step}", get(step))
        .route("/slos", get(slos))
        .route("/slos/{*id}", get(slo))
        .route("/impact", get(impact))
        .route("/operations", get(operations))
        .route("/traces/{id}", get(trace))
        .route("/quality", get(quality))
        .route("/assets/{name}", get(assets))
        .fallback(not_found)
        .layer(from_fn_with_state(app.clone(), known_words))
        .with_state(app)
}

/// Answers a query that holds a word no page knows: to pass over it would show something else than was asked for.
async fn known_words(
    State(app): State<App>,
    Query(ask): Query<Ask>,
    headers: Headers,
    request: Request,
    next: Next,
) -> Response {
    match ask.unknown() {
        Some(unknown) => {
            let shell = show::shell::shell(&app.live(), None);
            html(&headers, StatusCode::BAD_REQUEST, &page::unknown_word(&shell, &unknown))
        }
        None => next.run(request).await,
    }
}

type Headers = HeaderMap;

async fn today(State(app): State<App>, headers: Headers) -> Response {
    let live = app.live();
    html(&headers, StatusCode::OK, &page::today(&show::shell::shell(&live, None), &show::today::today(&live)))
}

async fn map(
    State(app): State<App>,
    Path(product): Path<String>,
    Query(ask): Query<Ask>,
    headers: Headers,
    uri: Uri,
) -> Response {
    let live = app.live();
    let view = show::map::map(&live, &product, ask.layer());
    found(&live, &headers, &uri, Some(&product), view, page::map)
}

async fn objective(
    State(app): State<App>,
    Path((product, objective)): Path<(String, String)>,
    headers: Headers,
    uri: Uri,
) -> Response {
    let live = app.live();
    let view = show::objective::objective(&live, &product, &objective);
    found(&live, &headers, &uri, Some(&product), view, page::objective)
}

async fn step(
    State(app): State<App>,
    Path((product, step)): Path<(String, String)>,
    headers: Headers,
    uri: Uri,
) -> Response {
    let live = app.live();
    let view = show::step::step(&live, &product, &step);
    found(&live, &headers, &uri, Some(&product), view, page::step)
}

async fn slos(State(app): State<App>, Query(ask): Query<Ask>, headers: Headers) -> Response {
    let live = app.live();
    let filter = ask.filter();
    let shell = show::shell::shell(&live, filter.product.as_deref());
    html(&headers, StatusCode::OK, &page::slos(&shell, &show::slos::slos(&live, &filter)))
}

async fn slo(State(app): State<App>, Path(id): Path<String>, headers: Headers, uri: Uri) -> Response {
    let live = app.live();
    let product = id.split('/').next().map(str::to_owned);
    found(&live, &headers, &uri, product.as_deref(), show::slo::slo(&live, &id), page::slo)
}

async fn impact(State(app): State<App>, Query(ask): Query<Ask>, headers: Headers, uri: Uri) -> Response {
    let live = app.live();
    let asked = ask.impact(&live);
    let view = show::impact::impact(&live, &asked);
    if view.is_none()
        && let Some(nothing) = show::empty::nothing(&live)
    {
        let shell = show::shell::shell(&live, None);
        return html(&headers, StatusCode::OK, &page::nothing(&shell, "Impact", &nothing));
    }
    let product = asked.product.to_owned();
    found(&live, &headers, &uri, Some(&product), view, page::impact)
}

async fn operations(State(app): State<App>, Query(ask): Query<Ask>, headers: Headers) -> Response {
    let live = app.live();
    let view = show::operations::operations(&live, ask.operation());
    html(&headers, StatusCode::OK, &page::operations(&show::shell::shell(&live, None), &view))
}

async fn trace(State(app): State<App>, Path(id): Path<String>, headers: Headers) -> Response {
    let live = app.live();
    let view = show::trace::trace(&live, &app.intake, &id);
    let status = if matches!(view, Trace::Kept(_)) { StatusCode::OK } else { StatusCode::NOT_FOUND };
    html(&headers, status, &page::trace(&show::shell::shell(&live, None), &view))
}

async fn quality(State(app): State<App>, headers: Headers) -> Response {
    let live = app.live();
    let view = show::quality::quality(&live);
    html(&headers, StatusCode::OK, &page::quality(&show::shell::shell(&live, None), &view))
}

async fn assets(uri: Uri) -> Response {
    match asset::asset(uri.path()) {
        Some(asset) => {
            let headers = [
                (header::CONTENT_TYPE, asset.content_type),
                (header::CACHE_CONTROL, asset::CACHE),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            (headers, asset.body).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn not_found(State(app): State<App>, headers: Headers, uri: Uri) -> Response {
    let live = app.live();
    let shell = show::shell::shell(&live, None);
    html(&headers, StatusCode::NOT_FOUND, &page::not_found(&shell, uri.path()))
}

/// Returns the page of a value, or says that there is no such thing.
fn found<V>(
    live: &Live,
    headers: &Headers,
    uri: &Uri,
    product: Option<&str>,
    view: Option<V>,
    page: impl FnOnce(&Shell, &V) -> Markup,
) -> Response {
    match view {
        Some(view) => html(headers, StatusCode::OK, &page(&show::shell::shell(live, product), &view)),
        None => {
            let shell = show::shell::shell(live, None);
            html(headers, StatusCode::NOT_FOUND, &page::not_found(&shell, uri.path()))
        }
    }
}

/// Answers with a page, or with 304 when the browser has it already.
fn html(headers: &Headers, status: StatusCode, markup: &Markup) -> Response {
    let etag = format!("\"{:016x}\"", xxh3_64(markup.0.as_bytes()));
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes());
    let fields = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (header::CACHE_CONTROL, "no-cache".to_owned()),
        (header::CONTENT_SECURITY_POLICY, CONTENT_POLICY.to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::REFERRER_POLICY, "same-origin".to_owned()),
        (header::ETAG, etag),
    ];
    match known && status == StatusCode::OK {
        true => (StatusCode::NOT_MODIFIED, fields).into_response(),
        false => (status, fields, markup.0.clone()).into_response(),
    }
}
