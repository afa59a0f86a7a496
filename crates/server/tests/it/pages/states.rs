//! Pages in the states that are easily forgotten: nothing there, nothing known, overspent, calm, several products.

use throughline_server::page;
use throughline_server::view::chart::BurnPoint;
use throughline_server::view::empty::{Empty, Explained};
use throughline_server::view::map::Flow;
use throughline_server::view::path::Layer;
use throughline_server::view::prose::Prose;
use throughline_server::view::shell::{ProductName, Shell};
use throughline_server::view::sli::Share;
use throughline_server::view::slo::Verdict;
use throughline_server::view::slos::Filter;
use throughline_server::view::step::{Impact, NoSlo};
use throughline_server::view::today::Calm;
use throughline_server::view::word::{Cause, Method, State, Status};

use super::html::read;
use crate::sample;

fn whole(markup: maud::Markup) -> String {
    let html = markup.into_string();
    read(&html);
    html.replace('\u{a0}', " ")
}

#[test]
fn without_a_registry_only_pages_that_exist_are_linked() {
    let html = whole(page::nothing(&Shell::default(), "Today", &sample::empties()[0].1));
    assert!(html.contains("No registry yet") && html.contains("throughline serve examples/mail"));
    for gone in ["/p/", "/slos", "/impact"] {
        assert!(!html.contains(&format!("href=\"{gone}")), "{gone}");
    }
}

#[test]
fn empty_states_say_why_and_what_next() {
    let says = sample::empties().map(|(_, state)| whole(page::nothing(&sample::shell(), "Today", &state)));
    assert!(says[1].contains("Listening since 13:58 UTC on 127.0.0.1:4317 (gRPC) and 127.0.0.1:4318 (HTTP)"));
    assert!(says[1].contains("HTTP 415"));
    assert!(says[2].contains("412 requests of 2 services in 6 min"));
}

#[test]
fn a_refused_edit_is_told_on_the_page_with_its_first_problems() {
    let html = whole(page::quality(&sample::refused(), &sample::quality()));
    assert!(html.contains("Registry edit refused at 14:01 UTC, last good version kept"));
    assert!(html.contains("mail.yaml:41:7") && html.contains("and 3 problems more"));
}

#[test]
fn a_calm_day_has_no_red_and_says_how_it_knows() {
    let mut today = sample::today();
    let mail = &mut today.products[0];
    mail.alarm = None;
    mail.calm = Some(Calm { since: None, looked: sample::NOW, measured: Share::new(9, 11) });
    mail.objectives.iter_mut().for_each(|row| {
        row.state = Status::Met.into();
        row.severity = None;
    });
    mail.needs.clear();
    mail.events.clear();
    let html = whole(page::today(&sample::shell(), &today));
    assert!(html.contains("Nobody is hurt, as far as 9 of 11 steps tell."));
    assert!(!html.contains("class=\"alarm\"") && !html.contains("class=\"now\""));
}

#[test]
fn several_products_have_one_section_each() {
    let mut today = sample::today();
    let mut other = today.products[0].clone();
    other.product = ProductName::new("calendar", "Calendar");
    today.products.push(other);
    let mut shell = sample::shell();
    shell.products.push(ProductName::new("calendar", "Calendar"));
    shell.product = None;
    let html = whole(page::today(&shell, &today));
    assert!(html.contains("Objectives of Mail") && html.contains("Objectives of Calendar"));
    assert!(whole(page::map(&shell, &sample::map(Layer::Steps))).contains("/p/calendar/map"));
}

#[test]
fn an_slo_without_a_verdict_says_the_cause_and_never_zero() {
    let mut slo = sample::slo();
    slo.state = State::cannot_tell(Cause::TooYoung);
    slo.verdict = Verdict::CannotTell;
    slo.sli = sample::not_measured(999_000_000, None);
    (slo.lasts, slo.severity, slo.burndown, slo.attempts) = (None, None, None, None);
    slo.reasons.clear();
    slo.explained = Some(Explained {
        why: "3 h 10 min of data; a verdict needs 24 h: tomorrow at 10:55.".into(),
        next: Prose::new(),
        copy: Some("throughline replay traces/*.json.gz".to_owned()),
    });
    let html = whole(page::slo(&sample::shell(), &slo));
    assert!(html.contains("cannot tell: too young") && html.contains("not known"));
    assert!(!html.contains(">0 %<") && !html.contains(">0.000 %<"));
}

