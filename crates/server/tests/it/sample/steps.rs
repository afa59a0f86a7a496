//! The flow of mail with its steps, and the pages of one objective and one step.

use throughline_server::view::map::{Flow, FlowObjective, FlowSlo, FlowStep, Map, Place};
use throughline_server::view::objective::{Objective, People, RuleRow, RuleState, SloCoverage, StepRow};
use throughline_server::view::path::{self, By, Layer};
use throughline_server::view::prose::{Link, Prose};
use throughline_server::view::sli::{Share, Sli};
use throughline_server::view::step::{
    Carrier, Clause, InObjective, MethodColumn, Neighbour, Reason, Rules, Step, Trait,
};
use throughline_server::view::word::{
    Cause, Criticality, FeatureClass, Method, Severity, State, Status, status_counts,
};

use super::{
    TRACE, attempts, late_sli, lost, not_measured, objective_link, product, save_draft_sli, sli_at,
    step_link, within,
};

const T99: u64 = 990_000_000;
const T995: u64 = 995_000_000;
const T999: u64 = 999_000_000;

fn slo(step: &str, name: &str, method: Method, state: impl Into<State>, sli: Sli) -> FlowSlo {
    let id = format!("mail/{step}/{name}");
    FlowSlo { slo: Link::new(name, path::slo(&id)), method, state: state.into(), sli }
}

fn step_box(id: &str, name: &str, status: Status, slos: Vec<FlowSlo>) -> FlowStep {
    FlowStep {
        id: id.to_owned(),
        step: step_link(id, name),
        criticality: Criticality::Critical,
        state: status.into(),
        worst: slos.first().cloned(),
        last_15_min: Some(Share::new(0, 402)),
        attempts_a_day: Some(36_100),
        note: None,
        slos,
    }
}

#[expect(clippy::too_many_lines, reason = "a table of the sample moment")]
fn steps() -> Vec<FlowStep> {
    use Method::{Client, EndToEnd, Service};
    use Status::{Failing, Late, LowBudget, Met, NoSlo};
    let unfed = State::cannot_tell(Cause::NotMeasured);
    let mut open = sli_at(998_100, T995);
    open.plus_minus_ppb = Some(500_000);
    let mut save = step_box(
        "save-draft",
        "Save draft",
        Failing,
        vec![
            slo("save-draft", "available", Service, Failing, save_draft_sli()),
            slo("save-draft", "fast", Service, Met, within(sli_at(996_400, T99), 800)),
            slo("save-draft", "in-browser", Client, unfed, not_measured(T99, None)),
            slo("save-draft", "opens-again", EndToEnd, unfed, not_measured(T995, Some(60_000))),
        ],
    );
    save.last_15_min = Some(Share::new(615, 615));
    save.note = Some("615 of 615 failed in 15 min".to_owned());
    let mut receive = step_box(
        "receive-mail",
        "Receive mail",
        Late,
        vec![slo("receive-mail", "delivered", EndToEnd, Late, late_sli())],
    );
    receive.note = Some("deliveries since 11:02 not in yet".to_owned());
    let important = |mut step: FlowStep| {
        step.criticality = Criticality::Important;
        step
    };
    vec![
        step_box(
            "login",
            "Log in",
            Met,
            vec![
                slo("login", "available", Service, Met, sli_at(999_600, T999)),
                slo("login", "fast", Service, Met, within(sli_at(997_100, T99), 1_000)),
            ],
        ),
        step_box(
            "open-compose",
            "Open compose",
            Met,
            vec![
                slo("open-compose", "in-browser", Client, Met, open),
                slo("open-compose", "available", Service, Met, sli_at(999_730, T999)),
            ],
        ),
        save,
        step_box(
            "lookup-addresses",
            "Look up addresses",
            LowBudget,
            vec![
                slo("lookup-addresses", "fast", Service, LowBudget, within(sli_at(990_910, T99), 300)),
                slo("lookup-addresses", "available", Service, Met, sli_at(998_320, T995)),
            ],
        ),
        important(step_box("check-spelling", "Check spelling", NoSlo, vec![])),
        step_box(
            "send-mail",
            "Send mail",
            Met,
            vec![
                slo("send-mail", "delivered", EndToEnd, Met, within(sli_at(999_510, T999), 300_000)),
                slo("send-mail", "available", Service, Met, sli_at(999_760, T999)),
                slo("send-mail", "fast", Service, Met, within(sli_at(998_200, T99), 800)),
            ],
        ),
        receive,
        important(step_box("filter-spam", "Filter spam", NoSlo, vec![])),
        step_box(
            "open-inbox",
            "Open inbox",
            Met,
            vec![slo("open-inbox", "available", Service, Met, sli_at(999_640, T999))],
        ),
        step_box(
            "open-message",
            "Open message",
            Met,
            vec![slo("open-message", "available", Service, Met, sli_at(999_710, T999))],
        ),
    ]
}

