//! Reads one observation into an entry: everything about a span that needs no other span. One reader per
//! shard; a span of a shape seen before costs one memo lookup and allocates nothing.

use std::borrow::Cow;
use std::collections::HashMap;
use std::num::NonZeroU64;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::annotate::baggage;
use crate::annotate::entry::{Candidate, ClientSays, Entry, Links, Named};
use crate::annotate::memo::{Known, Memo};
use crate::annotate::names::{Interned, ReasonId};
use crate::annotate::rules::{Match, OperationTexts, Rules};
use crate::condition::{Codes, GRPC_NAMES};
use crate::id::{ServiceId, SlotId, StepId};
use crate::observation::{Observation, SpanKind, TrafficClass, slot};
use crate::time::UnixNanos;

/// Weight 1 in fixed point 2^-16.
pub const WEIGHT_ONE: i64 = 1 << 16;

/// The largest weight counted, about 10^6: a sampler that keeps less than one in a million is not believed.
pub const WEIGHT_MAX: i64 = WEIGHT_ONE << 20;

/// User agents of health checks and probes, by a part of their name.
const PROBES: [&str; 6] = [
    "kube-probe/",
    "GoogleHC/",
    "ELB-HealthChecker/",
    "Blackbox Exporter",
    "Envoy/HC",
    "Consul Health Check",
];

/// Ids and words that a sender used and the registry does not know, such as `step=bok-parcel`.
pub trait Listen {
    /// Is told of one unknown word: what it was meant as, and what was said.
    fn unknown(&mut self, what: &str, said: &str);
}

/// Reads observations with one version of the rules.
#[derive(Debug)]
pub struct Reader {
    rules: Arc<Rules>,
    interned: Arc<Interned>,
    memo: Memo,
    services: HashMap<Box<str>, ServiceId>,
    /// The service of the span before: spans of a resource come together.
    last_name: String,
    last_id: Option<ServiceId>,
    reasons: HashMap<Box<str>, ReasonId>,
    reason: String,
}

/// Names a shard looks up without a lock; beyond, the shared table is asked.
const CACHE_MAX: usize = 4_096;

impl Reader {
    /// Makes a reader with empty memo and caches.
    pub fn new(rules: Arc<Rules>, interned: Arc<Interned>, seed: u64) -> Self {
        Self {
            rules,
            interned,
            memo: Memo::new(seed),
            services: HashMap::new(),
            last_name: String::with_capacity(64),
            last_id: None,
            reasons: HashMap::new(),
            reason: String::with_capacity(256),
        }
    }

    /// Returns the rules that are read with.
    pub fn rules(&self) -> &Arc<Rules> {
        &self.rules
    }

    /// Returns how often the memo was full.
    pub fn memo_resets(&self) -> u64 {
        self.memo.resets()
    }

    /// Reads a span; when it arrived is for the shard to say.
    pub fn read(&mut self, span: &Observation<'_>, listen: &mut impl Listen) -> Entry {
        let codes = Codes::of(span);
        let baggage = span.slots.get(slot::BAGGAGE).text();
        let client = self.client(span, baggage, listen);
        let service = self.service(span.service);
        let texts = OperationTexts::of(span.operation, &span.slots);
        let bits = self.rules.filter_bits(&span.slots);
        let (rules, interned) = (&self.rules, &self.interned);
        let known = self.memo.get(service, &texts, bits, || Known {
            matches: rules.matches(service, &texts, bits),
            markers: rules.markers(service, &texts),
            operation: interned.operation(&texts.best()),
        });
        let (markers, operation) = (known.markers, known.operation);
        let outgoing = matches!(span.kind, SpanKind::Client | SpanKind::Producer);
        let candidates = match outgoing {
            true => SmallVec::new(),
            false => candidates(rules, &known.matches, client, span, codes),
        };
        let (weight, sampled) = sampling(span.trace_state);
        Entry {
            trace: span.trace,
            span: span.span,
            parent_id: span.parent.and_then(|parent| NonZeroU64::new(parent.0)),
            parent_is: span.parent_is,
            kind: span.kind,
            service,
            operation,
            start: span.start,
            end_ns: span.end.and_then(|end| NonZeroU64::new(end.0)),
            arrived: UnixNanos(0),
            client,
            class: class(span, baggage, listen),
            codes,
            reason: if codes.error || codes.shed { Some(self.reason(span, codes)) } else { None },
            weight,
            sampled,
            markers,
            candidates,
            links: links(span),
            decision: None,
            late_annotation: false,
        }
    }

