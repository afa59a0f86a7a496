//! Everything that is known at one instant, as plain values: pages, API, CLI and alerts print these and
//! compute nothing. Times are instants, counts are attempts, shares are parts per 10^9.

use std::sync::Arc;

use crate::id::{ObjectiveId, ProductId, SloId, StepId};
use crate::judge::log::Logs;
use crate::judge::status::{DataState, Status, StatusCounts, Verdict};
use crate::judge::word::{Notify, SilenceCause, TierName};
use crate::model::severity::Severity;
use crate::model::slo::Ratio;
use crate::time::{Minute, UnixNanos};

/// All answers at one instant.
#[derive(Debug, Clone, Default)]
pub struct Judgement {
    pub now: UnixNanos,
    /// The end of the last closed bucket: what is judged over windows ends here.
    pub as_of: UnixNanos,
    /// By id; so are the others.
    pub slos: Vec<SloJudgement>,
    pub steps: Vec<StepJudgement>,
    pub objectives: Vec<ObjectiveJudgement>,
    pub products: Vec<ProductJudgement>,
    /// What began and ended so far; shared, so that a clone is cheap.
    pub logs: Arc<Logs>,
}

impl Judgement {
    /// Returns an SLO's answers.
    pub fn slo(&self, id: SloId) -> Option<&SloJudgement> {
        self.slos.binary_search_by_key(&id, |slo| slo.id).ok().map(|at| &self.slos[at])
    }

    /// Returns a step's answers.
    pub fn step(&self, id: StepId) -> Option<&StepJudgement> {
        self.steps.binary_search_by_key(&id, |step| step.id).ok().map(|at| &self.steps[at])
    }

    /// Returns an objective's answers.
    pub fn objective(&self, id: ObjectiveId) -> Option<&ObjectiveJudgement> {
        self.objectives.binary_search_by_key(&id, |o| o.id).ok().map(|at| &self.objectives[at])
    }

    /// Returns a product's answers.
    pub fn product(&self, id: ProductId) -> Option<&ProductJudgement> {
        self.products.binary_search_by_key(&id, |p| p.id).ok().map(|at| &self.products[at])
    }

    /// Returns the answers of a step's SLOs.
    pub fn slos_of(&self, step: StepId) -> impl Iterator<Item = &SloJudgement> {
        self.slos.iter().filter(move |slo| slo.step == step)
    }
}

/// One SLO.
#[derive(Debug, Clone)]
pub struct SloJudgement {
    pub id: SloId,
    pub step: StepId,
    pub status: Status,
    pub verdict: Verdict,
    /// The next action that goes with the cause; empty when there is none to take.
    pub next: String,
    /// The sentence above the figures; an alert's summary begins with the same words.
    pub sentence: String,
    pub window: WindowCounts,
    /// G/N rounded down; `None` while N = 0, never 0 or 1.
    pub sli: Option<Ratio>,
    /// What the unknown attempts could still make of it; `None` while N + U = 0.
    pub interval: Option<Interval>,
    pub budget: Budget,
    /// The outage tier first, then by rank; empty while the SLO is not measured.
    pub tiers: Vec<TierJudgement>,
    pub data: DataState,
    /// Closed buckets only, by this SLO's SLI.
    pub recent: Recent,
    /// `failing` is true of the open minute and the last ones, whatever the window says.
    pub failing: Option<Failing>,
}

impl SloJudgement {
    /// Returns the tier that a person is told of: the first that fires and is not held back.
    pub fn firing(&self) -> Option<&TierJudgement> {
        self.tiers.iter().find(|tier| tier.state.is_firing() && tier.held_back_by.is_none())
    }
}

/// Attempts in an SLO's window, by its SLI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WindowCounts {
    /// From the window's start, or the first attempt when that is later, to `as_of`.
    pub from: Minute,
    pub to: Minute,
    pub good: u64,
    pub bad: u64,
    pub unknown: Unknown,
    pub excluded: u64,
    pub pending: u64,
    /// Arrived 60 s or more after their minute's end; also in their outcome.
    pub late: u64,
    /// What the sample is worth; `None` where nothing was sampled.
    pub sample: Option<Sample>,
}

/// Attempts that were sampled: each stands for several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// How many attempts N stands for, rounded.
    pub stand_for: u64,
    /// So many attempts chosen at random would tell as much.
    pub effective: u64,
    /// Weights differ and the SLI does not know them, as with latency: nothing follows from the share.
    pub is_skewed: bool,
}

impl WindowCounts {
    /// Returns N = G + B.
    pub const fn decided(&self) -> u64 {
        self.good + self.bad
    }

    /// Returns whether nothing follows from the share of good ones: they were sampled by unknown weights.
    pub fn is_skewed(&self) -> bool {
        self.sample.is_some_and(|sample| sample.is_skewed)
    }
}

