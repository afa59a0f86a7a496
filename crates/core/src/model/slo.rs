//! Product SLOs: what is measured at a step, by which method, against which target.

use crate::id::{SloId, StepId};
use crate::time::SECOND_NS;

/// How an SLI is measured (article, Tables 4-6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    Service,
    Client,
    EndToEnd,
}

impl Method {
    /// Returns the word used in YAML, API and pages.
    pub const fn word(self) -> &'static str {
        match self {
            Method::Service => "service",
            Method::Client => "client",
            Method::EndToEnd => "end-to-end",
        }
    }
}

/// A share as parts per 10^9, so that targets are compared without floats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ratio(u64);

impl Ratio {
    /// Parts in a whole.
    pub const WHOLE: u64 = 1_000_000_000;

    /// Wraps parts per 10^9; more than a whole is cut to a whole.
    pub const fn from_ppb(ppb: u64) -> Self {
        Self(if ppb > Self::WHOLE { Self::WHOLE } else { ppb })
    }

    /// Returns parts per 10^9.
    pub const fn ppb(self) -> u64 {
        self.0
    }

    /// Returns the share as a float, for estimates and charts only.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / Self::WHOLE as f64
    }

    /// Returns 1 - this.
    pub const fn complement(self) -> Self {
        Self(Self::WHOLE - self.0)
    }
}

/// A rolling window's length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Window(u32);

impl Window {
    /// Wraps a length in whole minutes, at least 1.
    pub const fn minutes(minutes: u32) -> Self {
        Self(if minutes == 0 { 1 } else { minutes })
    }

    /// Wraps a length in days of 86,400 s.
    pub const fn days(days: u32) -> Self {
        Self::minutes(days * 24 * 60)
    }

    /// Returns the number of one-minute buckets in the window.
    pub const fn buckets(self) -> u32 {
        self.0
    }

    /// Returns the length in ns.
    pub const fn ns(self) -> u64 {
        self.0 as u64 * 60 * SECOND_NS
    }

    /// Returns the length as people write it: `28d`, `6h`, `5m`.
    pub fn text(self) -> String {
        match self.0 {
            m if m % 1_440 == 0 => format!("{}d", m / 1_440),
            m if m % 60 == 0 => format!("{}h", m / 60),
            m => format!("{m}m"),
        }
    }
}

/// What an SLO counts as good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sli {
    /// Attempts that the step's conditions call good.
    Availability,
    /// Attempts within the threshold; `slot` is the threshold's place in the step's latency counters, 255
    /// where they do not count it (a client's latency).
    Latency { threshold_ns: u64, slot: u8 },
    /// Starts that found their end in time; not fed by this version.
    EndToEnd { from: JoinSide, to: JoinSide, within_ns: u64 },
}

/// One side of an end-to-end join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinSide {
    pub service: String,
    pub operation: String,
    /// An attribute key, `trace`, or `link`.
    pub key: String,
}

/// A product SLO.
#[derive(Debug, Clone)]
pub struct Slo {
    pub id: SloId,
    pub step: StepId,
    /// `product/step/name`, stable across reloads.
    pub slo_id: String,
    /// The last part of `slo_id`, such as `available`.
    pub name: String,
    pub method: Method,
    pub sli: Sli,
    pub target: Ratio,
    pub window: Window,
    /// Why the target lies outside its criticality's band; empty when it need not say.
    pub justification: String,
    /// A hash of what is judged (target, window): a change is recomputed.
    pub judgement_hash: u64,
}

impl Slo {
    /// Returns why this version cannot measure the SLO and what is missing, `None` when it can.
    pub fn not_measured(&self) -> Option<&'static str> {
        match self.method {
            Method::Service => None,
            Method::Client => {
                Some("no client event has come for this step; this version does not receive them")
            }
            Method::EndToEnd => Some("both ends would have to be joined; this version does not join"),
        }
    }
}
