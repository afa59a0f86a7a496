//! What each scenario does to the product, against the same twenty minutes without it.

use std::collections::HashSet;

use throughline_sim::Scenario;

use crate::oracle::{FROM_NS, MINUTE_NS, Played, Seen, twenty_minutes};

/// Five minutes without the fault, fifteen of it.
const FAULT_NS: u64 = FROM_NS + 5 * MINUTE_NS;

fn with(scenario: Scenario) -> (Played, Played) {
    (twenty_minutes(Scenario::None, None), twenty_minutes(scenario, Some(FAULT_NS)))
}

/// The attempts of a step since the fault, and the share of them that failed.
fn failing(played: &Played, service: &str, name: &str) -> (usize, f64) {
    let hit = played.of(service, name).filter(|seen| seen.span.start_time_unix_nano >= FAULT_NS);
    let failed = hit.map(Seen::failed).collect::<Vec<_>>();
    (failed.len(), failed.iter().filter(|failed| **failed).count() as f64 / failed.len() as f64)
}

/// The spans of all traces but those that begin with one of `names`.
fn but<'a>(played: &'a Played, names: &[&str]) -> Vec<&'a Seen> {
    let roots = played.spans.iter().filter(|seen| seen.span.parent_span_id.is_empty());
    let skipped = roots.filter(|seen| names.contains(&&*seen.span.name));
    let skipped = skipped.map(|seen| &seen.span.trace_id).collect::<HashSet<_>>();
    let mut rest =
        played.spans.iter().filter(|seen| !skipped.contains(&seen.span.trace_id)).collect::<Vec<_>>();
    rest.sort_by(|a, b| a.span.span_id.cmp(&b.span.span_id));
    rest
}

fn failures(played: &Played) -> usize {
    played.entries().filter(|seen| seen.failed()).count()
}

fn median_ms(played: &Played, name: &str) -> u64 {
    let hit = played.of("webmail", name).filter(|seen| seen.span.start_time_unix_nano >= FAULT_NS);
    let mut took = hit.map(Seen::took_ns).collect::<Vec<_>>();
    took.sort_unstable();
    took[took.len() / 2] / 1_000_000
}

#[test]
fn fault_begins_at_its_moment() {
    for scenario in Scenario::all() {
        let (healthy, faulty) = with(scenario);
        let before = |played: &Played| {
            let spans = played.spans.iter().filter(|seen| seen.span.end_time_unix_nano < FAULT_NS);
            spans.map(|seen| seen.span.span_id.clone()).collect::<HashSet<_>>()
        };
        assert!(before(&healthy) == before(&faulty), "{scenario}");
    }
}

#[test]
fn save_draft_fails_every_draft_and_two_percent_of_storage() {
    let (healthy, faulty) = with(Scenario::SaveDraft);
    for (service, name) in [
        ("webmail", "PUT /api/drafts/{id}"),
        ("mail", "mail.v1.Drafts/Save"),
        ("storage", "storage.v1.Blobs/Put"),
    ] {
        let (attempts, share) = failing(&faulty, service, name);
        assert!(attempts > 180 && share == 1.0, "{name}: {attempts}, {share}");
    }
    let put = faulty.of("storage", "storage.v1.Blobs/Put").last().unwrap();
    assert_eq!(put.span.status.as_ref().unwrap().message, "quota exceeded");
    let storage = faulty
        .entries()
        .filter(|seen| seen.service == "storage" && seen.span.start_time_unix_nano >= FAULT_NS);
    let failed = storage.map(Seen::failed).collect::<Vec<_>>();
    let share = failed.iter().filter(|failed| **failed).count() as f64 / failed.len() as f64;
    assert!((0.016..0.024).contains(&share), "{share:.4}");
    assert!(but(&healthy, &["PUT /api/drafts/{id}"]) == but(&faulty, &["PUT /api/drafts/{id}"]));
}

#[test]
fn silent_ends_sending_and_every_service_looks_better() {
    let (healthy, faulty) = with(Scenario::Silent);
    let gone = ["GET /api/addresses", "POST /api/spelling", "PUT /api/drafts/{id}", "POST /api/messages"];
    for name in gone {
        assert_eq!(failing(&faulty, "webmail", name).0, 0, "{name}");
    }
    let compose = faulty.of("webmail", "GET /compose");
    let compose = compose.filter(|seen| seen.span.start_time_unix_nano >= FAULT_NS).collect::<Vec<_>>();
    assert!(compose.iter().all(|seen| seen.number("http.response.status_code") == Some(200)));
    assert!(compose.len() > failing(&healthy, "webmail", "GET /compose").0);
    assert!(median_ms(&faulty, "GET /compose") * 3 < median_ms(&healthy, "GET /compose"));
    assert!(failures(&faulty) <= failures(&healthy));
    let touched = [&gone[..], &["GET /compose"]].concat();
    assert!(but(&healthy, &touched) == but(&faulty, &touched));
}

#[test]
fn slow_auth_delays_six_of_ten_and_fails_none() {
    let (healthy, faulty) = with(Scenario::SlowAuth);
    for (service, name) in [("webmail", "POST /login"), ("auth", "auth.v1.Sessions/Create")] {
        let hit = faulty.of(service, name).filter(|seen| seen.span.start_time_unix_nano >= FAULT_NS);
        let slow = hit.map(|seen| seen.took_ns() >= 2_500_000_000).collect::<Vec<_>>();
        let share = slow.iter().filter(|slow| **slow).count() as f64 / slow.len() as f64;
        assert!((0.47..0.73).contains(&share), "{name}: {share:.3}");
    }
    assert!(failures(&faulty) <= failures(&healthy));
    // Attempts that a delay carries over the end are not sent any more.
    let end_ns = FROM_NS + 19 * MINUTE_NS;
    let rest = |played| {
        let mut rest = but(played, &["POST /login"]);
        rest.retain(|seen| seen.span.end_time_unix_nano < end_ns);
        rest.into_iter().cloned().collect::<Vec<_>>()
    };
    assert!(rest(&healthy) == rest(&faulty));
}

#[test]
fn partial_outage_fails_some_messages_and_fewer_inboxes() {
    let (_, faulty) = with(Scenario::PartialOutage);
    for (name, rpc, expected) in [
        ("GET /api/messages/{id}", "mail.v1.Messages/Get", 0.30),
        ("GET /api/messages", "mail.v1.Messages/List", 0.12),
    ] {
        let (attempts, share) = failing(&faulty, "webmail", name);
        let deviation = (expected * (1.0 - expected) / attempts as f64).sqrt();
        assert!((share - expected).abs() < 3.5 * deviation + 0.01, "{name}: {share:.3}");
        assert!(failing(&faulty, "mail", rpc).1 >= share * 0.95);
    }
    let failed = faulty.of("webmail", "GET /api/messages/{id}").filter(|seen| seen.failed());
    let codes = failed.filter_map(|seen| seen.number("http.response.status_code")).collect::<HashSet<_>>();
    assert!(codes.contains(&503));
}