fn place(step: &str, optional: bool, is_async: bool) -> Place {
    Place { step: step.to_owned(), optional, is_async }
}

/// Both objectives of mail.
pub(crate) fn flow() -> Flow {
    let steps = steps();
    let compose = vec![
        place("login", false, false),
        place("open-compose", false, false),
        place("lookup-addresses", true, false),
        place("check-spelling", true, false),
        place("save-draft", false, false),
        place("send-mail", false, false),
    ];
    let read = vec![
        place("login", false, false),
        place("receive-mail", false, true),
        place("filter-spam", true, true),
        place("open-inbox", false, false),
        place("open-message", false, false),
    ];
    let objective = |id: &str, name: &str, status: Status, flow: Vec<Place>| FlowObjective {
        objective: objective_link(id, name),
        criticality: Criticality::Critical,
        state: status.into(),
        counts: status_counts(
            flow.iter()
                .filter_map(|place| steps.iter().find(|step| step.id == place.step))
                .map(|step| step.state.status),
        ),
        flow,
    };
    let objectives = vec![
        objective("compose-mail", "Compose mail", Status::Failing, compose),
        objective("read-mail", "Read mail", Status::Late, read),
    ];
    Flow { objectives, steps }
}

pub(crate) fn map(layer: Layer) -> Map {
    let say = Prose::new()
        .status(Status::Failing)
        .text(" ")
        .strong("Save draft")
        .text(" fails for everyone since 13:42, so ")
        .strong("Compose mail")
        .text(" is broken. Receive mail: ")
        .status(Status::Late)
        .text(" since 11:02. The rest works.");
    Map { product: product(), layer, say, flow: flow(), empty: None }
}

fn people() -> People {
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    People {
        accountable: names(&["Mail product management"]),
        responsible: names(&["Mail SRE"]),
        consulted: names(&["Mail UX", "Mail engineering"]),
        informed: names(&["Mail support"]),
    }
}

