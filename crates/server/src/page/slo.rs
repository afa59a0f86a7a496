//! One SLO: the sentence, three numbers, the cliff in the budget, attempts, tiers in words, how it is measured.

mod tiers;

use maud::{Markup, html};

use crate::page::part::shell::{Nav, Page, document};
use crate::page::part::{chart, empty, prose, reasons, sli, status, table};
use crate::view::number::{exact, plural, span_range, target, window};
use crate::view::path::{self, Layer};
use crate::view::prose::{Link, Prose};
use crate::view::shell::Shell;
use crate::view::slo::{Measured, Slo, Verdict};
use crate::view::word::Status;

pub(super) fn render(shell: &Shell, view: &Slo) -> Markup {
    let mut crumbs = vec![Link::new(&view.product.name, path::map(&view.product.id, Layer::Steps))];
    crumbs.extend(view.objective.clone());
    crumbs.push(view.step.clone());
    let body = html! {
        (prose::crumbs(&crumbs))
        div.head { h1 { (view.title) } (status::status(view.state)) span.fact { (facts(view)) } }
        (prose::say(&view.say))
        (empty::explained(view.explained.as_ref()))
        (table::big(numbers(view)))
        @if let Some(series) = &view.burndown {
            section {
                h2 { "Budget left, " (window(&view.sli.window)) }
                (chart::burndown(series, &view.sli, sli::is_now(view.state)))
            }
        }
        @if let Some(series) = &view.attempts {
            section { h2 { "Attempts, last " (chart::length(series)) } (chart::attempts(series, false)) }
        }
        @if !view.tiers.is_empty() { section #tiers { h2 { "Alert tiers" } (tiers::tiers(&view.tiers, view.silence.as_ref())) } }
        div.two {
            div { section { h2 { (why_head(view)) } (why(view)) } }
            div { section { h2 { "How it is measured" } (measured(view)) } }
        }
    };
    let news = format!("{} {}", view.title, view.state.words());
    document(shell, &Page { nav: Nav::Slos, title: view.title.clone(), news, body })
}

fn facts(view: &Slo) -> String {
    let (target, window) = (target(view.sli.target_ppb), window(&view.sli.window));
    let within = sli::within(&view.sli).replace(", ", " ");
    format!("{} · {} · {target}{within} over {window}", view.criticality.word(), view.method.word())
}

type Big = (&'static str, Markup, &'static str, Markup);

fn numbers(view: &Slo) -> [Big; 3] {
    [good(view), left(view), lasts(view)]
}

fn good(view: &Slo) -> Big {
    let sli = &view.sli;
    let value = html! { @match sli.sli_ppb { Some(_) => (sli::value(sli)), None => "not known" } };
    let verdict = match view.verdict {
        Verdict::Met => "met so far",
        Verdict::Missed => "missed",
        Verdict::CannotTell => "no verdict yet",
    };
    let made_of = html! {
        @if sli.good + sli.bad > 0 { (exact(sli.good)) " of " (exact(sli.good + sli.bad)) " · " }
        @if let Some(all) = sli.stands_for { "a sample of about " (exact(all)) " · " }
        @if sli.unknown > 0 { (exact(sli.unknown)) " not known · " }
        "target " (target(sli.target_ppb)) " · " (verdict)
    };
    ("Good attempts", value, "", made_of)
}

fn left(view: &Slo) -> Big {
    let sli = &view.sli;
    let range = sli.left_low_ppb.is_some() && sli.left_high_ppb.is_some();
    let class = match (sli.left_ppb, view.state.status) {
        (Some(..=0), _) => "missed",
        (_, Status::Failing | Status::Burning | Status::LowBudget) => "low",
        _ => "",
    };
    let value = match sli.left_ppb {
        None if !range => "not known".to_owned(),
        _ => sli::left_fine(sli),
    };
    let may_fail = sli.allowed.saturating_sub(sli.bad);
    let made_of = html! {
        @if sli.good + sli.bad + sli.unknown == 0 { "no attempt was counted yet" }
        @else if sli.left_ppb.is_none() && !range { "the budget is below one attempt" }
        @else if sli.bad > sli.allowed { (exact(sli.bad)) @if sli.within_ns.is_some() { " too slow, " } @else { " failed, " } (exact(sli.allowed)) " were allowed" }
        @else if let Some(range) = view.may_fail {
            (exact(range.low)) " to " (exact(range.high)) " of " (plural(sli.allowed, "attempt")) " may still fail"
        }
        @else { (exact(may_fail)) " of " (plural(sli.allowed, "attempt")) " may still fail" }
    };
    ("Budget left", html! { (value) }, class, made_of)
}

/// What to do next depends on the third: time, or severity.
fn lasts(view: &Slo) -> Big {
    match (&view.lasts, &view.severity) {
        (Some(lasts), _) => {
            let value = html! { (span_range(lasts.low_seconds, lasts.high_seconds)) };
            ("Lasts, if nothing changes", value, "failing", html! { (lasts.at_rate_of) })
        }
        (None, Some(now)) => {
            let says = html! { "since " (now.since.clock()) ", by rule " (now.rule_number) ": " (now.rule) };
            ("Severity", html! { (now.level.word()) }, now.level.word(), says)
        }
        (None, None) if !view.is_known => {
            ("Severity", html! { "not known" }, "", html! { "nothing is measured, so no rule can tell" })
        }
        (None, None) => {
            ("Severity", html! { "none" }, "", html! { "no severity rule and no alert tier fires" })
        }
    }
}

fn why_head(view: &Slo) -> &'static str {
    match view.sli.within_ns {
        Some(_) => "Why attempts were too slow, last hour",
        None => "Why attempts failed, last hour",
    }
}

fn why(view: &Slo) -> Markup {
    match view.is_known {
        true => reasons::reasons(&view.reasons, view.sli.within_ns.is_some()),
        false => reasons::not_known(),
    }
}

fn measured(view: &Slo) -> Markup {
    let of: &Measured = &view.measured;
    let line = |says: &Prose| if says.is_empty() { vec![] } else { vec![prose::prose(says)] };
    let data = html! {
        @if view.is_known { (of.data.word()) " · " (exact(of.late)) " late · " (exact(of.lost)) " lost" }
        @else { "none for this method" }
        " · " a href=(path::QUALITY) { "quality" }
    };
    let definition = html! { (of.definition) " · " a href=(view.step.href) { "the step" } };
    table::facts(&[
        ("Counts", line(&of.counts)),
        ("Good", line(&of.good)),
        ("Bad", line(&of.bad)),
        ("Not counted", line(&of.excluded)),
        ("Data", vec![data]),
        ("Definition", vec![definition]),
        ("Registry", vec![html! { "version " span.id { (of.registry_version) } }]),
        ("Owner", vec![html! { (of.owner) }]),
    ])
}
