//! Severity guidelines: how bad an incident is, from measured impact (article, Table 2).

use crate::id::StepId;
use crate::model::step::FeatureClass;

/// How bad an incident is. The order is from worst to least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    Major,
    Medium,
    Minor,
}

impl Severity {
    /// Returns the word used in YAML, API and pages.
    pub const fn word(self) -> &'static str {
        match self {
            Severity::Major => "major",
            Severity::Medium => "medium",
            Severity::Minor => "minor",
        }
    }
}

/// One guideline: at this impact on these steps, an incident has this severity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeverityRule {
    pub level: Severity,
    pub of: RuleSteps,
    /// Impact above which it fires, in parts per 10^9; 0 is "anything beyond tolerance".
    pub above_ppb: u64,
    /// The rule in plain words, such as `core, impact over 20 %`.
    pub text: String,
}

/// The steps that a severity rule looks at, each alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleSteps {
    All,
    Class(FeatureClass),
    Steps(Vec<StepId>),
}
