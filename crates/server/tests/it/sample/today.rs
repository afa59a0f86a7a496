//! The start page at 14:05.

use throughline_server::view::path::{self, By, Layer};
use throughline_server::view::prose::{Link, Prose};
use throughline_server::view::time::At;
use throughline_server::view::today::{Alarm, Event, Need, ObjectiveRow, ProductToday, Today};
use throughline_server::view::word::{Criticality, Severity, State, Status, StatusCount};

use super::{NOW, at, objective_link, product, step_link};

pub(crate) fn today() -> Today {
    let mail = ProductToday {
        product: product(),
        alarm: Some(alarm()),
        calm: None,
        objectives: objectives(),
        needs: needs(),
        events: events(),
    };
    Today { now: NOW, products: vec![mail], empty: None }
}

fn alarm() -> Alarm {
    let says = Prose::new()
        .text("Every attempt at ")
        .link("Save draft", path::step("mail", "save-draft"))
        .text(" fails since 13:42: 943 lost so far. Storage refuses the writes: 2 % of its requests, 100 % of this step.");
    let more = Prose::new()
        .text("Alerts: ")
        .link("fast since 13:46, outage since 13:52", path::slo("mail/save-draft/available"))
        .text(" · Mail SRE · ")
        .link("what else storage hurts: nothing", path::impact("mail", By::Service, None));
    Alarm {
        title: "Save draft fails for everyone. Major since 13:42.".to_owned(),
        severity: Some(Severity::Major),
        since: at(13, 42),
        lost: 943,
        says: vec![says],
        more,
    }
}

fn counts(counts: &[(Status, u64)]) -> Vec<StatusCount> {
    counts.iter().map(|&(status, count)| StatusCount { status, count }).collect()
}

fn objectives() -> Vec<ObjectiveRow> {
    let row = |id: &str, name: &str, status: Status, because: &str, by: &[(Status, u64)]| ObjectiveRow {
        objective: objective_link(id, name),
        criticality: Criticality::Critical,
        state: status.into(),
        because: because.into(),
        steps: by.iter().map(|one| one.1).sum(),
        counts: counts(by),
        severity: (status == Status::Failing).then_some(Severity::Major),
    };
    let compose = [(Status::Failing, 1), (Status::LowBudget, 1), (Status::Met, 3), (Status::NoSlo, 1)];
    let read = [(Status::Late, 1), (Status::Met, 3), (Status::NoSlo, 1)];
    vec![
        row(
            "compose-mail",
            "Compose mail",
            Status::Failing,
            "Save draft: 615 of 615 failed in 15 min",
            &compose,
        ),
        row("read-mail", "Read mail", Status::Late, "Receive mail: deliveries since 11:02 not in yet", &read),
    ]
}

fn needs() -> Vec<Need> {
    let need = |status: Status, id: &str, name: &str, why: &str, next: &str| Need {
        state: Some(State::from(status)),
        what: step_link(id, name),
        why: why.into(),
        next: next.into(),
    };
    vec![
        need(
            Status::Late,
            "receive-mail",
            "Receive mail",
            "MTA delivery log stopped at 11:02",
            "check the log shipper on mta-2",
        ),
        need(
            Status::LowBudget,
            "lookup-addresses",
            "Look up addresses",
            "9 % of the 28-day budget left",
            "hold risky changes to it",
        ),
        need(
            Status::NoSlo,
            "check-spelling",
            "Check spelling",
            "36,100 attempts a day, unmeasured",
            "copy the draft SLO",
        ),
        need(
            Status::NoSlo,
            "filter-spam",
            "Filter spam",
            "24,200 attempts a day, unmeasured",
            "copy the draft SLO",
        ),
        Need {
            state: None,
            what: Link::new("Requests without a step", path::OPERATIONS),
            why: "400 in the last hour".into(),
            next: "copy the draft rule".into(),
        },
    ]
}

fn events() -> Vec<Event> {
    let event = |at: At, text: &str| Event { at, text: text.into() };
    let yesterday = NOW.minus_seconds(75_600);
    vec![
        event(at(13, 52), "Save draft: alert outage, page"),
        event(at(13, 46), "Save draft: alert fast, page"),
        event(at(13, 42), "Save draft began to fail"),
        event(at(11, 2), "MTA delivery log became late"),
        Event {
            at: at(9, 15),
            text: Prose::new()
                .link("registry", path::map("mail", Layer::Steps))
                .text(": Open message target 99.5 → 99.9 %"),
        },
        event(yesterday, "Look up addresses fell under 10 % of budget"),
    ]
}
