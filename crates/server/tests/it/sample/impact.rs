//! Impact, operations and quality.

use throughline_server::view::impact::{Cell, Column, Example, Examples, Impact, Meaning, Row};
use throughline_server::view::number::ppb;
use throughline_server::view::operations::{Draft, NoStep, Operation, Operations, Tie};
use throughline_server::view::path::By;
use throughline_server::view::prose::Prose;
use throughline_server::view::quality::{
    Agreement, Became, Conservation, Coverage, Limit, Quality, Rejected, Signal, Source, Ticks, Unit,
};
use throughline_server::view::sli::Share;
use throughline_server::view::word::{Criticality, Status};

use super::{NOW, OTHERS, TRACE, at, lost, objective_link, product, severity_now, step_link};

const COLUMNS: [(&str, &str, u64, u64); 10] = [
    ("login", "Log in", 1, 1_180),
    ("open-compose", "Open compose", 1, 640),
    ("save-draft", "Save draft", 615, 615),
    ("send-mail", "Send mail", 0, 402),
    ("lookup-addresses", "Look up addresses", 5, 372),
    ("open-inbox", "Open inbox", 0, 1_320),
    ("open-message", "Open message", 1, 1_810),
    ("receive-mail", "Receive mail", 0, 253),
    ("check-spelling", "Check spelling", 0, 905),
    ("filter-spam", "Filter spam", 0, 253),
];

pub(crate) fn impact(by: By) -> Impact {
    let mut columns: Vec<Column> = COLUMNS
        .iter()
        .map(|&(id, name, bad, of)| Column {
            step: Some(step_link(id, name)),
            id: Some(id.to_owned()),
            criticality: Criticality::Critical,
            failed: Share::new(bad, of),
            note: String::new(),
            worst: id == "save-draft",
        })
        .collect();
    columns.push(Column {
        step: None,
        id: None,
        criticality: Criticality::None,
        failed: Share::new(2, 100),
        note: String::new(),
        worst: false,
    });
    Impact {
        product: product(),
        by,
        window_minutes: 15,
        windows: vec![5, 15, 60, 360, 1_440],
        from: at(13, 50),
        to: NOW,
        say: Prose::new()
            .strong("Storage fails 2 % of its requests, and that 2 % is every attempt at Save draft.")
            .text(" Its other 98 % serve everything else, which is why its own SLO (99 % over 28 days) is still met and silent about it."),
        rows: rows(),
        columns,
        examples: Some(examples()),
        meaning: Some(Meaning {
            objective: objective_link("compose-mail", "Compose mail"),
            state: Status::Failing.into(),
            severity: Some(severity_now()),
            lost: lost(),
            annotated: Share::new(49_900, 50_000),
            annotated_ppb: ppb(49_900, 50_000),
        }),
        empty: None,
    }
}

fn rows() -> Vec<Row> {
    type Hits = &'static [(usize, u64)];
    let services: [(&str, u64, u64, Hits); 8] = [
        ("storage", 615, 30_750, &[(2, 615)]),
        ("mail", 616, 4_400, &[(2, 615), (6, 1)]),
        ("webmail", 623, 7_306, &[(0, 1), (1, 1), (2, 615), (4, 5), (6, 1)]),
        ("address book", 7, 1_116, &[(4, 5), (10, 2)]),
        ("auth", 1, 4_720, &[(0, 1)]),
        ("spelling", 0, 905, &[]),
        ("spam filter", 0, 253, &[]),
        ("mta", 0, 655, &[]),
    ];
    let row = |(service, bad, of, hits): (&str, u64, u64, Hits)| {
        let cell = |column: usize| {
            let (_, errors) = *hits.iter().find(|hit| hit.0 == column)?;
            let failing = COLUMNS.get(column).map(|step| step.2);
            Some(Cell {
                errors,
                attempts: errors,
                of_service_ppb: ppb(errors, bad).unwrap_or(0),
                of_step_ppb: failing.and_then(|failing| ppb(errors, failing)),
            })
        };
        Row {
            service: service.to_owned(),
            errors: Share::new(bad, of),
            errors_ppb: ppb(bad, of),
            cells: (0..=COLUMNS.len()).map(cell).collect(),
        }
    };
    services.map(row).to_vec()
}

