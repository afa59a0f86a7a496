//! What fails now: the open minute and those before it, looked at every 10 s. Severity and `failing` come from
//! here; they do not wait for a bucket to close.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::count::bucket::Counts;
use crate::count::history::{History, Series};
use crate::id::ProductId;
use crate::judge::Judge;
use crate::judge::impact::{Beyond, LIVE, Look, beyond, impact, severity};
use crate::judge::judgement::{Impact, Tally};
use crate::judge::log::SeverityEpisode;
use crate::judge::severity::{Change, look};
use crate::judge::sli::Decided;
use crate::judge::tier::mostly_bad;
use crate::judge::word::TierName;
use crate::model::registry::Registry;
use crate::model::severity::Severity;
use crate::model::slo::Slo;
use crate::time::{Minute, UnixNanos};

/// Bad attempts from which `failing` may be said.
const FAILING_BAD_MIN: u64 = 10;

/// A step's live windows, and what is beyond its tolerance in each.
#[derive(Debug, Clone, Copy)]
pub(super) struct LiveLook {
    counts: [Counts; LIVE.len()],
    beyond: [Beyond; LIVE.len()],
    pub(super) impacts: [Impact; LIVE.len()],
}

impl LiveLook {
    /// Returns what an SLO's SLI says of the last 5 and 15 min, the open one with them.
    pub(super) fn tallies(&self, slo: &Slo) -> (Tally, Tally) {
        let tally = |window: usize| Decided::of(slo, &self.counts[window]).tally();
        (tally(2), tally(3))
    }

    fn any(&self) -> bool {
        self.impacts.iter().any(|impact| impact.beyond_tolerance)
    }
}

impl Judge {
    /// Looks at all steps; moves severities and `failing` on.
    pub(super) fn look(&mut self, registry: &Registry, history: &History, now: UnixNanos) -> Vec<LiveLook> {
        let open = now.minute();
        let places = 0..self.plan.steps.len();
        let mut looks: Vec<LiveLook> =
            places.clone().map(|at| self.look_at(at, history.step(self.plan.steps[at].id), open)).collect();
        let hurt: BTreeSet<ProductId> =
            places.clone().filter(|at| looks[*at].any()).map(|at| self.plan.steps[at].product).collect();
        for at in places.clone() {
            if !looks[at].any() && hurt.contains(&self.plan.steps[at].product) {
                self.join(at, &mut looks[at], open);
            }
        }
        self.keep_pictures(&mut looks, open);
        for at in places {
            self.move_severity(registry, at, &looks[at], now);
        }
        for place in 0..self.slos.len() {
            self.move_failing(place, &looks, now);
        }
        looks
    }

    /// Where input has ended, what was seen last stands: that nothing comes any more is no recovery.
    fn keep_pictures(&mut self, looks: &mut [LiveLook], open: Minute) {
        let ended = self.uncovered.contains(open);
        for (state, look) in self.steps.iter_mut().zip(looks) {
            let nothing_came = look.counts[1] == Counts::default();
            match state.picture {
                Some(picture) if ended && nothing_came => *look = picture,
                _ => state.picture = Some(*look),
            }
        }
    }

    fn look_at(&self, at: usize, series: &Series, open: Minute) -> LiveLook {
        let counts = live_counts(series, open);
        let mut beyond_by = [Beyond::default(); LIVE.len()];
        let slos = self.plan.steps[at].slos.iter();
        for &place in slos.filter(|_| counts[LIVE.len() - 1] != Counts::default()) {
            let slo = &self.plan.slos[place].slo;
            let widest = Decided::of(slo, &counts[LIVE.len() - 1]);
            if widest.bad < 5 {
                continue;
            }
            let phi = self.slos[place].bursts.phi();
            let going_on = beyond(Look::StillGoing, Decided::of(slo, &counts[2]).tally(), slo.target, 1.0);
            for (window, found) in beyond_by.iter_mut().enumerate() {
                let is_beyond =
                    beyond(Look::Live, Decided::of(slo, &counts[window]).tally(), slo.target, phi);
                if is_beyond && (window < LIVE.len() - 1 || going_on) {
                    found.add(slo);
                }
            }
        }
        self.weigh(at, counts, beyond_by, open)
    }

