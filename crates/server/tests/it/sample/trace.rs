//! `explain` for one failed draft.

use throughline_server::view::path::{self, By};
use throughline_server::view::prose::{Link, Prose};
use throughline_server::view::trace::{
    AttemptAnswer, CameIn, Condition, Counted, Fate, Kept, KeptGroup, NotKept, Outcome, SpanRow, Trace,
    Whose, WhoseAnswer,
};

use super::{NOW, OTHERS, TRACE, step_link};

pub(crate) fn trace() -> Trace {
    Trace::Kept(Box::new(Kept {
        id: TRACE.to_owned(),
        at: NOW.minus_seconds(2),
        took_ns: 41_000_000,
        services: 3,
        say: Prose::new()
            .strong("One attempt at ")
            .link("Save draft", path::step("mail", "save-draft"))
            .strong(", and it is bad: HTTP 503.")
            .text(" Storage refused the write because its quota is exceeded; mail's Save passed the error on, and webmail answered 503. Counted once, in minute 14:04."),
        crumbs: vec![
            Link::new("Impact", path::impact("mail", By::Service, None)),
            Link::new("storage, Save draft", path::impact_cell("mail", By::Service, 15, "storage", Some("save-draft"))),
        ],
        spans: spans(),
        folded: 0,
        attempts: vec![answer()],
        came_in: CameIn {
            received: 9,
            counted: 4,
            filtered: 4,
            unmatched: 0,
            duplicate: 1,
            rejected: 0,
            late: "none: all here by 14:05:01".to_owned(),
            traffic: "interactive, not sampled".to_owned(),
            kept: "one of 5 for Save draft, bad, HTTP 503".to_owned(),
        },
        others: OTHERS.map(str::to_owned).to_vec(),
    }))
}

#[expect(clippy::too_many_lines, reason = "a table of the sample moment")]
fn spans() -> Vec<SpanRow> {
    let span = |depth: u32,
                service: &str,
                operation: &str,
                kind: &str,
                times: (i64, u64),
                fate: Fate,
                became: Prose| SpanRow {
        depth,
        service: service.to_owned(),
        operation: operation.to_owned(),
        kind: kind.to_owned(),
        start_ns: times.0 * 1_000_000,
        took_ns: times.1 * 1_000_000,
        fate,
        became,
        rule: None,
    };
    let calling = || Prose::from("filtered: the calling side");
    vec![
        span(
            0,
            "webmail",
            "POST /api/drafts",
            "server",
            (0, 41),
            Fate::PassedOn,
            Prose::new().strong("the attempt: bad").text(", HTTP 503"),
        ),
        span(1, "webmail", "calls mail Save", "client", (2, 37), Fate::Filtered, calling()),
        span(
            2,
            "mail",
            "Save",
            "server",
            (4, 34),
            Fate::PassedOn,
            "mail × Save draft: error, passed on".into(),
        ),
        span(3, "mail", "render draft", "internal", (5, 4), Fate::Filtered, "filtered: inside mail".into()),
        span(3, "mail", "calls storage get", "client", (10, 7), Fate::Filtered, calling()),
        span(4, "storage", "get", "server", (11, 5), Fate::Good, "storage × Save draft: good".into()),
        span(3, "mail", "calls storage put", "client", (19, 18), Fate::Filtered, calling()),
        span(
            4,
            "storage",
            "put",
            "server",
            (21, 14),
            Fate::Began,
            Prose::new().strong("storage × Save draft: error").text(", quota exceeded"),
        ),
        span(
            4,
            "storage",
            "put, again",
            "server",
            (21, 14),
            Fate::Duplicate,
            "duplicate: sent twice, dropped".into(),
        ),
    ]
}

fn answer() -> AttemptAnswer {
    let whose =
        |asked: &str, answer: WhoseAnswer, because: Prose| Whose { asked: asked.to_owned(), answer, because };
    let condition = |asked: &str, rule: &str, found: &str, answer: &str, decides: bool| Condition {
        asked: asked.to_owned(),
        rule: rule.to_owned(),
        found: found.to_owned(),
        answer: answer.to_owned(),
        decides,
    };
    let counted = |at: Link, note: &str, counted_as: &str, counted_note: &str| Counted {
        at,
        note: note.to_owned(),
        counted_as: counted_as.to_owned(),
        counted_note: counted_note.to_owned(),
    };
    let slo = |name: &str, title: &str| Link::new(title, path::slo(&format!("mail/save-draft/{name}")));
    let cell = |service: &str| {
        Link::new(
            format!("{service} × Save draft"),
            path::impact_cell("mail", By::Service, 15, service, Some("save-draft")),
        )
    };
    let baggage = Prose::new()
        .text("baggage of the request says ")
        .code("throughline.step=save-draft")
        .text("; the client goes before rules");
    AttemptAnswer {
        step: Some(step_link("save-draft", "Save draft")),
        outcome: Outcome::Bad,
        whose: vec![
            whose("The browser: Save draft", WhoseAnswer::Taken, baggage),
            whose(
                "Rule of Save draft",
                WhoseAnswer::Agrees,
                Prose::new().code("webmail POST /api/drafts").text(", exact: same service, method and route"),
            ),
            whose(
                "Rule of Send mail",
                WhoseAnswer::Nearly,
                Prose::new().code("webmail POST /api/messages").text(": the path differs in its last part"),
            ),
            whose(
                "Rule of Open message",
                WhoseAnswer::Nearly,
                Prose::new().code("webmail GET /api/messages/*").text(": other method, other path"),
            ),
        ],
        conditions: vec![
            condition("Not counted: wrong request", "http.status: \"400-499\"", "503", "no", false),
            condition(
                "Bad: webmail answers 500 or above",
                "http.status: \">=500\"",
                "503",
                "yes, this decides",
                true,
            ),
            condition("Bad: mail names an error", "mail.error: \"*\"", "not set", "not asked", false),
            condition("Good: webmail answers without error", "status: ok", "error", "not asked", false),
            condition(
                "Good: storage was asked to keep it",
                "contains: storage / put",
                "after 21 ms",
                "not asked",
                false,
            ),
        ],
        counted: vec![
            counted(
                slo("available", "Save draft is available"),
                "service · minute 14:04",
                "bad",
                "41 of 41 in that minute",
            ),
            counted(
                slo("fast", "Save draft is fast"),
                "service · minute 14:04",
                "not timed",
                "failed attempts are not",
            ),
            counted(cell("webmail"), "", "1 error", ""),
            counted(cell("mail"), "", "1 error", ""),
            counted(cell("storage"), "", "1 good, 1 error", ""),
        ],
    }
}

pub(crate) fn not_kept() -> Trace {
    Trace::NotKept(NotKept {
        id: "9d3e51aa0b7c4e2f8d6610f3a2c47b70".to_owned(),
        is_id: true,
        each: 5,
        bytes_max: 32 << 20,
        kept: vec![KeptGroup {
            step: step_link("save-draft", "Save draft"),
            outcome: Outcome::Bad,
            reason: "HTTP 503".to_owned(),
            traces: vec![TRACE.to_owned(), OTHERS[0].to_owned()],
        }],
    })
}
