//! `/metrics`: what the server knows about itself, in the Prometheus text format. One place lists every metric.

use std::fmt::Write;

use throughline_core::annotate::names::NAMES_MAX;
use throughline_core::count::ledger::{FILTERED_WORDS, Ledger, Rejected, UNMATCHED_WORDS};
use throughline_core::count::shard::{ENTRIES_MAX, SharedLimits};
use throughline_core::observation::Signal;

use crate::live::Live;
use crate::receive::tally::Requests;

/// A metric's name, type and meaning.
struct Metric {
    name: &'static str,
    kind: &'static str,
    help: &'static str,
}

const RECORDS: Metric = Metric {
    name: "throughline_records",
    kind: "gauge",
    help: "Records by signal and state; received = counted + duplicate + rejected + filtered + unmatched.",
};
const REASONS: Metric = Metric {
    name: "throughline_spans",
    kind: "gauge",
    help: "Spans that are rejected, filtered or unmatched, by reason.",
};
const LATE: Metric = Metric {
    name: "throughline_late_attempts",
    kind: "gauge",
    help: "Attempts that arrived 60 s or more after their minute ended.",
};
const LATE_ANNOTATIONS: Metric = Metric {
    name: "throughline_late_annotations",
    kind: "gauge",
    help: "Spans whose annotation came more than 10 min after them.",
};
const AGREEMENT: Metric = Metric {
    name: "throughline_annotation_agreement",
    kind: "gauge",
    help: "Entry spans of which client and rule both speak, and of these those that say the same.",
};
const LIMITS: Metric = Metric {
    name: "throughline_limit_reached_total",
    kind: "counter",
    help: "How often a limit was reached.",
};
const WAITING: Metric = Metric {
    name: "throughline_trace_spans",
    kind: "gauge",
    help: "Spans kept for their traces, and how many there may be.",
};
const BODIES: Metric =
    Metric { name: "throughline_bodies_total", kind: "counter", help: "Request bodies taken and refused." };
const REQUESTS: Metric = Metric {
    name: "throughline_requests_total",
    kind: "counter",
    help: "Export requests by transport, signal and answer, at the newest look.",
};
const REQUESTS_REFUSED: Metric = Metric {
    name: "throughline_requests_refused_total",
    kind: "counter",
    help: "Export requests refused as a whole, by reason.",
};
const IN_FLIGHT: Metric = Metric {
    name: "throughline_in_flight_bytes",
    kind: "gauge",
    help: "Bytes of bodies being read or counted, and how many there may be.",
};
const REGISTRY: Metric = Metric {
    name: "throughline_registry_info",
    kind: "gauge",
    help: "1 for the registry version in use; refused is 1 while the last edit is refused.",
};
const TICKS: Metric =
    Metric { name: "throughline_ticks_total", kind: "counter", help: "Looks of the evaluator." };

/// Returns the whole page; the ledger is read as one value.
pub fn text(live: &Live, ledger: &Ledger) -> String {
    let mut page = String::with_capacity(4_096);
    records(&mut page, ledger);
    head(&mut page, &LATE);
    sample(&mut page, &LATE, "", ledger.late);
    head(&mut page, &LATE_ANNOTATIONS);
    sample(&mut page, &LATE_ANNOTATIONS, "", ledger.late_annotation);
    head(&mut page, &AGREEMENT);
    sample(&mut page, &AGREEMENT, "{say=\"same\"}", ledger.agreement[0]);
    sample(&mut page, &AGREEMENT, "{say=\"both\"}", ledger.agreement[1]);
    limits(&mut page, live);
    head(&mut page, &BODIES);
    let refused = live.receiving.bodies_refused;
    sample(&mut page, &BODIES, "{state=\"taken\"}", live.receiving.bodies.saturating_sub(refused) as i64);
    sample(&mut page, &BODIES, "{state=\"refused\"}", refused as i64);
    requests(&mut page, live);
    head(&mut page, &REGISTRY);
    let labels = format!("{{version=\"{:016x}\"}}", live.registry.version);
    sample(&mut page, &REGISTRY, &labels, 1);
    sample(&mut page, &REGISTRY, "{refused=\"true\"}", live.source.refused.is_some().into());
    head(&mut page, &TICKS);
    sample(&mut page, &TICKS, "", live.ticks.done as i64);
    page
}

