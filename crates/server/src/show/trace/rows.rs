//! The picture's rows: what became of each span, in words and as a fate.

use throughline_core::annotate::decide::WAIT_NS;
use throughline_core::annotate::decision::{Attempt, Counted, Decision, Filtered, Outcome, Unmatched};
use throughline_core::count::ledger::Rejected;
use throughline_core::observation::SpanKind;

use crate::explain::{Became, Span};
use crate::show::trace::View;
use crate::view::number::plural;
use crate::view::prose::Prose;
use crate::view::time::At;
use crate::view::trace::{Fate, SpanRow};

/// Rows that the page shows; filtered spans are left out first.
pub(super) const ROWS_MAX: usize = 200;

/// Returns the rows and how many spans have none.
pub(super) fn rows(view: &View<'_>) -> (Vec<SpanRow>, u64) {
    let all = &view.shape.rows;
    let is_quiet = |place: usize| matches!(fate(view, place), Fate::Filtered | Fate::Duplicate);
    let loud = all.iter().filter(|(place, _)| !is_quiet(*place)).count();
    let mut room = ROWS_MAX.saturating_sub(loud);
    let shown = all.iter().filter(|(place, _)| {
        let fits = !is_quiet(*place) || room > 0;
        room -= usize::from(is_quiet(*place) && fits);
        fits
    });
    let rows: Vec<SpanRow> = shown.take(ROWS_MAX).map(|(place, depth)| row(view, *place, *depth)).collect();
    let folded = (all.len() - rows.len()) as u64 + view.told.unread;
    (rows, folded)
}

fn row(view: &View<'_>, place: usize, depth: u32) -> SpanRow {
    let span = &view.told.spans[place];
    let start = i64::try_from(span.entry.start.0 - view.shape.start).unwrap_or(i64::MAX);
    SpanRow {
        depth,
        service: span.service.clone(),
        operation: operation(view, place),
        kind: kind(span.entry.kind).to_owned(),
        start_ns: start,
        took_ns: span.entry.duration(),
        fate: fate(view, place),
        became: became(view, place),
        rule: view.rule_of(span),
    }
}

const fn kind(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Unspecified => "unspecified",
        SpanKind::Internal => "internal",
        SpanKind::Server => "server",
        SpanKind::Client => "client",
        SpanKind::Producer => "producer",
        SpanKind::Consumer => "consumer",
    }
}

/// Returns what a span does: a call names whom it calls, where that was seen.
fn operation(view: &View<'_>, place: usize) -> String {
    let span = &view.told.spans[place];
    let again = matches!(span.became, Became::Duplicate(_) | Became::FilteredAgain(_));
    let text = match span.entry.kind {
        SpanKind::Client => match called(view, place) {
            Some(callee) => format!("calls {} {}", callee.service, short(&callee.operation)),
            None => format!("calls {}", short(&span.operation)),
        },
        SpanKind::Producer => format!("sends {}", short(&span.operation)),
        _ => short(&span.operation).to_owned(),
    };
    if again { format!("{text}, again") } else { text }
}

fn called<'a>(view: &View<'a>, place: usize) -> Option<&'a Span> {
    let place = match view.told.spans[place].became {
        Became::Duplicate(first) | Became::FilteredAgain(first) => first,
        _ => place,
    };
    let mut spans = view.told.spans.iter();
    spans.find(|span| {
        span.ground.is_some_and(|ground| ground.parent == Some(place)) && span.entry.is_incoming()
    })
}

/// Cuts the package off an RPC's name: `mail.v1.Drafts/Save` becomes `Drafts/Save`.
pub(super) fn short(operation: &str) -> &str {
    let Some((service, _)) = operation.split_once('/').filter(|(service, _)| !service.contains(' ')) else {
        return operation;
    };
    service.rfind('.').map_or(operation, |dot| &operation[dot + 1..])
}

