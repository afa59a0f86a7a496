//! All SLOs, grouped objective -> step, with filters as links. An objective's head has counts, never a number.

use maud::{Markup, html};

use crate::page::part::shell::{Nav, Page, document};
use crate::page::part::{empty, prose, sli, status, table};
use crate::view::number::{count, plural, target};
use crate::view::path;
use crate::view::shell::Shell;
use crate::view::slos::{Group, SloRow, Slos, StepGroup};

const COLUMNS: usize = 9;

pub(super) fn render(shell: &Shell, view: &Slos) -> Markup {
    let body = html! {
        @if let [only] = shell.products.as_slice() { p.crumb { (only.name) } }
        div.head { h1 { "SLOs" } }
        (prose::say(&view.say))
        (filters(shell, view))
        @if let Some(state) = &view.empty { (empty::empty(state)) }
        @if !view.groups.is_empty() {
            (table::scroll("SLOs by objective and step", &list(&view.groups)))
            p.muted.small.after {
                "An objective has no number of its own: it is as good as its worst required step. A range says what the "
                "missing data could still make of it."
            }
        }
    };
    document(shell, &Page { nav: Nav::Slos, title: "SLOs".to_owned(), news: view.say.plain(), body })
}

fn filters(shell: &Shell, view: &Slos) -> Markup {
    let (product, status, method) = (view.filter.product.as_deref(), view.filter.status, view.filter.method);
    let in_method: u64 = view.by_status.iter().map(|one| one.count).sum();
    let mut statuses =
        vec![(format!("All {}", count(in_method)), path::slos(product, None, method), status.is_none())];
    statuses.extend(view.by_status.iter().map(|one| {
        let text = format!("{} {}", capital(one.status.word()), count(one.count));
        (text, path::slos(product, Some(one.status), method), status == Some(one.status))
    }));
    let mut methods = vec![("All methods".to_owned(), path::slos(product, status, None), method.is_none())];
    methods.extend(view.by_method.iter().map(|one| {
        let text = format!("{} {}", capital(one.method.word()), count(one.count));
        (text, path::slos(product, status, Some(one.method)), method == Some(one.method))
    }));
    let mut products = vec![("All products".to_owned(), path::slos(None, status, method), product.is_none())];
    products.extend(shell.products.iter().map(|one| {
        (one.name.clone(), path::slos(Some(&one.id), status, method), product == Some(one.id.as_str()))
    }));
    html! {
        @if shell.products.len() > 1 { (table::tabs("Product", &products)) }
        @if view.total > 0 { (table::tabs("Which", &statuses)) (table::tabs("Method", &methods)) }
    }
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

fn list(groups: &[Group]) -> Markup {
    html! {
        table.slos {
            (table::heads(&["Step", "SLO", "Now", "Method", "#SLI", "#Target", "#Budget left", "Alert or cause", "#As of"]))
            @for group in groups {
                tbody { (head(group)) }
                @for step in &group.rows { (step_rows(step)) }
            }
        }
    }
}

fn head(group: &Group) -> Markup {
    let mut facts = format!("{} · {}", group.criticality.word(), plural(group.steps, "step"));
    if !group.shared.is_empty() {
        facts.push_str(&format!(", {} shared", group.shared.join(" and ")));
    }
    let rest = match group.slos_not_measured {
        0 => String::new(),
        some => format!("{} not measured yet", plural(some, "SLO")),
    };
    html! {
        tr.group {
            th scope="rowgroup" colspan=(COLUMNS) {
                div.gh {
                    span { (prose::link(&group.objective)) " " span.fact { (facts) } }
                    (status::counts(&group.counts, &rest))
                }
            }
        }
    }
}

fn step_rows(step: &StepGroup) -> Markup {
    let hot = sli::is_now(step.state) || step.slos.iter().any(|row| sli::is_now(row.state));
    let rows = step.slos.len().max(1);
    let name = html! {
        th scope="rowgroup" rowspan=(rows) {
            (prose::link(&step.step))
            @if !step.marks.is_empty() { small { (step.marks.join(", ")) } }
        }
    };
    html! {
        tbody class=[hot.then_some("hot")] {
            @if step.slos.is_empty() { (no_slo(step, &name)) }
            @for (index, row) in step.slos.iter().enumerate() {
                tr class=[sli::is_now(row.state).then_some("hit")] {
                    @if index == 0 { (name) }
                    (cells(row))
                }
            }
        }
    }
}

fn cells(row: &SloRow) -> Markup {
    html! {
        td { a href=(path::slo(&row.id)) { (row.name) (sli::within(&row.sli)) } }
        td { (status::status(row.state)) }
        td.nw { (row.method.word()) }
        td.num { (sli::value(&row.sli)) }
        td.num { (target(row.sli.target_ppb)) }
        td.num { (sli::bar(&row.sli, row.state)) span.n { (sli::left(&row.sli)) } }
        td { (prose::or_dash(&row.alert_or_cause)) }
        td.num { @match row.as_of { Some(at) => (at.clock()), None => "–" } }
    }
}

fn no_slo(step: &StepGroup, name: &Markup) -> Markup {
    html! {
        tr class=[sli::is_now(step.state).then_some("hit")] {
            (name)
            td.muted { "–" }
            td { (status::status(step.state)) }
            td.muted { "–" }
            td.muted colspan=(COLUMNS - 4) {
                @if let Some(attempts) = step.attempts_a_day { (plural(attempts, "attempt")) " in the last day · " }
                a href=(step.step.href) { "copy the draft SLO" }
            }
        }
    }
}
