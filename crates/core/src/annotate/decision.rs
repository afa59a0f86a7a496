//! What became of a span: the answer of annotation, and all that counting needs to know of it.
//! Plain values; they are compared so that a change of mind becomes a signed change of counts.

use crate::annotate::names::ReasonId;
use crate::id::{ObjectiveId, ServiceId, StepId};
use crate::observation::TrafficClass;

/// How a request got its step. The order is the precedence (`telemetry.md` 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    Client,
    Rule,
    Trace,
}

impl Source {
    /// Returns the word used in API and pages.
    pub const fn word(self) -> &'static str {
        match self {
            Source::Client => "client",
            Source::Rule => "rule",
            Source::Trace => "trace",
        }
    }
}

/// Why a span takes part in nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Filtered {
    /// Not an entry span.
    NoEntry,
    /// Holds the steps of two or more segments: a session, not a request.
    Container,
}

/// Why an entry span has no step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unmatched {
    NoRule,
    Ambiguous,
    UnknownId,
    /// The rest of its trace may still tell; at most 30 s after it arrived.
    Undecided,
}

/// The outcome of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    Good,
    Failed,
    Useless,
    Shed,
    Excluded,
    Pending,
    Lost,
}

impl Outcome {
    /// Returns whether the attempt is bad.
    pub const fn is_bad(self) -> bool {
        matches!(self, Outcome::Failed | Outcome::Useless | Outcome::Shed)
    }

    /// Returns the words used in API and pages.
    pub const fn word(self) -> &'static str {
        match self {
            Outcome::Good => "good",
            Outcome::Failed => "failed",
            Outcome::Useless => "useless",
            Outcome::Shed => "shed",
            Outcome::Excluded => "excluded",
            Outcome::Pending => "pending",
            Outcome::Lost => "lost",
        }
    }
}

/// Whether a good attempt brought about what its step usually does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Brings {
    /// The step expects nothing, or the attempt is not good.
    NotAsked,
    /// Not known, yet or for ever.
    Unknown,
    Something,
    /// What is expected did not come, and that is proven.
    Nothing,
}

/// An attempt: one user's one try at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    pub objective: Option<ObjectiveId>,
    pub outcome: Outcome,
    pub brings: Brings,
    /// Where a bad attempt began to fail: the deepest span below it that is an error, with its reason.
    pub blame: Option<(ServiceId, Option<ReasonId>)>,
}

/// What client and rule say of an entry span, where both speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Agreement {
    NotBoth,
    Same,
    Differ,
}

/// A step that a request is counted under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    pub step: StepId,
    pub source: Source,
    pub class: TrafficClass,
    /// `None`: the request only fills its service x step cell.
    pub attempt: Option<Attempt>,
    /// Requests in the cell: the distinct links of a CONSUMER span, else 1.
    pub times: u16,
    pub others: Option<Box<Others>>,
    pub agreement: Agreement,
}

/// Links of the same span whose messages belong to other steps, how many to each: cells only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Others(pub Vec<(StepId, u16)>);

impl Counted {
    /// Returns the other steps that the span's links belong to, and how many to each.
    pub fn others(&self) -> &[(StepId, u16)] {
        self.others.as_ref().map_or(&[], |others| &others.0)
    }
}

/// What became of a span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Filtered(Filtered),
    Unmatched(Unmatched),
    Counted(Counted),
}
