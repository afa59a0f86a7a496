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
    /// In 1024ths of the parent's duration.
    from: u64,
    to: u64,
    times: (u32, u32),
}

/// A span that has its place in time; what an attempt is delayed by is not in it.
#[derive(Debug, Clone, Copy, Default)]
struct Placed {
    id: u64,
    start_ns: u64,
    end_ns: u64,
}

/// The time of a line, divided up among its spans.
#[derive(Debug)]
struct Slots {
    count: u64,
    from_ns: u64,
    each_ns: u64,
    entry: bool,
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
        let whole = Placed { id: 0, start_ns: attempt.start_ns, end_ns: attempt.start_ns + attempt.took_ns };
        let mut spans = [Placed::default(); LINES_MAX];
        for (place, line) in flow.scripts[attempt.label * flow.endings + ending].iter().enumerate() {
            let parent = line.parent.map_or(whole, |parent| spans[parent]);
            spans[place] = parent;
            let slots = line.slots(&parent, &mut rng);
            for nth in 0..slots.count {
                let span = slots.place(nth, &mut rng);
                let ids = Ids { trace, span: span.id, parent: parent.id };
                let times = (span.start_ns, span.end_ns + attempt.delay_ns);
                batch.push(line.service, &line.template, &ids, times);
                spans[place] = span;
            }
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
    /// Divides up the time that the parent gives to this line.
    fn slots(&self, parent: &Placed, rng: &mut Rng) -> Slots {
        let count = if self.times.1 == 1 { 1 } else { rng.between(self.times.0, self.times.1).into() };
        let whole_ns = parent.end_ns - parent.start_ns;
        Slots {
            count,
            from_ns: parent.start_ns + whole_ns * self.from / WHOLE,
            each_ns: whole_ns * (self.to - self.from) / WHOLE / count.max(1),
            entry: self.parent.is_none(),
        }
    }
}

impl Slots {
    /// Draws a span within its slot: an entry fills it, a single call nearly does, several alike are not equally fast.
    fn place(&self, nth: u64, rng: &mut Rng) -> Placed {
        let id = rng.id();
        let start_ns = self.from_ns + nth * self.each_ns;
        let luck = rng.next();
        let (head, tail) = match (self.entry, self.count) {
            (true, _) => (0, 0),
            (false, 1) => (luck % 64, (luck >> 8) % 64),
            (false, _) => (luck % 64, (luck >> 8) % 448),
        };
        let end_ns = start_ns + self.each_ns - self.each_ns * tail / WHOLE;
        Placed { id, start_ns: start_ns + self.each_ns * head / WHOLE, end_ns }
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
    let (from, to) = within_parent(flow, call);
    Line {
        template: Template::new(&text),
        service: call.service as usize,
        parent: call.parent,
        from,
        to,
        times: call.times,
    }
}

/// Returns when a call starts and ends in 1024ths of its parent instead of the attempt.
fn within_parent(flow: &Flow, call: &Call) -> (u64, u64) {
    let (from, to) =
        call.parent.map_or((0, WHOLE), |parent| (flow.calls[parent].from, flow.calls[parent].to));
    let part = |at: u64| (at - from) * WHOLE / (to - from);
    (part(call.from), part(call.to))
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