    fn service(&mut self, name: &str) -> ServiceId {
        if let Some(id) = self.last_id
            && self.last_name == name
        {
            return id;
        }
        let id = match self.services.get(name) {
            Some(id) => *id,
            None => self.learn_service(name),
        };
        self.last_name.clear();
        self.last_name.push_str(name);
        self.last_id = Some(id);
        id
    }

    fn learn_service(&mut self, name: &str) -> ServiceId {
        let id = self.interned.service(name);
        if self.services.len() < CACHE_MAX {
            self.services.insert(name.into(), id);
        }
        id
    }

    /// Reads the client's annotation: attributes before baggage, of each key the last that is given.
    fn client(&self, span: &Observation<'_>, baggage: Option<&str>, listen: &mut impl Listen) -> ClientSays {
        let given = |attribute: SlotId, key: &str| said(span, baggage, attribute, key);
        let Some(step_name) = given(slot::STEP, "throughline.step") else { return ClientSays::Nothing };
        let product = given(slot::PRODUCT, "throughline.product");
        let product_id = product.as_deref().map(|name| self.rules.product_named(name));
        if let (Some(None), Some(name)) = (product_id, &product) {
            listen.unknown("product", name);
            return ClientSays::Unknown;
        }
        let Some(step) = self.rules.step_named(product_id.flatten(), &step_name) else {
            listen.unknown("step", &step_name);
            return ClientSays::Unknown;
        };
        let Some(name) = given(slot::OBJECTIVE, "throughline.objective") else {
            return ClientSays::Step { step, objective: Named::Not };
        };
        match self.rules.objective_named(step, &name) {
            Some(objective) => ClientSays::Step { step, objective: Named::Objective(objective) },
            None => {
                listen.unknown("objective", &name);
                ClientSays::Step { step, objective: Named::Unknown }
            }
        }
    }

    /// Returns the reason of a failure as people read it: the code, and the span's own message if short.
    fn reason(&mut self, span: &Observation<'_>, codes: Codes) -> ReasonId {
        use std::fmt::Write;
        self.reason.clear();
        let text = &mut self.reason;
        let error_type = span.slots.get(slot::ERROR_TYPE).text();
        let written = match (codes.http, codes.grpc, error_type) {
            (Some(code), ..) if code >= 400 => write!(text, "HTTP {code}"),
            (_, Some(code), _) if code > 0 => write!(text, "gRPC {}", GRPC_NAMES[usize::from(code)]),
            (.., Some(kind)) => write!(text, "{}", cut(kind, 60)),
            _ => write!(text, "span status error"),
        };
        debug_assert!(written.is_ok(), "writing to a string cannot fail");
        if !span.status_message.is_empty() {
            text.push_str(", ");
            text.push_str(cut(span.status_message, 80));
        }
        if let Some(id) = self.reasons.get(text.as_str()) {
            return *id;
        }
        let id = self.interned.reason(text);
        if self.reasons.len() < CACHE_MAX {
            self.reasons.insert(text.as_str().into(), id);
        }
        id
    }
}

fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(text.len().min(bytes))]
}

/// Returns what a span says under a key: its attribute, else its baggage; the empty text is nothing.
fn said<'a>(
    span: &Observation<'a>,
    baggage: Option<&'a str>,
    attribute: SlotId,
    key: &str,
) -> Option<Cow<'a, str>> {
    let value = span.slots.get(attribute).text().map(Cow::Borrowed);
    value.or_else(|| baggage::find(baggage?, key)).filter(|value| !value.is_empty())
}

