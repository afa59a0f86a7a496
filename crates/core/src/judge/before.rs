//! What an SLO measured by the definition before: it is compared with the new one until that has shown that it
//! measures the same, or the window holds nothing else (`docs/adr/007`). No attempt is counted twice.

use crate::count::history::History;
use crate::judge::plan::{Plan, SloPlan};
use crate::judge::sli::Decided;
use crate::judge::verdict::{attempts_min, parts};
use crate::model::slo::{Ratio, Slo};
use crate::time::Minute;

const DAY: u32 = 1_440;

/// The SLI that the definition before had over its window, in parts per 10^9.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Before(u64);

impl Before {
    /// Returns what an SLO measured over its window when its definition changed; `None` when that was too little
    /// to say anything.
    pub(crate) fn of(old: &SloPlan, history: &History, as_of: Minute) -> Option<Self> {
        let window = as_of.minus(old.slo.window.buckets())..as_of;
        let decided = Decided::of(&old.slo, &history.step(old.slo.step).sum(window));
        let n = decided.n();
        (n > 0 && n >= attempts_min(old.slo.target)).then(|| Self(parts(decided.good, n)))
    }

    /// Returns whether an SLI differs by more than a quarter of the budget.
    pub(crate) const fn differs(self, sli: Ratio, target: Ratio) -> bool {
        self.0.abs_diff(sli.ppb()) * 4 > target.complement().ppb()
    }

    /// Returns whether the new definition stands: its series is a whole window old, or its last day measures the
    /// same as the one before did.
    pub(crate) fn is_over(self, slo: &Slo, age: u32, day: Decided) -> bool {
        let same = || day.n() > 0 && !self.differs(Ratio::from_ppb(parts(day.good, day.n())), slo.target);
        age >= slo.window.buckets().max(DAY) || age >= DAY && same()
    }
}

impl Plan {
    /// Returns the SLO of the same name under another definition.
    pub(crate) fn defined_before(&self, new: &SloPlan) -> Option<&SloPlan> {
        self.slos.iter().find(|old| old.slo.slo_id == new.slo.slo_id && old.id() != new.id())
    }
}
