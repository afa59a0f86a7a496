//! Who comes when, and how each attempt will go: arrivals of every flow, drawn one after the other in order of time.
//! It decides outcome and duration; the spans of an attempt are made elsewhere.

use crate::Config;
use crate::fault::{Effect, Fault};
use crate::incident::Incidents;
use crate::rhythm;
use crate::rng::Rng;
use crate::world::{Ending, FLOWS, Flow, Pace, WHOLE};

const SECOND_NS: u64 = 1_000_000_000;
/// No attempt is faster, so that each of its spans lasts.
const TOOK_NS_MIN: f64 = 1_000_000.0;

/// One attempt, drawn but not yet written; ordered by its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Attempt {
    /// The end of its last span.
    pub(crate) end_ns: u64,
    pub(crate) start_ns: u64,
    /// The duration of its first span, without the delay.
    pub(crate) took_ns: u64,
    /// What a fault adds in the flow's last call, which all others wait for.
    pub(crate) delay_ns: u64,
    /// For its ids.
    pub(crate) seed: u64,
    pub(crate) flow: usize,
    /// 0: no label; else one more than its place in the flow's labels.
    pub(crate) label: usize,
    /// The place in the flow's endings; none when it goes through.
    pub(crate) ending: Option<usize>,
}

/// All that arrives at the mail product.
#[derive(Debug)]
pub(crate) struct Users {
    scale: f64,
    fault: Fault,
    incidents: Incidents,
    /// One a flow.
    sources: Vec<Source>,
}

#[derive(Debug)]
struct Source {
    next_ns: u64,
    /// Of its own, so that a fault in one flow leaves the others as they are.
    rng: Rng,
}

impl Users {
    pub(crate) fn new(config: &Config, start_ns: u64) -> Self {
        let source =
            |flow: usize| Source { next_ns: start_ns, rng: Rng::stream(config.seed, flow as u64 + 1) };
        let mut users = Self {
            scale: config.scale,
            fault: Fault::new(config.scenario, config.fault_at),
            incidents: Incidents::new(config.seed, start_ns),
            sources: (0..FLOWS.len()).map(source).collect(),
        };
        (0..FLOWS.len()).for_each(|flow| users.schedule(flow));
        users
    }

    /// Returns the flow that the next attempt belongs to, and its moment.
    pub(crate) fn next(&self) -> (usize, u64) {
        let moments = self.sources.iter().map(|source| source.next_ns).enumerate();
        moments.min_by_key(|&(_, next_ns)| next_ns).unwrap_or((0, u64::MAX))
    }

    /// Draws the next attempt of a flow; none when its user does not come because of the fault.
    pub(crate) fn arrive(&mut self, flow: usize) -> Option<Attempt> {
        let at_ns = self.sources[flow].next_ns;
        let seed = self.sources[flow].rng.next();
        self.schedule(flow);
        let present = self.fault.presence(FLOWS[flow].id, at_ns) > 0.0;
        present.then(|| self.draw(flow, at_ns, Rng::new(seed)))
    }

    fn schedule(&mut self, flow: usize) {
        let Source { next_ns: now_ns, rng } = &mut self.sources[flow];
        let gap_ns = match FLOWS[flow].pace {
            Pace::Every { seconds } => (seconds * SECOND_NS) as f64,
            Pace::Users { per_min } => {
                let more = self.fault.presence(FLOWS[flow].id, *now_ns).max(1.0);
                let per_ns = per_min * more * self.scale * rhythm::level(*now_ns) / (60 * SECOND_NS) as f64;
                rng.gap() / per_ns
            }
        };
        // A float cast saturates: without users the next one never comes.
        *now_ns = now_ns.saturating_add(gap_ns as u64);
    }

    fn draw(&mut self, index: usize, start_ns: u64, mut rng: Rng) -> Attempt {
        let flow = &FLOWS[index];
        let label = label(flow, rng.unit());
        let trouble = self.incidents.trouble(flow.id, start_ns);
        let mut ending = ending(flow, rng.unit(), trouble.failing, rng.unit());
        let slow = rng.unit() < flow.slow.odds.max(trouble.slow);
        let mut took_ns = duration_ns(flow, slow && ending.is_none(), &mut rng);
        let luck = rng.unit();
        let mut delay_ns = 0;
        match self.fault.effect(flow.id, start_ns) {
            Effect::End { share, ending: broken } if luck < share => ending = Some(broken),
            Effect::Delay { share, ns } if luck < share => delay_ns = ns,
            _ => {}
        }
        took_ns *= ending.map_or(1.0, |ending| flow.endings[ending].tempo);
        let took_ns = took_ns.max(TOOK_NS_MIN) as u64;
        let end_ns = start_ns + took_ns * flow.reach() / WHOLE + delay_ns;
        Attempt { end_ns, start_ns, took_ns, delay_ns, seed: rng.next(), flow: index, label, ending }
    }
}

fn label(flow: &Flow, mut luck: f64) -> usize {
    for (place, label) in flow.labels.iter().enumerate() {
        if luck < label.odds {
            return place + 1;
        }
        luck -= label.odds;
    }
    0
}

/// Returns how an attempt ends: by an incident, by bad luck, or by going through.
fn ending(flow: &Flow, mut luck: f64, failing: f64, incident_luck: f64) -> Option<usize> {
    if incident_luck < failing {
        return Some(0);
    }
    flow.endings.iter().position(|Ending { odds, .. }| {
        luck -= odds;
        luck < 0.0
    })
}

fn duration_ns(flow: &Flow, slow: bool, rng: &mut Rng) -> f64 {
    let millis = if slow {
        flow.slow.over_ms * (1.05 + 1.5 * rng.unit())
    } else {
        flow.median_ms * (flow.spread * rng.bell()).exp()
    };
    millis * 1e6
}

#[cfg(test)]
mod tests;
