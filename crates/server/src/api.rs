//! The JSON API under `/api/v1`: the same values that pages print, and the document that describes them.
//! Every answer is JSON by RFC 8259: what has no value is `null`.

use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::site::{App, Ask};
use crate::{show, view};

/// Returns the routes of the API.
pub fn router(app: App) -> Router {
    let api = Router::new()
        .route("/today", get(today))
        .route("/products/{product}/map", get(map))
        .route("/products/{product}/objectives/{objective}", get(objective))
        .route("/products/{product}/steps/{step}", get(step))
        .route("/slos", get(slos))
        .route("/slos/{*id}", get(slo))
        .route("/impact", get(impact))
        .route("/operations", get(operations))
        .route("/quality", get(quality))
        .route("/traces/{id}", get(trace))
        .route("/openapi.json", get(|| async { Json(openapi()) }))
        .fallback(|| async { missing("there is no such path; see /api/v1/openapi.json") });
    let api = api.layer(from_fn(known_words));
    Router::new().nest("/api/v1", api).with_state(app)
}

/// Refuses a query with a word that its name does not know.
async fn known_words(Query(ask): Query<Ask>, request: Request, next: Next) -> Response {
    match ask.unknown() {
        Some(unknown) => {
            let error = json!({"error": {"code": "unknown-word", "message": unknown.words()}});
            (StatusCode::BAD_REQUEST, Json(error)).into_response()
        }
        None => next.run(request).await,
    }
}

async fn today(State(app): State<App>) -> Response {
    answer(&show::today::today(&app.live()))
}

async fn map(State(app): State<App>, Path(product): Path<String>, Query(ask): Query<Ask>) -> Response {
    found(show::map::map(&app.live(), &product, ask.layer()))
}

async fn objective(State(app): State<App>, Path((product, id)): Path<(String, String)>) -> Response {
    found(show::objective::objective(&app.live(), &product, &id))
}

async fn step(State(app): State<App>, Path((product, id)): Path<(String, String)>) -> Response {
    found(show::step::step(&app.live(), &product, &id))
}

async fn slos(State(app): State<App>, Query(ask): Query<Ask>) -> Response {
    answer(&show::slos::slos(&app.live(), &ask.filter()))
}

async fn slo(State(app): State<App>, Path(id): Path<String>) -> Response {
    found(show::slo::slo(&app.live(), &id))
}

async fn impact(State(app): State<App>, Query(ask): Query<Ask>) -> Response {
    let live = app.live();
    found(show::impact::impact(&live, &ask.impact(&live)))
}

async fn operations(State(app): State<App>, Query(ask): Query<Ask>) -> Response {
    answer(&show::operations::operations(&app.live(), ask.operation()))
}

async fn quality(State(app): State<App>) -> Response {
    answer(&show::quality::quality(&app.live()))
}

async fn trace(State(app): State<App>, Path(id): Path<String>) -> Response {
    // That a trace is not kept is an answer too, with what is.
    answer(&show::trace::trace(&app.live(), &app.intake, &id))
}

fn found<V: Serialize>(view: Option<V>) -> Response {
    view.map_or_else(|| missing("the registry does not define it"), |view| answer(&view))
}

fn answer<V: Serialize>(view: &V) -> Response {
    ([(header::CACHE_CONTROL, "no-cache")], Json(view)).into_response()
}

fn missing(message: &str) -> Response {
    let error = json!({"error": {"code": "not-found", "message": message}});
    (StatusCode::NOT_FOUND, Json(error)).into_response()
}

/// Returns the OpenAPI 3.1 document, generated from the values' types.
pub fn openapi() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|s| s.definitions_path = "/components/schemas".into());
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    path::<view::today::Today>(&mut generator, &mut paths, "/today", "Products and objectives now");
    path::<view::map::Map>(&mut generator, &mut paths, "/products/{product}/map", "The flow map");
    path::<view::objective::Objective>(
        &mut generator,
        &mut paths,
        "/products/{product}/objectives/{objective}",
        "One objective",
    );
    path::<view::step::Step>(&mut generator, &mut paths, "/products/{product}/steps/{step}", "One step");
    path::<view::slos::Slos>(&mut generator, &mut paths, "/slos", "All SLOs");
    path::<view::slo::Slo>(&mut generator, &mut paths, "/slos/{id}", "One SLO; id is product/step/name");
    path::<view::impact::Impact>(&mut generator, &mut paths, "/impact", "Impact, service x step");
    path::<view::operations::Operations>(
        &mut generator,
        &mut paths,
        "/operations",
        "Requests without a step",
    );
    path::<view::quality::Quality>(&mut generator, &mut paths, "/quality", "Quality of the data");
    path::<view::trace::Trace>(&mut generator, &mut paths, "/traces/{id}", "What became of one trace");
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Throughline", "version": env!("CARGO_PKG_VERSION")},
        "servers": [{"url": "/api/v1"}],
        "paths": paths,
        "components": {"schemas": generator.take_definitions(true)},
    })
}

fn path<V: JsonSchema>(
    generator: &mut SchemaGenerator,
    paths: &mut Map<String, Value>,
    at: &str,
    what: &str,
) {
    let schema = generator.subschema_for::<V>();
    let names = at.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let parameter =
        |name: &str| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}});
    let parameters: Vec<Value> = names.map(parameter).collect();
    let content = json!({"application/json": {"schema": schema}});
    let get = json!({"summary": what, "parameters": parameters, "responses": {
        "200": {"description": what, "content": content},
        "404": {"description": "The registry does not define it"},
    }});
    paths.insert(at.to_owned(), json!({"get": get}));
}