/// Attempts of which nobody knows how they went, by why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unknown {
    pub late: u64,
    pub silent: u64,
    pub lost: u64,
}

impl Unknown {
    /// Returns U.
    pub const fn total(&self) -> u64 {
        self.late + self.silent + self.lost
    }
}

/// `[G/(N+U), (G+U)/(N+U)]`: `lo` rounded down, `hi` up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    pub lo: Ratio,
    pub hi: Ratio,
}

/// An SLO's error budget over its window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Budget {
    /// E = (1-t) * N, exactly, in 10^-9 attempts.
    pub allowed_nano: u128,
    /// C = B/E; `None` while E is under one attempt.
    pub consumed_ppb: Option<i64>,
    /// 1 - C, negative when overspent; `None` while E is under one attempt.
    pub remaining_ppb: Option<i64>,
    /// What the unknown attempts could still make of `remaining_ppb`: least and most.
    pub remaining_range_ppb: Option<(i64, i64)>,
    /// N^: attempts that a whole window would hold at the traffic observed; `None` under an hour of it.
    pub projected: Option<u64>,
    /// E^ = (1-t) * N^ in 10^-9 attempts.
    pub projected_nano: Option<u128>,
    /// How long the budget lasts at the rate of the last 5 min and the last hour.
    pub left: Option<TimeLeft>,
}

impl Budget {
    /// Returns E in whole attempts, rounded down.
    pub const fn allowed(&self) -> u64 {
        (self.allowed_nano / Ratio::WHOLE as u128) as u64
    }
}

/// A range of minutes until the budget is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeLeft {
    pub min_minutes: u64,
    pub max_minutes: u64,
}

/// Bad of decided attempts, and those that began beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    pub bad: u64,
    pub decided: u64,
    /// Pending or lost: nobody knows how they went, so they stand for neither side.
    pub unknown: u64,
}

impl Tally {
    /// Returns the attempts that what is claimed of users now is measured against: with the unknown ones, since
    /// failures are often known sooner than successes.
    pub const fn attempts(&self) -> u64 {
        self.decided + self.unknown
    }
}

/// What the last closed minutes held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recent {
    pub m5: Tally,
    pub m15: Tally,
    pub h1: Tally,
}

/// Most attempts fail at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failing {
    pub since: UnixNanos,
}

/// One alert tier of an SLO, with both its windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TierJudgement {
    pub name: TierName,
    pub notify: Notify,
    /// Share of the budget; `None` for the outage tier.
    pub pct_ppb: Option<u64>,
    /// In minutes.
    pub long: u32,
    pub short: u32,
    /// Fires above so many bad attempts over `long`: pct * E^, at least `min_bad`; `None` while E^ is not known.
    pub threshold: Option<u64>,
    pub min_bad: u64,
    pub in_long: Tally,
    pub in_short: Tally,
    pub state: TierState,
    /// What silences it meanwhile.
    pub held_back_by: Option<HeldBackBy>,
}

/// Whether a tier fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TierState {
    #[default]
    Quiet,
    /// `since` is when it fired; a reopened alert keeps its first.
    Firing { since: UnixNanos },
    /// Fires and cannot resolve: its source is silent or late.
    Frozen { since: UnixNanos },
}

impl TierState {
    /// Returns whether an alert is open.
    pub const fn is_firing(self) -> bool {
        !matches!(self, TierState::Quiet)
    }

    /// Returns since when an alert is open.
    pub const fn since(self) -> Option<UnixNanos> {
        match self {
            TierState::Quiet => None,
            TierState::Firing { since } | TierState::Frozen { since } => Some(since),
        }
    }
}

/// An alert of higher rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldBackBy {
    Tier(TierName),
    Silence,
}

/// One step, over all its SLOs.
#[derive(Debug, Clone)]
pub struct StepJudgement {
    pub id: StepId,
    /// The worst of its measured SLOs'; `no SLO` without any.
    pub status: Status,
    pub data: DataState,
    /// Why nothing measures the step, `None` when something does.
    pub not_measured: Option<&'static str>,
    /// SLOs that this version cannot measure yet; they are in no roll-up.
    pub slos_not_measured: u32,
    /// The open minute alone, and with the 1, 4 and 14 before it.
    pub impacts: [Impact; 4],
    /// Of those beyond tolerance the one with the highest lower limit, which severity looks at; `None` without any.
    pub impact: Option<Impact>,
    pub severity: Option<SeverityNow>,
    /// Since the severity or silence began.
    pub lost_so_far: Option<LostSoFar>,
    pub silence: Option<SilenceNow>,
    /// Good attempts that bring about less than half of what is usual, while the alert is open.
    pub useless: Option<UselessNow>,
    pub expectation: Option<Expectation>,
    /// Attempts of any outcome in the last 24 h of closed buckets: what an unmeasured step would be worth.
    pub started_1d: u64,
    /// By availability, closed buckets only.
    pub recent: Recent,
    /// What happens, in words; empty when nothing does.
    pub sentence: String,
}