    fn weigh(
        &self,
        at: usize,
        counts: [Counts; LIVE.len()],
        beyond: [Beyond; LIVE.len()],
        open: Minute,
    ) -> LiveLook {
        let state = &self.steps[at];
        let silent = state.quiet.episode.is_some();
        let as_of = self.as_of.unwrap_or(open);
        let impacts = std::array::from_fn(|window| {
            let from = open.minus(LIVE[window] - 1);
            let range = from.min(as_of)..as_of;
            let never_started = state.quiet.missing.sum(range.clone()) + state.late.missing.sum(range);
            impact((from, LIVE[window]), &counts[window], beyond[window], never_started, silent)
        });
        LiveLook { counts, beyond, impacts }
    }

    /// A step fails beside another: it is looked at less strictly, over the open minute and the 1 or 4 before.
    fn join(&self, at: usize, found: &mut LiveLook, open: Minute) {
        let mut beyond_by = found.beyond;
        for &place in &self.plan.steps[at].slos {
            let slo = &self.plan.slos[place].slo;
            for window in [1, 2] {
                if beyond(Look::Join, Decided::of(slo, &found.counts[window]).tally(), slo.target, 1.0) {
                    beyond_by[window].add(slo);
                }
            }
        }
        *found = self.weigh(at, found.counts, beyond_by, open);
    }

    fn move_severity(&mut self, registry: &Registry, at: usize, found: &LiveLook, now: UnixNanos) {
        let plan = &self.plan.steps[at];
        let Some(product) = registry.product(plan.product) else { return };
        let level = severity(&product.severity, &plan.rules, found.impacts.iter());
        let open = now.minute();
        let state = &mut self.steps[at];
        let window = found.impacts.iter().find(|impact| impact.beyond_tolerance).map_or(1, |i| i.minutes);
        let change = look(&mut state.severity, level, open.minus(window - 1), now);
        if let Some(episode) = &mut state.severity {
            found.beyond.iter().for_each(|beyond| episode.beyond.join(*beyond));
            state.severe.add(episode.from..open.plus(1));
        }
        if change == Change::None {
            return;
        }
        let logs = Arc::make_mut(&mut self.logs);
        logs.end_severity(plan.id, now);
        if let Some(episode) = &self.steps[at].severity {
            let (level, rule): (Severity, usize) = (episode.level, episode.rule);
            let text = product.severity.get(rule).map(|rule| rule.text.clone()).unwrap_or_default();
            let (product, step) = (product.id, plan.id);
            logs.push_severity(SeverityEpisode { product, step, level, rule, text, from: now, to: None });
        }
    }

    fn move_failing(&mut self, place: usize, looks: &[LiveLook], now: UnixNanos) {
        let plan = &self.plan.slos[place];
        let state = &mut self.slos[place];
        let tiers = state.closed.iter().flat_map(|closed| &closed.tiers);
        let outage = tiers.filter(|tier| tier.state.is_firing()).any(|tier| tier.name == TierName::Outage);
        let failing = outage
            || looks[plan.step].counts[..3].iter().any(|counts| {
                let tally = Decided::of(&plan.slo, counts).tally();
                tally.bad >= FAILING_BAD_MIN && mostly_bad(tally)
            });
        state.failing_since = if failing { state.failing_since.or(Some(now)) } else { None };
    }
}

/// Returns the counts of the open minute alone, and with the 1, 4 and 14 before it.
fn live_counts(series: &Series, open: Minute) -> [Counts; LIVE.len()] {
    let mut sum = Counts::default();
    let mut back = 0;
    LIVE.map(|minutes| {
        while back < minutes {
            sum += &series.minute(open.minus(back));
            back += 1;
        }
        sum
    })
}
