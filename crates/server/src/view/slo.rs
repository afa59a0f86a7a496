//! One SLO: the sentence, three numbers, the budget's way, its alert tiers, how it is measured.

use schemars::JsonSchema;
use serde::Serialize;

use crate::view::chart::{Attempts, Burndown};
use crate::view::empty::Explained;
use crate::view::prose::{Link, Prose};
use crate::view::shell::ProductName;
use crate::view::sli::{Share, Sli};
use crate::view::step::{Reason, SeverityNow};
use crate::view::time::At;
use crate::view::word::{Criticality, DataState, Method, State};

/// `/slos/{product}/{step}/{name}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Slo {
    /// `product/step/name`.
    pub id: String,
    pub product: ProductName,
    /// The most critical objective that uses the step; `null` when none does.
    pub objective: Option<Link>,
    pub step: Link,
    /// `Save draft is available`.
    pub title: String,
    pub criticality: Criticality,
    pub method: Method,
    pub state: State,
    /// The verdict over the window, apart from what happens now; `null` when the state is the verdict.
    pub verdict: Verdict,
    /// The same text as the alert's summary.
    pub say: Prose,
    pub severity: Option<SeverityNow>,
    pub sli: Sli,
    /// Whether anything was measured; without it nobody knows of failures, and none is claimed absent.
    pub is_known: bool,
    /// How long the budget lasts; `null` while it does not burn.
    pub lasts: Option<Lasts>,
    /// `null` when nothing was measured.
    pub burndown: Option<Burndown>,
    pub attempts: Option<Attempts>,
    pub tiers: Vec<Tier>,
    /// The step's silence alert, beside the tiers; `null` without one.
    pub silence: Option<SilenceAlert>,
    /// How many attempts may still fail, by the range of the budget left; `null` without a range.
    pub may_fail: Option<MayFail>,
    /// Why attempts failed in the last hour, most first.
    pub reasons: Vec<Reason>,
    pub measured: Measured,
    /// Set when the state is not known.
    pub explained: Option<Explained>,
}

/// The verdict over the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Met,
    Missed,
    CannotTell,
}

impl Verdict {
    /// Returns the words that people read.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Missed => "missed",
            Self::CannotTell => "cannot tell",
        }
    }
}

/// Time until the budget is gone, if nothing changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Lasts {
    pub low_seconds: u64,
    pub high_seconds: u64,
    /// `at the rate of the last 5 minutes, of the last hour`.
    pub at_rate_of: String,
}

/// Attempts that may still fail, least and most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MayFail {
    pub low: u64,
    pub high: u64,
}

/// An alert because attempts stopped that should be there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SilenceAlert {
    pub notify: Notify,
    pub since: At,
    pub says: Prose,
}

/// An alert tier and how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Tier {
    /// `outage`, `fast`, `steady`, `slow`, `creep`.
    pub name: String,
    pub notify: Notify,
    pub long_minutes: u32,
    pub short_minutes: u32,
    pub fires_above: FiresAbove,
    /// Bad of decided.
    pub long: Share,
    pub short: Share,
    /// `null` while it does not fire.
    pub firing_since: Option<At>,
    /// The tier that fires in its place.
    pub held_back_by: Option<String>,
    /// Whether its windows hold anything to tell by.
    pub is_known: bool,
    /// Late or silent data keeps it as it was.
    pub frozen: bool,
    /// Further words, may be empty: `first to fire`, `resolved 12:10`.
    pub note: String,
}

/// What an alert asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Notify {
    Page,
    Ticket,
}

impl Notify {
    /// Returns the word that people read.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Ticket => "ticket",
        }
    }
}

/// A tier's threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FiresAbove {
    /// More bad attempts than this share of the window's expected budget.
    Budget { attempts: u64, share_ppb: u64 },
    /// At least this many bad attempts: fewer prove nothing, whatever share of the budget they are.
    AtLeast { attempts: u64 },
    /// At least half of at least this many fail.
    Half { at_least: u64 },
    /// The budget is not known yet.
    Unknown,
}

/// How an SLO is measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Measured {
    pub counts: Prose,
    pub good: Prose,
    pub bad: Prose,
    pub excluded: Prose,
    pub data: DataState,
    /// Late records and lost attempts in the window.
    pub late: u64,
    pub lost: u64,
    /// `version 3 since 2 Oct`.
    pub definition: String,
    /// The registry version that the numbers were made with, 16 hex digits.
    pub registry_version: String,
    pub owner: String,
}
