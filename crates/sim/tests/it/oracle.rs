//! Plays the simulator and decodes what it sends with somebody else's decoder. It judges nothing.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use throughline_sim::{Body, Config, Scenario, Simulator};

pub(crate) const MINUTE_NS: u64 = 60_000_000_000;
/// Wednesday 2026-09-09 13:55 UTC: ten minutes before the demo's moment.
pub(crate) const FROM_NS: u64 = 1_788_962_100_000_000_000;

/// What a test needs to know of a span.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    pub(crate) service: String,
    pub(crate) span: Span,
}

/// All that was sent in a stretch of time.
#[derive(Debug, Default)]
pub(crate) struct Played {
    pub(crate) spans: Vec<Seen>,
    /// Spans as promised, first and last end as found, and when it was sent.
    pub(crate) bodies: Vec<(u32, u64, u64, u64)>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) spans_total: u64,
}

pub(crate) fn config(scenario: Scenario, fault_at: Option<u64>) -> Config {
    Config { seed: 42, scenario, fault_at, scale: 1.0 }
}

/// Plays `minutes` from `FROM_NS` on, handing the clock on by `step_ns`.
pub(crate) fn play(config: Config, minutes: u64, step_ns: u64) -> Played {
    let until_ns = FROM_NS + minutes * MINUTE_NS;
    let mut simulator = Simulator::new(config, FROM_NS);
    let mut played = Played::default();
    let mut now_ns = FROM_NS;
    while now_ns < until_ns {
        now_ns = (now_ns + step_ns).min(until_ns);
        simulator.play_until(now_ns, |body| played.take(&body));
    }
    played.spans_total = simulator.spans_total();
    played
}

/// Plays twenty minutes in one go.
pub(crate) fn twenty_minutes(scenario: Scenario, fault_at: Option<u64>) -> Played {
    play(config(scenario, fault_at), 20, 20 * MINUTE_NS)
}

impl Played {
    fn take(&mut self, body: &Body<'_>) {
        let before = self.spans.len();
        let request = ExportTraceServiceRequest::decode(body.bytes).unwrap();
        for group in request.resource_spans {
            let service = text(&group.resource.unwrap().attributes, "service.name").unwrap();
            let spans = group.scope_spans.into_iter().flat_map(|scope| scope.spans);
            self.spans.extend(spans.map(|span| Seen { service: service.clone(), span }));
        }
        let ends = || self.spans[before..].iter().map(|seen| seen.span.end_time_unix_nano);
        self.bodies.push((body.spans, ends().min().unwrap(), ends().max().unwrap(), body.sent_at_ns));
        self.bytes.extend_from_slice(body.bytes);
    }

    pub(crate) fn of<'a>(&'a self, service: &'a str, name: &'a str) -> impl Iterator<Item = &'a Seen> {
        self.entries().filter(move |seen| seen.service == service && seen.span.name == name)
    }

    /// The requests that a service answers: what is not a call of its own.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Seen> {
        self.spans.iter().filter(|seen| matches!(seen.span.kind, 2 | 5))
    }

    pub(crate) fn count(&self, service: &str, name: &str) -> f64 {
        self.of(service, name).count() as f64
    }
}

impl Seen {
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        text(&self.span.attributes, key)
    }

    pub(crate) fn number(&self, key: &str) -> Option<i64> {
        match find(&self.span.attributes, key)? {
            Value::IntValue(value) => Some(*value),
            _ => None,
        }
    }

    pub(crate) fn failed(&self) -> bool {
        self.span.status.as_ref().is_some_and(|status| status.code == 2)
    }

    pub(crate) fn took_ns(&self) -> u64 {
        self.span.end_time_unix_nano - self.span.start_time_unix_nano
    }
}

fn find<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    let attribute = attributes.iter().find(|attribute| attribute.key == key)?;
    let AnyValue { value } = attribute.value.as_ref()?;
    value.as_ref()
}

fn text(attributes: &[KeyValue], key: &str) -> Option<String> {
    match find(attributes, key)? {
        Value::StringValue(value) => Some(value.clone()),
        _ => None,
    }
}