fn candidates(
    rules: &Rules,
    matches: &[Match],
    client: ClientSays,
    span: &Observation<'_>,
    codes: Codes,
) -> SmallVec<[Candidate; 1]> {
    let truth = |step: StepId, part: bool| match rules.registry.step(step) {
        Some(step) if !part => step.conditions.observe(span, codes),
        _ => 0,
    };
    let candidate = |m: &Match| Candidate {
        step: m.step,
        rank: m.rank,
        part: m.part,
        free: false,
        needs: m.needs,
        needs_children: m.needs_children,
        truth: truth(m.step, m.part),
    };
    let mut found: SmallVec<[Candidate; 1]> = matches.iter().map(candidate).collect();
    if let ClientSays::Step { step, .. } = client
        && rules.is_free(step)
    {
        let truth = truth(step, false);
        let (needs, needs_children) = (0, 0);
        found.push(Candidate { step, rank: 0, part: false, free: true, needs, needs_children, truth });
    }
    found
}

fn class(span: &Observation<'_>, baggage: Option<&str>, listen: &mut impl Listen) -> TrafficClass {
    if let Some(word) = said(span, baggage, slot::TRAFFIC, "throughline.traffic") {
        match &*word {
            "interactive" => return TrafficClass::Interactive,
            "batch" => return TrafficClass::Batch,
            "test" => return TrafficClass::Test,
            other => listen.unknown("traffic", other),
        }
    }
    let synthetic = span.slots.get(slot::SYNTHETIC).is_present()
        || baggage.and_then(|header| baggage::find(header, "synthetic_request")).as_deref() == Some("true");
    let agent = span.slots.get(slot::USER_AGENT).text().unwrap_or("");
    if synthetic || PROBES.iter().any(|probe| agent.contains(probe)) {
        TrafficClass::Test
    } else {
        TrafficClass::Interactive
    }
}

/// Reads the sampling threshold of `tracestate` (`ot=th:H`): the weight 2^56 / (2^56 - T) in fixed point, and
/// whether spans were left out at all (OpenTelemetry specification, tracestate probability sampling).
fn sampling(trace_state: &str) -> (i64, bool) {
    let member = trace_state.split(',').find_map(|member| member.trim().strip_prefix("ot="));
    let digits = member.and_then(|ot| ot.split(';').find_map(|part| part.strip_prefix("th:")));
    let Some(digits) = digits.filter(|digits| (1..=14).contains(&digits.len())) else {
        return (WEIGHT_ONE, false);
    };
    let Ok(value) = u64::from_str_radix(digits, 16) else { return (WEIGHT_ONE, false) };
    let threshold = value << (4 * (14 - digits.len()));
    let kept = (1u64 << 56) - threshold;
    let weight = (1u128 << 72) / u128::from(kept);
    (i64::try_from(weight).unwrap_or(i64::MAX).min(WEIGHT_MAX), threshold != 0)
}

fn links(span: &Observation<'_>) -> Option<Box<Links>> {
    if span.kind != SpanKind::Consumer || span.links.is_empty() {
        return None;
    }
    let mut links = span.links.to_vec();
    links.sort_unstable();
    links.dedup();
    let foreign = vec![None; links.len()];
    Some(Box::new(Links { links, foreign }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weight_follows_the_threshold() {
        let check = |state: &str, weight: f64, sampled: bool| {
            assert_eq!(sampling(state), ((weight * WEIGHT_ONE as f64) as i64, sampled), "{state}");
        };
        check("", 1.0, false);
        check("ot=th:0", 1.0, false);
        check("ot=th:8", 2.0, true);
        check("vendor=x,ot=rv:1;th:c", 4.0, true);
        check("ot=th:zz", 1.0, false);
        check("ot=th:fffff", (1u64 << 20) as f64, true);
        check("ot=th:fffff8", (1u64 << 20) as f64, true);
        check("ot=th:123456789abcdef", 1.0, false);
    }
}
