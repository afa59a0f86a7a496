//! What an attempt looks like once it is known how it goes: a list of spans, each already encoded but for ids and times.
//! Made once for every flow, label and ending; it draws nothing but ids and how many of a call there are.

use crate::emit::{Batch, Ids, SpanText, Template};
use crate::rng::Rng;
use crate::users::Attempt;
use crate::world::{Call, Ending, FLOWS, Flow, Kind, WHOLE};

/// No flow has more calls.
const LINES_MAX: usize = 8;

/// The scripts of every flow.
#[derive(Debug)]
pub(crate) struct Scripts {
    flows: Vec<FlowScripts>,
}

#[derive(Debug)]
struct FlowScripts {
    /// By label, then by ending, the first of which is going through.
    scripts: Vec<Vec<Line>>,
    endings: usize,
}

/// One span, or several alike.
#[derive(Debug)]
struct Line {
    template: Template,
    service: usize,
    parent: Option<usize>,
    from: u64,
    to: u64,
    times: (u32, u32),
}

impl Scripts {
    pub(crate) fn new() -> Self {
        Self { flows: FLOWS.iter().map(FlowScripts::new).collect() }
    }

    /// Writes the spans of an attempt.
    pub(crate) fn perform(&self, attempt: &Attempt, batch: &mut Batch) {
        let flow = &self.flows[attempt.flow];
        let ending = attempt.ending.map_or(0, |ending| ending + 1);
        let mut rng = Rng::new(attempt.seed);
        let trace = (rng.id(), rng.id());
        let mut spans = [0u64; LINES_MAX];
        for (place, line) in flow.scripts[attempt.label * flow.endings + ending].iter().enumerate() {
            let parent = line.parent.map_or(0, |parent| spans[parent]);
            spans[place] = line.perform(attempt, Ids { trace, span: 0, parent }, &mut rng, batch);
        }
    }
}

impl FlowScripts {
    fn new(flow: &Flow) -> Self {
        let no_tags: &[_] = &[];
        let labels = std::iter::once(no_tags).chain(flow.labels.iter().map(|label| label.tags));
        let scripts = labels.flat_map(|tags| {
            let through = std::iter::once(None);
            through.chain(flow.endings.iter().map(Some)).map(move |ending| script(flow, tags, ending))
        });
        Self { scripts: scripts.collect(), endings: flow.endings.len() + 1 }
    }
}

impl Line {
    /// Writes the spans of this line and returns the id of the last.
    fn perform(&self, attempt: &Attempt, mut ids: Ids, rng: &mut Rng, batch: &mut Batch) -> u64 {
        let times = if self.times.1 == 1 { 1 } else { rng.between(self.times.0, self.times.1) };
        let start_ns = attempt.start_ns + attempt.took_ns * self.from / WHOLE;
        let slot_ns = attempt.took_ns * (self.to - self.from) / WHOLE / u64::from(times.max(1));
        for nth in 0..u64::from(times) {
            ids.span = rng.id();
            // Several alike are not equally fast; a single one fills its place.
            let took_ns = if times == 1 { slot_ns } else { slot_ns * (128 + rng.next() % 128) / 256 };
            let from_ns = start_ns + nth * slot_ns;
            batch.push(self.service, &self.template, &ids, (from_ns, from_ns + took_ns));
        }
        ids.span
    }
}

fn script(flow: &Flow, tags: &[(&str, &str)], ending: Option<&Ending>) -> Vec<Line> {
    let last = ending.map_or(flow.calls.len() - 1, |ending| ending.at);
    let mut lines = Vec::new();
    for (place, call) in flow.calls[..=last].iter().enumerate() {
        let hit = ending.filter(|ending| passes_on(flow, ending.at, place));
        if place == last && call.times.1 > 1 && hit.is_some() {
            // Some of them still went well before the one that did not.
            lines.push(Line { times: (0, call.times.1 - 1), ..line(flow, call, tags, None) });
            lines.push(Line { times: (1, 1), ..line(flow, call, tags, hit) });
        } else {
            lines.push(line(flow, call, tags, hit));
        }
    }
    assert!(lines.len() <= LINES_MAX, "a flow has more than {LINES_MAX} calls");
    lines
}

/// Tells whether the call at `place` answers with what came back from `at`: it is the same or above it, and waits for it.
fn passes_on(flow: &Flow, at: usize, place: usize) -> bool {
    let mut above = Some(at);
    while let Some(current) = above {
        if current == place {
            return true;
        }
        let call = &flow.calls[current];
        above = call.parent.filter(|_| call.kind != Kind::Consumer);
    }
    false
}

fn line(flow: &Flow, call: &Call, tags: &[(&str, &str)], hit: Option<&Ending>) -> Line {
    let remote = call.parent.is_some_and(|parent| flow.calls[parent].service != call.service);
    let text = SpanText {
        call,
        tags: if call.carries { tags } else { &[] },
        remote,
        http: hit.map_or(200, |ending| ending.http),
        grpc: hit.map_or(0, |ending| ending.grpc),
        message: hit.and_then(|ending| ending.message),
    };
    Line {
        template: Template::new(&text),
        service: call.service as usize,
        parent: call.parent,
        from: call.from,
        to: call.to,
        times: call.times,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{FlowId, Pace, Service};

    /// Requests that storage sees of one attempt, on average over its endings.
    fn storage_requests(flow: &Flow) -> f64 {
        let of = |ending| {
            let lines = script(flow, &[], ending);
            let calls = flow.calls.iter().zip(&lines).filter(|(call, _)| call.kind == Kind::Server);
            let storage = calls.filter(|(call, _)| call.service == Service::Storage);
            storage.map(|(_, line)| f64::from(line.times.0 + line.times.1) / 2.0).sum::<f64>()
        };
        let ended = flow.endings.iter().map(|ending| ending.odds * of(Some(ending))).sum::<f64>();
        ended + of(None) * (1.0 - flow.endings.iter().map(|ending| ending.odds).sum::<f64>())
    }

    #[test]
    fn storage_sees_fifty_requests_for_every_draft() {
        let rate = |flow: &Flow| match flow.pace {
            Pace::Users { per_min } => per_min,
            Pace::Every { seconds } => 60.0 / seconds as f64,
        };
        let requests = FLOWS.iter().map(|flow| rate(flow) * storage_requests(flow)).sum::<f64>();
        let per_draft = requests / rate(&FLOWS[FlowId::SaveDraft as usize]);
        assert!((49.0..51.0).contains(&per_draft), "{per_draft:.2}");
    }

    #[test]
    fn failure_of_a_consumer_is_not_its_senders() {
        let flow = &FLOWS[FlowId::ReceiveMail as usize];
        assert!(passes_on(flow, 2, 0));
        assert!(passes_on(flow, 3, 3));
        assert!(!passes_on(flow, 3, 0));
    }
}
