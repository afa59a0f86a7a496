//! One look at a chosen window (`replay --window`, a report): silence on the window itself, impact at one
//! look's chance, rates and conversions from the baseline alone (`slo.md` 6 and 10). No history, no state.

use std::collections::BTreeMap;

use crate::count::bucket::Counts;
use crate::id::StepId;
use crate::judge::Given;
use crate::judge::expect::K_MIN;
use crate::judge::flow::conversion_lower;
use crate::judge::impact::{Beyond, Look, beyond, impact, severity};
use crate::judge::judgement::{SilenceLook, StepLook, WindowJudgement};
use crate::judge::plan::{Plan, StepPlan};
use crate::judge::silence::{chance, chance_given, proves};
use crate::judge::sli::{Decided, whole};
use crate::judge::word::SilenceCause;
use crate::model::registry::Registry;
use crate::time::Minute;

/// A window and what it held.
#[derive(Debug, Clone, Default)]
pub struct Looked {
    pub steps: BTreeMap<StepId, Counts>,
    /// Seconds that the input covers, not whole minutes.
    pub seconds: f64,
    /// Services that sent anything in the window.
    pub alive: Vec<String>,
}

/// Judges a window as a whole, by a baseline if there is one.
pub fn judge_window(registry: &Registry, window: &Looked, baseline: Option<&Given>) -> WindowJudgement {
    let plan = Plan::new(registry);
    let mut silences: Vec<Option<SilenceLook>> = vec![None; plan.steps.len()];
    if let Some(given) = baseline {
        for &at in &plan.order {
            silences[at] = Glance { plan: &plan, window, given }.silence(at, &silences);
        }
    }
    let steps = plan.steps.iter().zip(silences).map(|(step, silence)| {
        let expected = baseline.and_then(|given| expected(step, window, given));
        look(registry, &plan, step, window, silence, expected)
    });
    WindowJudgement { steps: steps.collect() }
}

fn expected(step: &StepPlan, window: &Looked, given: &Given) -> Option<f64> {
    given.steps.get(&step.id)?.per_second().map(|rate| rate * window.seconds)
}

fn begun(step: StepId, window: &Looked) -> u64 {
    window.steps.get(&step).map_or(0, |counts| whole(counts.started()))
}

/// All that a silence in one look is judged on.
struct Glance<'a> {
    plan: &'a Plan,
    window: &'a Looked,
    given: &'a Given,
}

impl Glance<'_> {
    fn silence(&self, at: usize, silences: &[Option<SilenceLook>]) -> Option<SilenceLook> {
        let step = &self.plan.steps[at];
        let seen = begun(step.id, self.window);
        let attempts =
            |at: &usize| self.given.steps.get(&self.plan.steps[*at].id).map_or(0, |step| step.attempts);
        // What was never seen is not what this step's users pass.
        let seen_above = |up: &usize| attempts(up) > 0 || begun(self.plan.steps[*up].id, self.window) > 0;
        let upstream = step.upstreams.iter().copied().filter(seen_above).max_by_key(attempts);
        let own = self.own(at);
        let Some(up) = upstream else {
            let cause =
                if self.could_see(step) { SilenceCause::CannotStart } else { SilenceCause::CannotSee };
            return own.map(|expected| SilenceLook { cause, by: None, expected, seen });
        };
        let by = Some(self.plan.steps[up].id);
        if let Some(expected) = self.by_flow(at, up).filter(|_| silences[up].is_none()) {
            return Some(SilenceLook { cause: SilenceCause::LostAfterUpstream, by, expected, seen });
        }
        // With hardly anybody upstream the step is starved, and the one upstream says why.
        let expected = own?;
        let cause =
            if silences[up].is_some() { SilenceCause::Starved } else { SilenceCause::LostAfterUpstream };
        (silences[up].is_some() || !self.explains(at, up, expected)).then_some(SilenceLook {
            cause,
            by,
            expected,
            seen,
        })
    }

    /// A step without actions of its own may be carried by any service.
    fn could_see(&self, step: &StepPlan) -> bool {
        let alive = &self.window.alive;
        match step.services.as_slice() {
            [] => !alive.is_empty(),
            services => services.iter().any(|service| alive.contains(service)),
        }
    }

    /// Returns what is expected if so few attempts prove a silence. A rate learnt from few attempts is itself
    /// uncertain: with `a` attempts in the baseline, counts are negative binomial with k = a.
    fn own(&self, at: usize) -> Option<f64> {
        let step = &self.plan.steps[at];
        let expected = expected(step, self.window, self.given)?;
        let learnt = self.given.steps.get(&step.id).map_or(0, |given| given.attempts);
        let seen = begun(step.id, self.window);
        let k = (learnt as f64).max(K_MIN);
        proves(seen, expected, || chance(seen, expected, k)).then_some(expected)
    }

    fn conversion(&self, at: usize, up: usize) -> Option<f64> {
        let attempts = |at: usize| self.given.steps.get(&self.plan.steps[at].id).map(|step| step.attempts);
        conversion_lower(attempts(at)?, attempts(up)?)
    }

    fn by_flow(&self, at: usize, up: usize) -> Option<f64> {
        let low = self.conversion(at, up)?;
        let seen = begun(self.plan.steps[at].id, self.window);
        let n = begun(self.plan.steps[up].id, self.window);
        let expected = n as f64 * low;
        proves(seen, expected, || chance_given(seen, n, low)).then_some(expected)
    }

    /// Returns whether an upstream step that is not silent brings too few to expect many here.
    fn explains(&self, at: usize, up: usize, expected: f64) -> bool {
        let n = begun(self.plan.steps[up].id, self.window) as f64;
        self.conversion(at, up).is_some_and(|low| n * low < 0.5 * expected)
    }
}

fn look(
    registry: &Registry,
    plan: &Plan,
    step: &StepPlan,
    window: &Looked,
    silence: Option<SilenceLook>,
    expected: Option<f64>,
) -> StepLook {
    let counts = window.steps.get(&step.id).copied().unwrap_or_default();
    let mut found = Beyond::default();
    for slo in step.slos.iter().map(|place| &plan.slos[*place].slo) {
        if beyond(Look::Once, Decided::of(slo, &counts).tally(), slo.target, 1.0) {
            found.add(slo);
        }
    }
    let missing = silence.map_or(0.0, |silence| (silence.expected - silence.seen as f64).max(0.0));
    let minutes = (window.seconds / 60.0).ceil() as u32;
    let impact =
        impact((Minute::default(), minutes), &counts, found, missing.round() as u64, silence.is_some());
    let rules = registry.product(step.product).map(|product| product.severity.as_slice()).unwrap_or_default();
    let level = severity(rules, &step.rules, std::iter::once(&impact));
    let severity = level.map(|(level, rule)| (level, rule, rules[rule].text.clone()));
    StepLook { step: step.id, impact, severity, silence, expected }
}
