//! The same pages in states that are easily forgotten.

use throughline_server::view::chart::BurnPoint;
use throughline_server::view::empty::Explained;
use throughline_server::view::map::{FlowObjective, Map, Place};
use throughline_server::view::path::Layer;
use throughline_server::view::prose::Prose;
use throughline_server::view::sli::Share;
use throughline_server::view::slo::{Slo, Verdict};
use throughline_server::view::step::{Impact, NoSlo, Step};
use throughline_server::view::today::{Calm, Today};
use throughline_server::view::word::{Cause, Criticality, State, Status, status_counts};

use super::{NOW, at, map, not_measured, objective_link, sli, slo, step, step_link, today};

/// Nobody is hurt.
pub(crate) fn calm() -> Today {
    let mut today = today();
    let mail = &mut today.products[0];
    mail.alarm = None;
    mail.calm = Some(Calm { since: Some(at(0, 10)), looked: NOW, measured: Share::new(8, 10) });
    for row in &mut mail.objectives {
        row.state = Status::Met.into();
        row.severity = None;
        row.because = Prose::new();
        row.counts = status_counts([Status::Met; 5]);
        row.steps = 5;
    }
    mail.needs.clear();
    mail.events.clear();
    today
}

/// Three hours of data.
pub(crate) fn young_slo() -> Slo {
    let mut slo = slo();
    slo.state = State::cannot_tell(Cause::TooYoung);
    slo.verdict = Verdict::CannotTell;
    slo.say = Prose::new().text("All 7,790 attempts so far were good.");
    slo.sli = not_measured(999_000_000, None);
    (slo.lasts, slo.severity, slo.burndown, slo.attempts) = (None, None, None, None);
    slo.reasons.clear();
    slo.tiers.clear();
    slo.explained = Some(Explained {
        why: "3 h 10 min of data; a verdict needs 24 h: tomorrow at 10:55. Older files can be judged now:"
            .into(),
        next: Prose::new(),
        copy: Some("throughline replay --registry examples/mail traces/*.json.gz".to_owned()),
    });
    slo
}

/// More failed than may, with a gap in the data and late data at the end.
pub(crate) fn overspent_slo() -> Slo {
    let mut slo = slo();
    slo.sli = sli(900_000, 12_600, 995_000_000);
    slo.state = Status::Missed.into();
    slo.verdict = Verdict::Missed;
    slo.lasts = None;
    if let Some(series) = &mut slo.burndown {
        series.points.truncate(112);
        for (n, point) in (0_i64..).zip(&mut series.points[90..]) {
            point.left_ppb = Some(700_000_000 - n * 112_000_000);
        }
        series.points[40].left_ppb = None;
        series.points.push(BurnPoint { at: NOW.minus_seconds(60), left_ppb: slo.sli.left_ppb });
        series.provisional_since = Some(NOW.minus_seconds(2 * 86_400));
        (series.gone, series.before) = (None, None);
    }
    slo
}

/// A step without an SLO.
pub(crate) fn unmeasured_step() -> Step {
    let mut step = step();
    step.name = "Check spelling".to_owned();
    step.state = Status::NoSlo.into();
    step.say = Prose::new().text("Nothing measures it.");
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
    step
}

/// A map with everything that lines can do: shared steps, a way back, ways that skip a column, long names.
pub(crate) fn wide_map() -> Map {
    let mut map = map(Layer::Steps);
    let template = map.flow.steps[0].clone();
    for (id, name, status) in [
        ("search", "Search all messages of all years", Status::Silent),
        ("export", "Export", Status::Missed),
        ("share", "Share with a colleague who is away", Status::Burning),
        ("notify", "Notify", Status::CannotTell),
    ] {
        let mut step = template.clone();
        step.id = id.to_owned();
        step.step = step_link(id, name);
        step.state = status.into();
        if status == Status::Missed {
            step.worst.iter_mut().for_each(|slo| slo.sli = sli(900_000, 12_600, 995_000_000));
        }
        if status == Status::CannotTell {
            step.state = State::cannot_tell(Cause::TooYoung);
        }
        map.flow.steps.push(step);
    }
    let place = |step: &str, optional, is_async| Place { step: step.to_owned(), optional, is_async };
    let flow = vec![
        place("open-message", false, false),
        place("search", false, false),
        place("open-inbox", false, false),
        place("export", false, false),
        place("share", true, false),
        place("notify", true, true),
        place("send-mail", false, false),
    ];
    map.flow.objectives.push(FlowObjective {
        objective: objective_link("find-again", "Find again what somebody once wrote, and pass it on"),
        criticality: Criticality::Important,
        state: Status::Silent.into(),
        counts: status_counts([
            Status::Silent,
            Status::Missed,
            Status::Burning,
            Status::CannotTell,
            Status::Met,
        ]),
        flow,
    });
    map
}