fn examples() -> Examples {
    let what = || {
        Prose::new().text("webmail POST /api/drafts 503 ← mail Save ← ").strong("storage put: quota exceeded")
    };
    let rows = [(TRACE, 2, 41), (OTHERS[0], 3, 38), (OTHERS[1], 5, 44)].map(|(trace, ago, ms)| Example {
        at: NOW.minus_seconds(ago),
        trace: trace.to_owned(),
        what: what(),
        took_ns: Some(ms * 1_000_000),
    });
    Examples { service: "storage".to_owned(), step: "Save draft".to_owned(), rows: rows.to_vec() }
}

pub(crate) fn operations() -> Operations {
    let row = |service: &str, operation: &str, bad: u64, of: u64, reason: NoStep, next: Prose| Operation {
        service: service.to_owned(),
        operation: operation.to_owned(),
        errors: Share::new(bad, of),
        errors_ppb: ppb(bad, of),
        undecided: 0,
        reason,
        next,
        has_draft: service == "webmail" || service == "address book",
        example: None,
    };
    let leave = || Prose::from("machines call it: leave it");
    let tie = Prose::new().text("give one rule ").code("priority: 1");
    Operations {
        from: at(13, 5),
        to: NOW,
        say: Prose::new()
            .strong("400 of 200,420 requests belong to no step")
            .text(" (0.2 %). Five operations make all of them; the first comes from outside."),
        without: Share::new(400, 200_420),
        rows: vec![
            row("webmail", "POST /api/attachments", 3, 216, NoStep::NoRule, Prose::new()),
            row(
                "address book",
                "POST /contacts/import",
                8,
                88,
                NoStep::NoRule,
                "or batch: mark its traffic".into(),
            ),
            row("auth", "GET /.well-known/jwks.json", 0, 48, NoStep::NoRule, leave()),
            row("webmail", "GET /api/messages/search", 0, 32, NoStep::Ambiguous, tie),
            row("storage", "POST /gc", 0, 16, NoStep::NoRule, leave()),
        ],
        beyond: 0,
        draft: Some(draft()),
        ties: vec![Tie {
            operation: "GET /api/messages/search".to_owned(),
            says: Prose::new()
                .text("fits ")
                .code("GET /api/messages/*")
                .text(" of Open message and ")
                .code("GET /api/*/search")
                .text(" of Look up addresses equally well."),
        }],
        empty: None,
    }
}

fn draft() -> Draft {
    let yaml = "# steps of product mail; say in the user's words what it is\nattachments:\n  name: Attachments\n  description: \"\"\n  class: auxiliary\n  actions:\n    - {service: webmail, operation: \"POST /api/attachments\"}\n  success: {status: ok}\n  failure: {http.status: \">=500\"}\n  exclude: {http.status: \"400-499\"}\n  slos:\n    - {name: available, method: service, target: 99%, window: 28d}\n# and in the flow of compose-mail:\n    - {step: attachments, optional: true}";
    Draft {
        service: "webmail".to_owned(),
        operation: "POST /api/attachments".to_owned(),
        yaml: yaml.to_owned(),
        matches: Share::new(216, 216),
        takes_from: vec![],
        good: 213,
        bad: 3,
        sli_ppb: ppb(213, 216),
        target_ppb: 990_000_000,
        then_without: Share::new(184, 200_420),
    }
}

fn became(records: u64, received: u64, most: &str) -> Became {
    let most = if most.is_empty() { Prose::new() } else { most.into() };
    Became { records, share_ppb: ppb(records, received), most }
}

