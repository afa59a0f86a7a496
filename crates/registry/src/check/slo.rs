//! SLOs whose parts do not belong together.

use throughline_core::model::slo::Method;

use crate::compile::Whole;
use crate::diagnostic::{Code, Problems};
use crate::document::slo::SloDoc;

pub(super) fn check(whole: &Whole, problems: &mut Problems) {
    let at_steps = whole.products.iter().flat_map(|product| &product.steps).flat_map(|step| &step.slos);
    let beside = whole.slos.iter().map(|document| &document.slo);
    at_steps.chain(beside).for_each(|slo| check_slo(slo, problems));
}

fn check_slo(slo: &SloDoc, problems: &mut Problems) {
    match slo.method {
        Method::EndToEnd => end_to_end(slo, problems),
        Method::Service | Method::Client => one_place(slo, problems),
    }
    if let Some(place) = slo.calendar {
        let hint = "use a rolling window, such as `28d`: four whole weeks";
        problems.hint(Code::BadValue, place, "calendar windows are not computed by this version", hint);
    }
    if let Some(window) = slo.window.as_ref().filter(|window| window.text.value.ends_with(['M', 'Q', 'Y'])) {
        let days = window.minutes / 1_440;
        let message = format!("`{}` is read as {days} days, not as a calendar period", window.text.value);
        problems.hint(
            Code::MonthVs30d,
            window.text.place,
            message,
            format!("write `{days}d`, or `28d` for four whole weeks"),
        );
    }
}

fn end_to_end(slo: &SloDoc, problems: &mut Problems) {
    let written = [("from", slo.has_from), ("to", slo.has_to), ("within", slo.has_within)];
    for (key, _) in written.iter().filter(|(_, there)| !there) {
        let message = format!("an end-to-end SLO lacks its `{key}`");
        let hint = "`from:` and `to:` name both ends with their key, `within:` how long the way may take";
        problems.hint(Code::MissingKey, slo.name.place, message, hint);
    }
    if slo.latency_ns.is_some() {
        let message = "an end-to-end SLO has no `latency`";
        problems.hint(Code::BadValue, slo.name.place, message, "`within:` says how long the way may take");
    }
}

fn one_place(slo: &SloDoc, problems: &mut Problems) {
    if slo.has_from || slo.has_to || slo.has_within {
        let message = format!(
            "`from`, `to` and `within` belong to an end-to-end SLO, not to a {} SLO",
            slo.method.word()
        );
        problems.hint(
            Code::BadValue,
            slo.name.place,
            message,
            "write `method: end-to-end`, or leave them out",
        );
    }
}
