//! Runs the users' tests of their rules: the span goes through the same reading, deciding and counting as
//! received ones, and the answer is compared. It reads no files.

use std::sync::Arc;

use serde::Serialize;
use throughline_core::annotate::rules::Rules;
use throughline_core::count::batch::BatchReader;
use throughline_core::count::bucket::Counts;
use throughline_core::count::frame::Frames;
use throughline_core::count::shard::{Shard, Shared};
use throughline_core::id::{SpanId, TraceId};
use throughline_core::model::registry::Registry;
use throughline_core::observation::{Observation, ParentIs, Slots, SpanKind, SpanStatus, Value};
use throughline_core::time::{SECOND_NS, UnixNanos};
use throughline_registry::{Diagnostic, Loaded, RuleTest, TestOutcome, TestSpan, TestValue};

/// When the rehearsed span starts: any minute will do.
const START: UnixNanos = UnixNanos(1_000_000 * SECOND_NS);
/// When nothing can change any more.
const SETTLED: UnixNanos = UnixNanos(1_000_700 * SECOND_NS);

/// A rule test and how it went.
#[derive(Debug, Serialize)]
pub struct Rehearsed {
    pub file: String,
    pub line: u32,
    pub name: String,
    /// What came out instead, `None` when it came out as expected.
    pub fault: Option<String>,
    /// The fault as a diagnostic.
    #[serde(skip)]
    pub diagnostic: Option<Diagnostic>,
}

/// What came out instead of what was expected, and what to do.
struct Fault {
    came_out: String,
    hint: String,
}

/// Runs all tests of a registry; none when it has errors.
pub fn run(loaded: &Loaded) -> Vec<Rehearsed> {
    let Some(registry) = &loaded.registry else { return Vec::new() };
    let registry = Arc::new(registry.clone());
    loaded.tests.iter().map(|test| rehearsed(&registry, test)).collect()
}

fn rehearsed(registry: &Arc<Registry>, test: &RuleTest) -> Rehearsed {
    let fault = fault(registry, test);
    Rehearsed {
        file: test.file.clone(),
        line: test.line,
        name: test.name.clone(),
        diagnostic: fault.as_ref().map(|fault| test.failed(&fault.came_out, &fault.hint)),
        fault: fault.map(|fault| fault.came_out),
    }
}

fn fault(registry: &Arc<Registry>, test: &RuleTest) -> Option<Fault> {
    let came_out = rehearse(registry, &test.span);
    let (wanted, got) = (test.step.as_deref(), came_out.as_ref().map(|(step, _)| step.as_str()));
    if wanted != got {
        let (said, found) = (wanted.unwrap_or("none"), got.unwrap_or("none"));
        let came_out = format!("expected an attempt of step `{said}`, got `{found}`");
        return Some(Fault { came_out, hint: step_hint(said, got, test) });
    }
    let (step, outcome) = came_out?;
    let wanted = word(test.outcome?);
    let hint = format!("correct `success`, `failure` or `exclude` of `{step}`, or what the test expects");
    let came_out = format!("expected the outcome `{wanted}`, got `{outcome}`");
    (wanted != outcome).then_some(Fault { came_out, hint })
}

fn step_hint(wanted: &str, got: Option<&str>, test: &RuleTest) -> String {
    let TestSpan { service, operation, .. } = &test.span;
    match got {
        Some(got) => format!(
            "an action of `{got}` takes `{operation}` of `{service}`; tell the steps apart, or correct what the test expects"
        ),
        None => format!(
            "no action of `{wanted}` takes `{operation}` of `{service}`, or two steps tie; correct one of them"
        ),
    }
}

/// Returns the step and outcome of the attempt that the span is, `None` when it is none.
fn rehearse(registry: &Arc<Registry>, span: &TestSpan) -> Option<(String, &'static str)> {
    let shared = Shared::new(Frames::default(), 0);
    let rules = Arc::new(Rules::new(Arc::clone(registry), &shared.interned));
    let mut reader = BatchReader::new(Arc::clone(&rules), Arc::clone(&shared.interned), 0);
    observe(registry, span, &mut reader);
    let mut shard = Shard::new(rules);
    shard.commit(reader.batch(), &shared, START);
    shard.advance(&shared, SETTLED);
    let changes = shard.drain();
    let (_, amendment) = changes.attempts.first()?;
    let step = registry.step(amendment.series.step)?;
    Some((step.name.clone(), outcome(&amendment.counts)))
}

fn outcome(counts: &Counts) -> &'static str {
    match counts {
        Counts { good: 1.., .. } => "good",
        Counts { excluded: 1.., .. } => "excluded",
        Counts { lost: 1.., .. } => "lost",
        _ => "bad",
    }
}

/// Hands the span, its children, and one unrelated span of each child's service to the reader, so that a missing
/// child proves something.
fn observe(registry: &Registry, span: &TestSpan, reader: &mut BatchReader) {
    let mut values = vec![Value::Absent; registry.slots.len()];
    for (key, value) in &span.attributes {
        if let Some(slot) = registry.slots.find(key.as_bytes()) {
            values[slot.index()] = borrowed(value);
        }
    }
    let root = Observation {
        service: &span.service,
        operation: &span.operation,
        kind: span.kind,
        trace: TraceId(1),
        span: SpanId(1),
        parent: None,
        parent_is: ParentIs::Unknown,
        start: START,
        end: Some(START.plus(span.duration_ns)),
        status: span.status,
        status_message: "",
        trace_state: "",
        links: &[],
        slots: Slots::new(&values),
    };
    reader.span(&root);
    let below = |service, operation, n: usize| Observation {
        service,
        operation,
        kind: SpanKind::Server,
        span: SpanId(2 + n as u64),
        parent: Some(SpanId(1)),
        parent_is: ParentIs::Remote,
        status: SpanStatus::Unset,
        slots: Slots::new(&[]),
        ..root
    };
    for (n, (service, operation)) in span.below.iter().enumerate() {
        reader.span(&below(service, operation, n));
    }
    for (n, marker) in registry.markers.iter().enumerate() {
        let flowing = below(&marker.service, "a span that proves the service flows", n);
        reader.span(&Observation { trace: TraceId(2 + n as u128), parent: None, ..flowing });
    }
}

fn borrowed(value: &TestValue) -> Value<'_> {
    match value {
        TestValue::Text(text) => Value::Str(text),
        TestValue::Int(int) => Value::Int(*int),
        TestValue::Double(double) => Value::Double(*double),
        TestValue::Bool(bool) => Value::Bool(*bool),
    }
}

fn word(outcome: TestOutcome) -> &'static str {
    match outcome {
        TestOutcome::Good => "good",
        TestOutcome::Bad => "bad",
        TestOutcome::Excluded => "excluded",
    }
}