/// How many good attempts of the last 15 closed minutes brought about what their step usually does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UselessNow {
    pub since: UnixNanos,
    pub looked: u64,
    pub found: u64,
    /// Over 7 days before it began.
    pub usual_looked: u64,
    pub usual_found: u64,
}

/// What users lost at a step over one live window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Impact {
    /// The first minute of the window.
    pub from: Minute,
    /// In minutes, the open one with them.
    pub minutes: u32,
    /// Attempts bad in any SLI beyond its tolerance, each once, and the unknown.
    pub lost: u64,
    /// Of the lost, those that never started.
    pub never_started: u64,
    /// N + U, pending attempts with them: what is not known is not lost, and not left out either.
    pub attempts: u64,
    /// Of the attempts, those of which nobody knows how they went, yet or for ever.
    pub unknown: u64,
    /// Attempts that failed are beyond what the step tolerates.
    pub failed: bool,
    /// Attempts slower than this are beyond it.
    pub slower_than_ns: Option<u64>,
    /// lost / attempts; 0 without any.
    pub share: Ratio,
    /// Wilson 95 % lower limit of `share`: "at least".
    pub at_least: Ratio,
    /// Whether an SLI is beyond its own tolerance in this window.
    pub beyond_tolerance: bool,
}

impl Impact {
    /// Returns whether every attempt that is decided was lost, although not all are decided.
    pub const fn is_all_so_far(&self) -> bool {
        self.unknown > 0 && self.lost > 0 && self.lost + self.unknown == self.attempts
    }
}

/// A step's severity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeverityNow {
    pub level: Severity,
    /// The rule's index in the product's file order.
    pub rule: usize,
    pub text: String,
    /// When the episode began; a level that rises keeps it.
    pub since: UnixNanos,
    /// When this level began.
    pub level_since: UnixNanos,
}

/// What an episode has cost so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LostSoFar {
    pub since: UnixNanos,
    pub attempts: u64,
    pub never_started: u64,
}

/// A silence that lasts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SilenceNow {
    pub cause: SilenceCause,
    /// The upstream step that busy users come from, or that starves this one.
    pub by: Option<StepId>,
    /// The first silent minute (it reaches back before the proof).
    pub from: Minute,
    /// When it was proven.
    pub proven: UnixNanos,
    /// Attempts expected and seen since `from`.
    pub expected: f64,
    pub seen: u64,
    /// Set once it asks for somebody; held back for a starved step.
    pub alert: Option<Notify>,
}

/// What a step's traffic is expected to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expectation {
    /// Attempts a minute, now.
    pub per_minute: f64,
    pub basis: Basis,
}

/// Where an expectation comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The same minutes of the last four weeks.
    FourWeeks,
    /// The last 180 trained minutes, or as many as there are.
    Recent { minutes: u32 },
    /// The baseline that the user named.
    Given,
}

/// One objective; it has no number of its own.
#[derive(Debug, Clone)]
pub struct ObjectiveJudgement {
    pub id: ObjectiveId,
    /// The worst of its required steps'.
    pub status: Status,
    /// The step that makes it so, and why in words.
    pub because: Option<Because>,
    /// The worst of its steps'.
    pub severity: Option<Severity>,
    /// Of its steps, optional ones too.
    pub steps: StatusCounts,
    pub slos: StatusCounts,
    pub required: u32,
    /// Of the required steps, those that something measures.
    pub measured: u32,
    pub slos_not_measured: u32,
}

/// A reason and the step it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Because {
    pub step: StepId,
    pub text: String,
}

/// One product.
#[derive(Debug, Clone)]
pub struct ProductJudgement {
    pub id: ProductId,
    /// The worst critical objective's; without critical ones the important ones', then the others'.
    pub status: Status,
    pub because: Option<(ObjectiveId, Because)>,
    pub severity: Option<Severity>,
    /// The severest step.
    pub worst_step: Option<StepId>,
    pub objectives: StatusCounts,
    pub steps: StatusCounts,
    pub slos: StatusCounts,
    /// Steps required by some objective, and those of them that something measures.
    pub required: u32,
    pub measured: u32,
    pub slos_not_measured: u32,
}

/// What one look at a chosen window says (`replay --window`).
#[derive(Debug, Clone, Default)]
pub struct WindowJudgement {
    pub steps: Vec<StepLook>,
}

/// A step in one look.
#[derive(Debug, Clone)]
pub struct StepLook {
    pub step: StepId,
    pub impact: Impact,
    pub severity: Option<(Severity, usize, String)>,
    pub silence: Option<SilenceLook>,
    /// Attempts that the baseline leads to expect, `None` without one.
    pub expected: Option<f64>,
}

/// A silence in one look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SilenceLook {
    pub cause: SilenceCause,
    pub by: Option<StepId>,
    pub expected: f64,
    pub seen: u64,
}
