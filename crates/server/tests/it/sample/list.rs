//! The list of all SLOs.

use throughline_server::view::map::{FlowSlo, FlowStep};
use throughline_server::view::prose::Prose;
use throughline_server::view::slos::{Filter, Group, MethodCount, SloRow, Slos, StepGroup};
use throughline_server::view::word::{Cause, Method, Status, status_counts};

use super::{NOW, at, flow, product};

pub(crate) fn slos() -> Slos {
    let flow = flow();
    let all: Vec<&FlowSlo> = flow.steps.iter().flat_map(|step| &step.slos).collect();
    let count = |method: Method| all.iter().filter(|slo| slo.method == method).count() as u64;
    let groups = flow.objectives.iter().enumerate().map(|(index, objective)| {
        let here = |step: &&FlowStep| {
            let holders =
                flow.objectives.iter().position(|one| one.flow.iter().any(|place| place.step == step.id));
            holders == Some(index)
        };
        let rows: Vec<StepGroup> = flow.steps.iter().filter(here).map(step_group).collect();
        Group {
            product: product(),
            objective: objective.objective.clone(),
            criticality: objective.criticality,
            counts: objective.counts.clone(),
            steps: objective.flow.len() as u64,
            shared: if index == 0 { vec![] } else { vec!["Log in".to_owned()] },
            slos_not_measured: rows.iter().flat_map(|row| &row.slos).filter(|row| row.as_of.is_none()).count()
                as u64,
            rows,
        }
    });
    Slos {
        say: Prose::new()
            .strong(format!("One of {} SLOs is failing: Save draft is available.", all.len()))
            .text(" One is low on budget, one has late data, two are not measured yet; two steps have none."),
        filter: Filter::default(),
        total: all.len() as u64,
        by_status: status_counts(all.iter().map(|slo| slo.state.status)),
        by_method: Method::ALL.map(|method| MethodCount { method, count: count(method) }).to_vec(),
        groups: groups.collect(),
        empty: None,
    }
}

fn step_group(step: &FlowStep) -> StepGroup {
    let marks: &[&str] = match step.id.as_str() {
        "login" => &["also in Read mail"],
        "lookup-addresses" => &["optional"],
        "check-spelling" => &["optional", "important"],
        "receive-mail" => &["async"],
        "filter-spam" => &["optional", "async", "important"],
        _ => &[],
    };
    StepGroup {
        state: Status::NoSlo.into(),
        step: step.step.clone(),
        marks: marks.iter().map(|&mark| mark.to_owned()).collect(),
        slos: step.slos.iter().map(|slo| row(&step.id, slo)).collect(),
        attempts_a_day: step.attempts_a_day,
    }
}

fn row(step: &str, slo: &FlowSlo) -> SloRow {
    let unfed = slo.state.cause == Some(Cause::NotMeasured);
    let alert_or_cause = match slo.state.status {
        Status::Failing => Prose::new().text("outage, page ").muted("since 13:52"),
        Status::Late => "MTA delivery log stopped".into(),
        _ if unfed => "no event or key yet".into(),
        _ => Prose::new(),
    };
    let as_of = if slo.state.status == Status::Late { at(11, 2) } else { NOW };
    SloRow {
        id: format!("mail/{step}/{}", slo.slo.text),
        name: slo.slo.text.clone(),
        method: slo.method,
        state: slo.state,
        sli: slo.sli.clone(),
        alert_or_cause,
        as_of: (!unfed).then_some(as_of),
    }
}