#[expect(clippy::too_many_lines, reason = "a table of the sample moment")]
pub(crate) fn objective() -> Objective {
    let mut flow = flow();
    flow.objectives.truncate(1);
    flow.steps.retain(|step| flow.objectives[0].flow.iter().any(|place| place.step == step.id));
    let rows = [
        (
            "login",
            "Log in",
            vec!["shared with Read mail"],
            Status::Met,
            "99.960 / 99.9 %, 60 % left",
            1,
            1_180,
        ),
        ("open-compose", "Open compose", vec![], Status::Met, "99.810 ± .050 / 99.5 %, 62 % left", 1, 640),
        (
            "save-draft",
            "Save draft",
            vec![],
            Status::Failing,
            "HTTP 503: storage refuses the write",
            615,
            615,
        ),
        ("send-mail", "Send mail", vec![], Status::Met, "99.951 / 99.9 %, 51 % left", 0, 402),
        (
            "lookup-addresses",
            "Look up addresses",
            vec!["optional"],
            Status::LowBudget,
            "99.09 / 99 %, 9 % left",
            5,
            372,
        ),
        (
            "check-spelling",
            "Check spelling",
            vec!["optional", "important"],
            Status::NoSlo,
            "nothing measures it",
            0,
            905,
        ),
    ];
    let steps = rows.into_iter().map(|(id, name, marks, status, because, bad, of)| StepRow {
        step: step_link(id, name),
        marks: marks.into_iter().map(str::to_owned).collect(),
        state: status.into(),
        because: because.into(),
        last_15_min: Some(Share::new(bad, of)),
        severity: (status == Status::Failing).then_some(Severity::Major),
        impact_ppb: (status == Status::Failing).then_some(1_000_000_000),
    });
    Objective {
        product: product(),
        id: "compose-mail".to_owned(),
        name: "Compose mail".to_owned(),
        job: "When I want to tell someone something, I write them a mail.".to_owned(),
        say: Prose::new()
            .strong("Save draft fails for everyone since 13:42")
            .text(", so Compose mail is broken. The rest works."),
        criticality: Criticality::Critical,
        state: Status::Failing.into(),
        severity: Some(Severity::Major),
        counts: flow.objectives[0].counts.clone(),
        flow,
        steps: steps.collect(),
        slos: SloCoverage { slos: 13, not_measured: 2, steps: 6, steps_with: 5 },
        rules: rules(),
        kpis: vec!["Mails sent, mails/min".to_owned()],
        people: people(),
        definitions: vec!["version 5 since 2 Oct: Save draft became required".into()],
        explained: None,
    }
}

fn rules() -> Vec<RuleRow> {
    let rule = |number: u64, level: Severity, when: &str, now: RuleState, says: &str| RuleRow {
        number,
        level,
        when: when.to_owned(),
        now,
        says: says.into(),
    };
    let higher = "true too; rule 2 is higher";
    vec![
        rule(
            1,
            Severity::Major,
            "Send mail or Receive mail hurt at all",
            RuleState::No,
            "no: Send mail 0 of 402",
        ),
        rule(
            2,
            Severity::Major,
            "a core step, impact over 20 %",
            RuleState::Fires,
            "fires: Save draft, 100 %, at least 99.3 %",
        ),
        rule(3, Severity::Medium, "a core step, impact over 5 %", RuleState::Holds, higher),
        rule(4, Severity::Medium, "an auxiliary step, impact over 20 %", RuleState::No, "no"),
        rule(5, Severity::Minor, "any step hurt at all", RuleState::Holds, higher),
    ]
}

/// Why attempts failed in the last hour.
pub(crate) fn reasons() -> Vec<Reason> {
    let reason = |reason: &str, service: &str, attempts: u64, share_ppb: u64| Reason {
        reason: reason.to_owned(),
        service: Some(service.to_owned()),
        attempts,
        share_ppb,
        example: Some(TRACE.to_owned()),
    };
    vec![
        reason("HTTP 503, storage write refused", "storage", 943, 996_828_752),
        reason("HTTP 500", "webmail", 3, 3_171_247),
    ]
}