pub(crate) fn quality() -> Quality {
    let spans = 419_154;
    let plain = |signal: Signal, records: u64, most: &str| Conservation {
        signal,
        received: records,
        counted: became(0, records, ""),
        filtered: became(records, records, most),
        unmatched: became(0, records, ""),
        duplicate: became(0, records, ""),
        rejected: became(0, records, ""),
    };
    let traces = Conservation {
        signal: Signal::Traces,
        received: spans,
        counted: became(200_020, spans, "entry requests of 8 services"),
        filtered: became(
            217_492,
            spans,
            "216,880 spans inside a request: no entry span; 612 sessions of several steps: no request",
        ),
        unmatched: became(400, spans, "368 no rule; 32 two rules tie"),
        duplicate: became(1_206, spans, "3 bodies sent twice by the collector after a timeout"),
        rejected: became(36, spans, "36 trace ids of 15 bytes from import-job"),
    };
    let (coverage, all) = coverage();
    Quality {
        from: at(13, 5),
        to: NOW,
        say: Prose::new()
            .strong("Every record is accounted for, and 99.8 % of requests name their step.")
            .text(
                " One source is late: the MTA's delivery log stopped at 11:02, so Receive mail waits for it.",
            ),
        signals: vec![
            traces,
            plain(Signal::Logs, 12_040, "no step reads them"),
            plain(Signal::Metrics, 38_880, "no SLO reads them"),
        ],
        coverage,
        all: Some(all),
        agreement: Some(Agreement { same: 24_173, both: 24_180, share_ppb: ppb(24_173, 24_180) }),
        sources: sources(),
        late_attempts: 14,
        rejected: vec![Rejected {
            signal: Signal::Traces,
            reason: "trace id of 15 bytes".to_owned(),
            records: 36,
            from: "import-job".to_owned(),
        }],
        limits: limits(),
        notes: Vec::new(),
        unknown_words: Vec::new(),
        ticks: Ticks {
            last: Some(NOW.plus_seconds(50)),
            done: 8_640,
            took_ns: Some(4_200_000),
            took_p95_ns: Some(7_000_000),
            late: 0,
        },
        empty: None,
    }
}

fn coverage() -> (Vec<Coverage>, Coverage) {
    let row = |service: &str, entries: u64, client: u64, rule: u64, trace: u64| Coverage {
        service: service.to_owned(),
        entries,
        with_step_ppb: ppb(client + rule + trace, entries),
        by_client: client,
        by_rule: rule,
        by_trace: trace,
        without: entries - client - rule - trace,
    };
    let rows = vec![
        row("webmail", 29_224, 24_180, 4_796, 0),
        row("storage", 123_000, 0, 0, 122_984),
        row("auth", 18_880, 0, 0, 18_832),
        row("mail", 17_600, 0, 0, 17_600),
        row("address book", 4_464, 0, 0, 4_376),
        row("spelling", 3_620, 0, 0, 3_620),
        row("mta", 2_620, 0, 1_012, 1_608),
        row("spam filter", 1_012, 0, 1_012, 0),
    ];
    (rows, row("all", 200_420, 24_180, 6_820, 169_020))
}

fn sources() -> Vec<Source> {
    let source = |name: &str, (minutes_behind, waits): (u64, Prose)| Source {
        name: name.to_owned(),
        late: minutes_behind > 0,
        last: NOW.minus_seconds((minutes_behind + 1) * 60),
        behind_seconds: (minutes_behind > 0).then_some(minutes_behind * 60),
        waits,
    };
    let receive = Prose::new().link("Receive mail", step_link("receive-mail", "").href);
    vec![
        source("MTA delivery log", (182, receive)),
        source("webmail", (0, "nothing".into())),
        source("storage", (0, "nothing".into())),
        source("address book", (0, "nothing".into())),
    ]
}

fn limits() -> Vec<Limit> {
    let limit = |name: &str, unit: Unit, max: u64, used: u64, reached: u64, note: &str| Limit {
        name: name.to_owned(),
        unit,
        max,
        used: Some(used),
        reached: Some(reached),
        note: note.to_owned(),
    };
    vec![
        limit("read of a value", Unit::Bytes, 8 << 10, 31 << 10, 3, "storage, db.statement"),
        limit("a body", Unit::Bytes, 64 << 20, 2 << 20, 0, ""),
        limit("attributes a span", Unit::Count, 256, 41, 0, ""),
        limit("names", Unit::Count, 65_536, 1_204, 0, ""),
        limit("of open traces", Unit::Bytes, 64 << 20, 18 << 20, 0, ""),
    ]
}