fn records(page: &mut String, ledger: &Ledger) {
    head(page, &RECORDS);
    for (signal, word) in [(Signal::Traces, "traces"), (Signal::Logs, "logs"), (Signal::Metrics, "metrics")] {
        for (state, n) in ledger.signal(signal).named() {
            sample(page, &RECORDS, &format!("{{signal=\"{word}\",state=\"{state}\"}}"), n);
        }
    }
    head(page, &REASONS);
    let rejected = Rejected::ALL.map(Rejected::word);
    let groups: [(&str, &[&str], &[i64]); 3] = [
        ("rejected", &rejected, &ledger.rejected),
        ("filtered", &FILTERED_WORDS, &ledger.filtered),
        ("unmatched", &UNMATCHED_WORDS, &ledger.unmatched),
    ];
    for (state, words, counts) in groups {
        for (reason, n) in words.iter().zip(counts) {
            sample(page, &REASONS, &format!("{{state=\"{state}\",reason=\"{reason}\"}}"), *n);
        }
    }
}

fn requests(page: &mut String, live: &Live) {
    let Some(snapshot) = &live.receiving.requests else { return };
    head(page, &REQUESTS);
    for Requests { transport, signal, class, count } in &snapshot.requests {
        let signal = match signal {
            Signal::Traces => "traces",
            Signal::Logs => "logs",
            Signal::Metrics => "metrics",
        };
        let (transport, class) = (transport.word(), class.word());
        let labels = format!("{{transport=\"{transport}\",signal=\"{signal}\",answer=\"{class}\"}}");
        sample(page, &REQUESTS, &labels, *count as i64);
    }
    head(page, &REQUESTS_REFUSED);
    for (reason, n) in &snapshot.refused {
        sample(page, &REQUESTS_REFUSED, &format!("{{reason=\"{}\"}}", reason.word()), *n as i64);
    }
    head(page, &IN_FLIGHT);
    sample(page, &IN_FLIGHT, "{what=\"now\"}", snapshot.in_flight_bytes as i64);
    sample(page, &IN_FLIGHT, "{what=\"limit\"}", snapshot.in_flight_bytes_max as i64);
}

fn limits(page: &mut String, live: &Live) {
    let SharedLimits { traces, fingerprints_forgotten, bodies_forgotten, news_dropped, entries } =
        live.limits;
    let notes = &live.notes;
    let reached = [
        ("trace_table", traces.evicted),
        ("spans_of_a_trace", traces.spans),
        ("links_to_a_trace", traces.watches),
        ("links_in_a_row", news_dropped),
        ("fingerprints", fingerprints_forgotten),
        ("body_hashes", bodies_forgotten),
        ("attributes_of_a_span", notes.attributes_beyond),
        ("links_of_a_span", notes.links_skipped),
        ("bytes_of_a_value", notes.texts_cut),
        ("bytes_of_pinned_traces", live.examples.pins().reached()),
        ("operations_without_a_step", live.book.reached().strays),
        ("reasons_of_a_step", live.book.reached().reasons),
        ("unknown_words", live.unknown_more),
        ("memo", live.memo_resets),
        ("names", live.interned.sizes().iter().filter(|n| **n >= NAMES_MAX - 1).count() as u64),
    ];
    head(page, &LIMITS);
    for (limit, n) in reached {
        sample(page, &LIMITS, &format!("{{limit=\"{limit}\"}}"), n as i64);
    }
    head(page, &WAITING);
    sample(page, &WAITING, "{what=\"kept\"}", entries as i64);
    sample(page, &WAITING, "{what=\"limit\"}", ENTRIES_MAX as i64);
}

fn head(page: &mut String, metric: &Metric) {
    let Metric { name, kind, help } = metric;
    let written = write!(page, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    debug_assert!(written.is_ok(), "writing to a string cannot fail");
}

fn sample(page: &mut String, metric: &Metric, labels: &str, n: i64) {
    let written = writeln!(page, "{}{labels} {n}", metric.name);
    debug_assert!(written.is_ok(), "writing to a string cannot fail");
}