#[test]
fn an_overspent_budget_is_hatched_and_said() {
    let mut slo = sample::slo();
    slo.sli = sample::sli(900_000, 12_600, 995_000_000);
    slo.state = Status::Missed.into();
    if let Some(series) = &mut slo.burndown {
        series.points.push(BurnPoint { at: sample::NOW, left_ppb: Some(-1_761_000_000) });
        series.points[40].left_ppb = None;
        series.gone = None;
    }
    let html = whole(page::slo(&sample::shell(), &slo));
    assert!(html.contains("over by 176.2 %") && html.contains("12,600 failed, 4,563 were allowed"));
    let mut map = sample::map(Layer::Steps);
    if let Some(worst) = &mut map.flow.steps[0].worst {
        worst.sli = slo.sli.clone();
    }
    map.flow.steps[0].state = Status::Missed.into();
    assert!(whole(page::map(&sample::shell(), &map)).contains("over by 177 %"));
}

#[test]
fn a_step_that_nothing_measures_offers_its_draft() {
    let mut step = sample::step();
    step.state = Status::NoSlo.into();
    step.slos.clear();
    step.impact = Impact::default();
    step.reasons.clear();
    step.services.clear();
    step.no_slo = Some(NoSlo {
        attempts_a_day: Some(36_100),
        so_far: Some(Share::new(252_548, 252_700)),
        so_far_period: "in the last 7 days".to_owned(),
        draft: "slos:\n  - {name: available, method: service, target: 99.5%, window: 28d}".to_owned(),
        draft_target_ppb: 995_000_000,
    });
    let html = whole(page::step(&sample::shell(), &step));
    assert!(html.contains("Nothing measures it") && html.contains("36,100 attempts a day"));
    assert!(html.contains("no rule fires"));
}

#[test]
fn filters_narrow_the_list_and_say_when_nothing_fits() {
    let narrowed = |status, method| sample::slos().narrowed(Filter { product: None, status, method });
    let failing = narrowed(Some(Status::Failing), None);
    assert_eq!(failing.groups.len(), 1);
    assert_eq!(failing.groups[0].rows.len(), 1);
    assert_eq!(failing.by_method.iter().map(|one| one.count).sum::<u64>(), 1);
    let none = narrowed(Some(Status::Missed), Some(Method::Client));
    let html = whole(page::slos(&sample::shell(), &none));
    assert!(html.contains("No SLO fits") && html.contains("Method client, status missed: 0 of 16"));
    assert!(html.contains("href=\"/slos?method=client\"") && html.contains("</a>: 2"));
    assert_eq!(narrowed(None, None).groups, sample::slos().groups);
    assert_eq!(narrowed(Some(Status::NoSlo), None).groups.len(), 2);
}

#[test]
fn a_map_of_very_many_steps_shows_objectives_alone() {
    let mut map = sample::map(Layer::Steps);
    let template = map.flow.steps[0].clone();
    for n in 0..60 {
        map.flow
            .steps
            .push(throughline_server::view::map::FlowStep { id: format!("step-{n}"), ..template.clone() });
    }
    let html = whole(page::map(&sample::shell(), &map));
    assert!(html.contains("too many for one picture") && !html.contains("615 of 615"));
}

#[test]
fn an_empty_product_is_no_white_page() {
    let mut map = sample::map(Layer::Steps);
    map.flow = Flow::default();
    assert!(whole(page::map(&sample::shell(), &map)).contains("names no objective of Mail yet"));
    map.empty = Some(sample::empties()[2].1.clone());
    assert!(matches!(map.empty, Some(Empty::NoStepFits(_))));
    assert!(whole(page::map(&sample::shell(), &map)).contains("Telemetry, but no step fits"));
}
