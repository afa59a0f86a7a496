//! Nothing is wrong, or nothing is known: unknown is never green.

use crate::live::{RefusedEdit, RefusedRequest};
use crate::show::tests::world::{NOTES, NOW, World, fresh};
use crate::show::{impact, map, objective, operations, quality, shell, slo, slos, step, today};
use crate::view::empty::Empty;
use crate::view::path::Layer;
use crate::view::slos::Filter;
use crate::view::word::Status;

#[test]
fn a_calm_day_has_no_alarm_and_says_how_it_is_known() {
    let mut world = World::calm(NOTES, NOW);
    let today = today::today(&world.live);
    let product = &today.products[0];
    assert!(product.alarm.is_none() && product.events.is_empty());
    let calm = product.calm.as_ref().unwrap();
    assert_eq!((calm.measured.part, calm.measured.of, calm.since), (4, 5, None));
    let map = map::map(&world.live, "notes", Layer::Steps).unwrap();
    assert_eq!(map.say.plain(), "Every measured step is met. 1 step has no SLO.");
    let unmeasured = step::step(&world.live, "notes", "share-note").unwrap();
    let no_slo = unmeasured.no_slo.unwrap();
    assert_eq!(no_slo.attempts_a_day, Some(10 * 1_440));
    assert_eq!(no_slo.so_far.map(|share| share.part == share.of), Some(true));
    assert_eq!(unmeasured.state.status, Status::NoSlo);
    let share = impact::impact(&world.live, &impact::Ask { product: "notes", ..Default::default() }).unwrap();
    assert!(share.meaning.is_none() && share.columns.iter().all(|column| !column.worst));
    // Everything goes quiet: no page may stay green.
    for minute in 0..30 {
        world.look(NOW.plus(minute).end());
    }
    let quiet = today::today(&world.live);
    assert!(quiet.products[0].alarm.is_some(), "{:?}", quiet.products[0].objectives);
    assert!(quiet.products[0].objectives.iter().all(|row| row.state.status != Status::Met));
    let silent = step::step(&world.live, "notes", "open-note").unwrap();
    assert_eq!(silent.state.status, Status::Silent);
    assert!(silent.explained.is_some());
}

#[test]
fn without_a_registry_every_page_says_where_it_was_looked_for() {
    let live = fresh("");
    let Some(Empty::NoRegistry(state)) = today::today(&live).empty else { panic!() };
    assert_eq!(state.looked_in, "./registry");
    assert!(shell::shell(&live, None).registry_version.is_none());
    assert!(slos::slos(&live, &Filter::default()).empty.is_some());
    assert!(map::map(&live, "notes", Layer::Steps).is_none());
    assert!(operations::operations(&live, None).empty.is_some());
    assert!(quality::quality(&live).all.is_none());
}

#[test]
fn without_telemetry_nothing_is_green() {
    let mut live = fresh(NOTES);
    live.receiving.http = Some("0.0.0.0:4318".to_owned());
    live.receiving.refused =
        Some(RefusedRequest { at: NOW.start(), status: 415, why: "not OTLP".to_owned() });
    let today = today::today(&live);
    let Some(Empty::NoTelemetry(state)) = &today.empty else { panic!() };
    assert_eq!(state.command, "export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318");
    assert_eq!(state.refused.as_ref().unwrap().status, 415);
    let product = &today.products[0];
    assert!(product.calm.is_none() && product.alarm.is_none());
    assert!(product.objectives.iter().all(|row| row.state.status == Status::CannotTell));
    let page = slo::slo(&live, "notes/open-note/available").unwrap();
    assert!(page.sli.sli_ppb.is_none() && page.burndown.is_none() && page.explained.is_some());
    let page = step::step(&live, "notes", "open-note").unwrap();
    assert!(page.attempts.buckets.iter().all(|bucket| bucket.counts.is_none()));
    assert!(page.impact.last_15_min.is_none() && page.slos.iter().all(|column| column.cost.is_none()));
    assert!(objective::objective(&live, "notes", "write-notes").unwrap().explained.is_some());
}

#[test]
fn requests_that_no_step_fits_are_drafted() {
    let yaml = NOTES.replace("service: web,", "service: elsewhere,");
    let mut world = World::calm(&yaml, NOW);
    world.live.book.coverage.retain(|(_, source), _| source.is_none());
    let Some(Empty::NoStepFits(state)) = today::today(&world.live).empty else { panic!() };
    let top = state.top.unwrap();
    assert_eq!(top.operation, "POST /api/v2/attachments/{id}");
    assert_eq!(top.draft, "actions:\n  - {service: \"web\", operation: \"POST /api/v2/attachments/{id}\"}\n");
}

#[test]
fn a_name_may_be_anything() {
    let yaml = NOTES
        .replace("name: Save draft", "name: '\"><img src=x onerror=alert(1)>'")
        .replace("displayName: Notes", "displayName: '<b>Notes</b>'");
    let world = World::drafts_fail(&yaml);
    let today = today::today(&world.live);
    assert!(today.products[0].alarm.as_ref().unwrap().title.contains("<img src=x"));
    let page = crate::page::today(&shell::shell(&world.live, None), &today).into_string();
    assert!(!page.contains("<img") && !page.contains("<b>Notes"));
    assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;"));
}

#[test]
fn a_refused_edit_is_shown_and_needs_somebody() {
    let mut live = fresh(NOTES);
    let wrong = NOTES.replace("criticality: critical", "critcality: critical");
    let sources = vec![throughline_registry::Source::new("notes.yaml", wrong)];
    let loaded = throughline_registry::load_sources(sources, &mut Default::default());
    live.source.refused = Some(RefusedEdit { at: NOW.start(), diagnostics: loaded.diagnostics });
    let shell = shell::shell(&live, Some("notes"));
    let refused = shell.refused.unwrap();
    assert_eq!(refused.diagnostics[0].code, "unknown-key");
    assert!(refused.diagnostics[0].place.starts_with("notes.yaml:"));
    let today = today::today(&live);
    assert!(today.products[0].needs.iter().any(|need| need.what.text == "The registry"));
}