pub(crate) fn step() -> Step {
    let carrier = |service: &str, takes: bool, operations: &[&str], failed: u64, of: u64, all: u64| Carrier {
        service: service.to_owned(),
        takes_attempt: takes,
        operations: operations.iter().map(|&one| one.to_owned()).collect(),
        looked_for: if operations.is_empty() { vec!["put".to_owned()] } else { Vec::new() },
        requests: Share::new(failed, of),
        all_requests: all,
        of_all_ppb: throughline_server::view::number::ppb(failed, all),
    };
    Step {
        product: product(),
        id: "save-draft".to_owned(),
        name: "Save draft".to_owned(),
        description: "While the user writes, the draft is stored, so that nothing written is lost."
            .to_owned(),
        say: Prose::new()
            .strong("Every attempt fails since 13:42")
            .text(": 615 of 615 in the last 15 minutes. Storage answers that the quota is exceeded."),
        criticality: Criticality::Critical,
        class: FeatureClass::Core,
        state: Status::Failing.into(),
        objectives: vec![InObjective {
            objective: objective_link("compose-mail", "Compose mail"),
            optional: false,
            is_async: false,
        }],
        impact: lost(),
        reasons: reasons(),
        services: vec![
            carrier("webmail", true, &["POST /api/drafts"], 615, 615, 7_306),
            carrier("mail", false, &["Save"], 615, 615, 4_400),
            carrier("storage", false, &[], 615, 1_230, 30_750),
        ],
        services_say: Prose::new()
            .link("Impact", path::impact("mail", By::Service, None))
            .text(": storage fails no other step."),
        rules: step_rules(),
        attempts: attempts(),
        slos: methods(),
        no_slo: None,
        before: vec![Neighbour {
            step: step_link("open-compose", "Open compose"),
            state: Status::Met.into(),
            note: String::new(),
        }],
        after: vec![Neighbour {
            step: step_link("send-mail", "Send mail"),
            state: Status::Met.into(),
            note: "users still send, without a draft".to_owned(),
        }],
        definitions: vec![
            Prose::new().text("version 3 since 2 Oct: ").code("contains storage / put").text(" added"),
            "version 2 since 14 Jul: target 99 → 99.5 %".into(),
        ],
        people: people(),
        explained: None,
    }
}

fn step_rules() -> Rules {
    let clause = |words: &str, rule: &str| Clause { words: words.to_owned(), rule: rule.to_owned() };
    Rules {
        attempt: vec![clause("the browser asks webmail to keep a draft", "webmail POST /api/drafts")],
        start: vec![clause("when that request arrives", "start of the span")],
        good: vec![
            clause("webmail answers without an error", "status: ok"),
            clause("and storage was asked to keep it", "contains: storage / put"),
        ],
        bad: vec![
            clause("webmail answers 500 or above", "http.status: \">=500\""),
            clause("or the mail service names an error", "mail.error: \"*\""),
        ],
        excluded: vec![clause("the request itself was wrong", "http.status: \"400-499\"")],
        usually: Vec::new(),
        other_traffic_today: 412,
    }
}

fn methods() -> Vec<MethodColumn> {
    let unfed = State::cannot_tell(Cause::NotMeasured);
    let column = |name: &str, title: &str, method: Method, state: State, note: &str, sli: Sli| MethodColumn {
        slo: Link::new(title, path::slo(&format!("mail/save-draft/{name}"))),
        method,
        state,
        note: note.to_owned(),
        sli,
        cost: None,
        confidence: None,
        latency: None,
        coverage: None,
    };
    let available = MethodColumn {
        cost: Some(Trait::new("33,100 spans a day", "nothing to deploy")),
        confidence: Some(Trait::new("every attempt counted", "none sampled, 0 lost")),
        latency: Some(Trait::new("62 s to a number", "p95; failing shows within 40 s")),
        coverage: Some(Trait::new("all that reaches webmail", "100 % of its drafts name their step")),
        ..column(
            "available",
            "Save draft is available",
            Method::Service,
            Status::Failing.into(),
            "205 of 205 failed in 5 min",
            save_draft_sli(),
        )
    };
    let fast = MethodColumn {
        cost: Some(Trait::new("nothing more", "the same spans")),
        confidence: Some(Trait::new("every good attempt timed", "none sampled, 0 lost")),
        latency: Some(Trait::new("62 s to a number", "p95")),
        coverage: Some(Trait::new("all that reaches webmail", "not the browser, not the way there")),
        ..column(
            "fast",
            "Save draft is fast",
            Method::Service,
            Status::Met.into(),
            "a failed attempt is not timed",
            within(sli_at(996_400, T99), 800),
        )
    };
    vec![
        available,
        fast,
        column(
            "in-browser",
            "Save draft works in the browser",
            Method::Client,
            unfed,
            "no client event has come for this step",
            not_measured(T99, None),
        ),
        column(
            "opens-again",
            "A saved draft opens again",
            Method::EndToEnd,
            unfed,
            "both ends would have to be joined",
            not_measured(T995, Some(60_000)),
        ),
    ]
}
