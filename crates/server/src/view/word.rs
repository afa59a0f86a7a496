//! The words for states, methods and grades, each a closed set with its order. `ui.md` section 6 rules the
//! status words; no page has others.

use schemars::JsonSchema;
use serde::Serialize;
use throughline_core::model::{objective, severity, slo, step};

/// How a step, an SLO or an objective stands now. The order is from what must be seen first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Fails now, whatever the window says.
    Failing,
    /// Traffic stopped that should be there.
    Silent,
    /// A burn tier fires.
    Burning,
    /// The window's target is missed.
    Missed,
    /// No verdict; [`State::cause`] says why.
    CannotTell,
    /// There is evidence that data is delayed.
    Late,
    /// Met, with less than 10 % of the budget left.
    LowBudget,
    Met,
    /// Nothing measures the step.
    NoSlo,
}

impl Status {
    /// Every status, in the order in which heads and filters list them.
    pub const ALL: [Self; 9] = [
        Self::Failing,
        Self::Silent,
        Self::Burning,
        Self::Missed,
        Self::CannotTell,
        Self::Late,
        Self::LowBudget,
        Self::Met,
        Self::NoSlo,
    ];

    /// Returns the word that people read.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Silent => "silent",
            Self::Burning => "burning",
            Self::Missed => "missed",
            Self::CannotTell => "cannot tell",
            Self::Late => "late",
            Self::LowBudget => "low budget",
            Self::Met => "met",
            Self::NoSlo => "no SLO",
        }
    }

    /// Returns the value used in query strings and JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::CannotTell => "cannot_tell",
            Self::LowBudget => "low_budget",
            Self::NoSlo => "no_slo",
            other => other.word(),
        }
    }

    /// Returns the status of a query value.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.key() == key)
    }

    /// Returns whether the status says that something is not known (drawn dashed).
    pub const fn is_unknown(self) -> bool {
        matches!(self, Self::CannotTell | Self::Late | Self::NoSlo)
    }
}

/// Why there is no verdict (`slo.md` 4), first that applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Nothing feeds this method or step.
    NotMeasured,
    NoData,
    TooYoung,
    MeasurementChanged,
    LateData,
    SilentData,
    LostData,
    TooLittleData,
    /// Each attempt stands for several, and what that leaves open holds the target.
    Sampled,
}

impl Cause {
    /// Returns the words that people read.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotMeasured => "not measured",
            Self::NoData => "no data",
            Self::TooYoung => "too young",
            Self::MeasurementChanged => "measurement changed",
            Self::LateData => "late data",
            Self::SilentData => "silent data",
            Self::LostData => "lost data",
            Self::TooLittleData => "too little data",
            Self::Sampled => "sampled",
        }
    }
}

/// A status with the cause of a missing verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct State {
    pub status: Status,
    /// Set with `cannot_tell` only.
    pub cause: Option<Cause>,
}

impl State {
    /// Returns the state "cannot tell" with its cause.
    pub const fn cannot_tell(cause: Cause) -> Self {
        Self { status: Status::CannotTell, cause: Some(cause) }
    }

    /// Returns whether nothing was ever seen of it: then no number says that users are well.
    pub const fn is_unseen(self) -> bool {
        matches!(self.cause, Some(Cause::NotMeasured | Cause::NoData))
    }

    /// Returns the words that people read, such as `cannot tell: too young`.
    pub fn words(self) -> String {
        match self.cause {
            Some(cause) => format!("{}: {}", self.status.word(), cause.word()),
            None => self.status.word().to_owned(),
        }
    }
}

impl From<Status> for State {
    fn from(status: Status) -> Self {
        Self { status, cause: None }
    }
}

/// How many steps or SLOs have a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StatusCount {
    pub status: Status,
    pub count: u64,
}

/// Counts statuses in the order of [`Status`]; those that do not occur are left out.
pub fn status_counts(statuses: impl IntoIterator<Item = Status>) -> Vec<StatusCount> {
    let mut counts = std::collections::BTreeMap::new();
    for status in statuses {
        *counts.entry(status).or_insert(0_u64) += 1;
    }
    counts.into_iter().map(|(status, count)| StatusCount { status, count }).collect()
}

/// How bad an incident is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Major,
    Medium,
    Minor,
}

impl Severity {
    /// Returns the word that people read.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Major => "major",
            Self::Medium => "medium",
            Self::Minor => "minor",
        }
    }
}

impl From<severity::Severity> for Severity {
    fn from(level: severity::Severity) -> Self {
        match level {
            severity::Severity::Major => Self::Major,
            severity::Severity::Medium => Self::Medium,
            severity::Severity::Minor => Self::Minor,
        }
    }
}

/// What an objective or step is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Criticality {
    Critical,
    Important,
    None,
}

impl Criticality {
    /// Returns the word that people read; `not critical` for none.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Important => "important",
            Self::None => "not critical",
        }
    }
}

impl From<objective::Criticality> for Criticality {
    fn from(criticality: objective::Criticality) -> Self {
        match criticality {
            objective::Criticality::Critical => Self::Critical,
            objective::Criticality::Important => Self::Important,
            objective::Criticality::None => Self::None,
        }
    }
}

/// How an SLI is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    Service,
    Client,
    EndToEnd,
}

impl Method {
    /// Every method, in the order of the article.
    pub const ALL: [Self; 3] = [Self::Service, Self::Client, Self::EndToEnd];

    /// Returns the word that people read, also used in query strings and JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Client => "client",
            Self::EndToEnd => "end-to-end",
        }
    }

    /// Returns the method of a query value.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.word() == key)
    }
}

impl From<slo::Method> for Method {
    fn from(method: slo::Method) -> Self {
        match method {
            slo::Method::Service => Self::Service,
            slo::Method::Client => Self::Client,
            slo::Method::EndToEnd => Self::EndToEnd,
        }
    }
}

/// Feature class of a step, of which severity rules speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeatureClass {
    Core,
    Auxiliary,
}

impl FeatureClass {
    /// Returns the word that people read.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Auxiliary => "auxiliary",
        }
    }
}

impl From<step::FeatureClass> for FeatureClass {
    fn from(class: step::FeatureClass) -> Self {
        match class {
            step::FeatureClass::Core => Self::Core,
            step::FeatureClass::Auxiliary => Self::Auxiliary,
        }
    }
}

/// Whether data comes as it should (`slo.md` 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DataState {
    Flowing,
    Late,
    Silent,
    /// Nothing since registration.
    None,
}

impl DataState {
    /// Returns the words that people read.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Flowing => "flowing",
            Self::Late => "late",
            Self::Silent => "silent",
            Self::None => "none yet",
        }
    }
}
