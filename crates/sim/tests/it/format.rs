//! The bytes: counts, ids, parents, times, order and size; the same seed gives the same of them.

use std::collections::HashMap;

use throughline_sim::Scenario;

use crate::oracle::{MINUTE_NS, Played, Seen, config, play, twenty_minutes};

const SECOND_NS: u64 = 1_000_000_000;

#[test]
fn spans_are_counted_exactly() {
    let played = play(config(Scenario::None, None), 3, 700_000_000);
    let promised: u64 = played.bodies.iter().map(|body| u64::from(body.0)).sum();
    assert_eq!(played.spans.len() as u64, promised);
    assert_eq!(played.spans_total, promised);
}

#[test]
fn bodies_are_sent_in_order_and_after_their_spans() {
    for step_ns in [20 * MINUTE_NS, 250_000_000] {
        let played = play(config(Scenario::None, None), 4, step_ns);
        assert!(played.bodies.windows(2).all(|pair| pair[0].3 <= pair[1].3));
        for (_, _, newest_ns, sent_at_ns) in &played.bodies {
            assert!(newest_ns < sent_at_ns);
        }
    }
}

#[test]
fn nothing_is_sent_late() {
    let played = twenty_minutes(Scenario::None, None);
    for (spans, oldest_ns, _, sent_at_ns) in &played.bodies {
        assert!(sent_at_ns - oldest_ns < 40 * SECOND_NS);
        assert!((1..600).contains(spans));
    }
}

#[test]
fn same_seed_gives_the_same_bytes_and_another_seed_others() {
    let bytes = |seed| {
        let mut config = config(Scenario::SaveDraft, Some(crate::oracle::FROM_NS + MINUTE_NS));
        config.seed = seed;
        play(config, 2, SECOND_NS).bytes
    };
    assert!(bytes(7) == bytes(7));
    assert!(bytes(7) != bytes(8));
}

#[test]
fn spans_do_not_depend_on_how_the_playing_is_divided_up() {
    let ids = |step_ns| {
        let mut spans = play(config(Scenario::None, None), 3, step_ns).spans;
        spans.sort_by(|a, b| a.span.span_id.cmp(&b.span.span_id));
        spans
    };
    let (live, bulk) = (ids(250_000_000), ids(MINUTE_NS));
    assert!(live == bulk);
}

#[test]
fn ids_are_set_and_unique() {
    let played = twenty_minutes(Scenario::None, None);
    let ids = played.spans.iter().map(|seen| &seen.span.span_id).collect::<std::collections::HashSet<_>>();
    assert_eq!(ids.len(), played.spans.len());
    for Seen { span, .. } in &played.spans {
        assert!(span.trace_id.len() == 16 && span.trace_id.iter().any(|byte| *byte != 0));
        assert!(span.span_id.len() == 8 && span.span_id.iter().any(|byte| *byte != 0));
    }
}

#[test]
fn parents_are_in_the_same_trace_and_body_and_hold_their_children() {
    let played = twenty_minutes(Scenario::None, None);
    let by_id = played.spans.iter().map(|seen| (&seen.span.span_id[..], seen)).collect::<HashMap<_, _>>();
    for seen in &played.spans {
        let span = &seen.span;
        assert!(span.start_time_unix_nano < span.end_time_unix_nano);
        if span.parent_span_id.is_empty() {
            assert_eq!(span.flags, 0x101);
            continue;
        }
        let parent = by_id[&span.parent_span_id[..]];
        assert_eq!(parent.span.trace_id, span.trace_id);
        assert_eq!(span.flags, if parent.service == seen.service { 0x101 } else { 0x301 });
        assert!(parent.span.start_time_unix_nano <= span.start_time_unix_nano);
        // A consumer works after its sender is done.
        assert!(span.kind == 5 || span.end_time_unix_nano <= parent.span.end_time_unix_nano);
    }
}

#[test]
fn errors_are_told_in_every_field() {
    let played = twenty_minutes(Scenario::None, None);
    for seen in &played.spans {
        let http = seen.number("http.response.status_code");
        let grpc = seen.number("rpc.grpc.status_code");
        let error = http.is_some_and(|code| code >= 500) || grpc.is_some_and(|code| matches!(code, 13 | 14));
        let queue = seen.text("messaging.operation.name").is_some();
        assert!(seen.failed() == error || queue, "{seen:?}");
        assert_eq!(seen.text("error.type").is_some(), seen.failed());
        assert_eq!(seen.span.status.as_ref().is_some_and(|status| !status.message.is_empty()), seen.failed());
    }
}

#[test]
fn spans_are_lean() {
    let played = twenty_minutes(Scenario::None, None);
    let mean = played.bytes.len() / played.spans.len();
    assert!((150..260).contains(&mean), "{mean} bytes a span");
}

#[test]
fn bytes_do_not_name_the_scenario() {
    for scenario in Scenario::all() {
        let Played { bytes, .. } = play(config(scenario, Some(0)), 2, MINUTE_NS);
        let said = String::from_utf8_lossy(&bytes).to_lowercase();
        for word in ["scenario", "fault", "silent", "slow-auth", "partial", "outage", "simul", "demo"] {
            assert!(!said.contains(word), "{scenario} says `{word}`");
        }
    }
}