/// Returns what became of a span, as the picture shows it.
pub(super) fn fate(view: &View<'_>, place: usize) -> Fate {
    let span = &view.told.spans[place];
    let error = || match view.shape.errs_below[place] {
        true => Fate::PassedOn,
        false => Fate::Began,
    };
    match &span.became {
        Became::Duplicate(_) => Fate::Duplicate,
        Became::FilteredAgain(_) | Became::Decided(Decision::Filtered(_)) => Fate::Filtered,
        Became::Rejected(_) => Fate::Excluded,
        Became::Decided(Decision::Unmatched(_)) => Fate::Unmatched,
        Became::Decided(Decision::Counted(Counted { attempt: None, .. })) => {
            if span.is_error() {
                error()
            } else {
                Fate::Good
            }
        }
        Became::Decided(Decision::Counted(Counted { attempt: Some(attempt), .. })) => match attempt.outcome {
            Outcome::Good => Fate::Good,
            Outcome::Excluded => Fate::Excluded,
            Outcome::Pending | Outcome::Lost => Fate::Pending,
            _ if span.is_error() => error(),
            _ if view.shape.errs_below[place] => Fate::PassedOn,
            _ => Fate::Bad,
        },
    }
}

fn became(view: &View<'_>, place: usize) -> Prose {
    let span = &view.told.spans[place];
    match &span.became {
        Became::Rejected(why) => rejected(*why).into(),
        Became::Duplicate(_) => "duplicate: sent twice, dropped".into(),
        Became::FilteredAgain(_) => "filtered again: sent twice".into(),
        Became::Decided(Decision::Filtered(why)) => filtered(span, *why).into(),
        Became::Decided(Decision::Unmatched(why)) => unmatched(span, *why),
        Became::Decided(Decision::Counted(counted)) => match &counted.attempt {
            Some(attempt) => of_attempt(view, span, counted, attempt),
            None => cell(view, place, counted),
        },
    }
}

fn rejected(why: Rejected) -> String {
    match why {
        Rejected::TooOld => "rejected: it began before the longest window".to_owned(),
        Rejected::Future => "rejected: it begins more than 10 min after it came".to_owned(),
        other => format!("rejected: {}", other.word()),
    }
}

fn filtered(span: &Span, why: Filtered) -> String {
    match (why, span.entry.kind) {
        (Filtered::Container, _) => "filtered: it holds several steps, a session and no request".to_owned(),
        (_, SpanKind::Client) => "filtered: the calling side".to_owned(),
        (_, SpanKind::Producer) => "filtered: the sending side".to_owned(),
        _ => format!("filtered: inside {}", span.service),
    }
}

/// Returns why a request has no step.
pub(super) fn no_step(why: Unmatched) -> &'static str {
    match why {
        Unmatched::NoRule => "no rule names it",
        Unmatched::Ambiguous => "ambiguous, a tie is never guessed",
        Unmatched::UnknownId => "its client names a step that the registry does not know",
        Unmatched::Undecided => "undecided, the rest of its trace may tell",
    }
}

fn unmatched(span: &Span, why: Unmatched) -> Prose {
    let said = Prose::new().text(format!("no step: {}", no_step(why)));
    match why {
        Unmatched::Undecided => {
            let until = At::from(span.entry.arrived.plus(WAIT_NS)).clock_seconds();
            said.text(format!(" until {until}"))
        }
        _ => said,
    }
}

fn of_attempt(view: &View<'_>, span: &Span, counted: &Counted, attempt: &Attempt) -> Prose {
    let one = match (counted.times, view.steps_attempted()) {
        (1, 0..=1) => "the attempt".to_owned(),
        (1, _) => format!("attempt at {}", view.step_name(counted.step)),
        (n, _) => format!("{} at {}", plural(n.into(), "attempt"), view.step_name(counted.step)),
    };
    let word = super::outcome(attempt.outcome).word();
    let said = Prose::new().strong(format!("{one}: {word}"));
    match view.why_bad(span, attempt) {
        Some(why) => said.text(format!(", {why}")),
        None => said,
    }
}

fn cell(view: &View<'_>, place: usize, counted: &Counted) -> Prose {
    let span = &view.told.spans[place];
    let name = format!("{} × {}", span.service, view.step_name(counted.step));
    let times = if counted.times > 1 { format!(" ({} links)", counted.times) } else { String::new() };
    match fate(view, place) {
        Fate::Began => {
            let said = Prose::new().strong(format!("{name}: error{times}"));
            match view.reason(span) {
                Some(reason) => said.text(format!(", {reason}")),
                None => said,
            }
        }
        Fate::PassedOn => format!("{name}: error, passed on{times}").into(),
        _ => format!("{name}: good{times}").into(),
    }
}
