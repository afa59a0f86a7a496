//! The faults that the demo can put into the mail product, and what each does to a flow from its moment on.
//! It says what happens, never how it looks in a span: nothing of a scenario's name reaches the bytes.

use std::fmt;
use std::str::FromStr;

use crate::world::{FlowId, broken};

/// What goes wrong with the mail product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scenario {
    None,
    SaveDraft,
    Silent,
    SlowAuth,
    PartialOutage,
}

/// The text that names no scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownScenario(String);

/// A scenario and the moment from which it holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault {
    scenario: Scenario,
    from_ns: u64,
}

/// What a fault does to one attempt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Effect {
    None,
    /// That share of the attempts ends in this one of the flow's endings.
    End {
        share: f64,
        ending: usize,
    },
    /// That share of the attempts takes longer, all in the flow's last call.
    Delay {
        share: f64,
        ns: u64,
    },
}

/// Users who get an empty page try once more now and then.
const RETRIES_OF_EMPTY_PAGE: f64 = 1.3;
const AUTH_DELAY_NS: u64 = 2_500_000_000;

impl Scenario {
    /// Returns every scenario, the healthy one first.
    pub fn all() -> [Scenario; 5] {
        [Self::None, Self::SaveDraft, Self::Silent, Self::SlowAuth, Self::PartialOutage]
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::SaveDraft => "save-draft",
            Self::Silent => "silent",
            Self::SlowAuth => "slow-auth",
            Self::PartialOutage => "partial-outage",
        }
    }

    /// Returns one line on what users see and what the services' own numbers say.
    pub fn description(self) -> &'static str {
        match self {
            Self::None => "nothing is broken",
            Self::SaveDraft => "every save of a draft fails while 98 % of storage's requests succeed",
            Self::Silent => {
                "the compose page is empty but says 200: nobody sends, and every service looks better"
            }
            Self::SlowAuth => "six of ten log ins take 2.5 s longer, none fails",
            Self::PartialOutage => {
                "mail loses some of its servers: 30 % of messages and 12 % of inboxes do not open"
            }
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Scenario {
    type Err = UnknownScenario;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::all()
            .into_iter()
            .find(|scenario| scenario.name() == text)
            .ok_or_else(|| UnknownScenario(text.into()))
    }
}

impl fmt::Display for UnknownScenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Scenario::all().map(|scenario| format!("`{scenario}`")).join(", ");
        write!(f, "unknown scenario `{}`, known are {names}", self.0)
    }
}

impl std::error::Error for UnknownScenario {}

impl Fault {
    pub(crate) fn new(scenario: Scenario, from_ns: Option<u64>) -> Self {
        Self { scenario, from_ns: from_ns.unwrap_or(u64::MAX) }
    }

    fn scenario_at(&self, at_ns: u64) -> Scenario {
        if at_ns >= self.from_ns { self.scenario } else { Scenario::None }
    }

    /// Returns how many users come to a flow against an ordinary day: 0 is nobody.
    pub(crate) fn presence(&self, flow: FlowId, at_ns: u64) -> f64 {
        match (self.scenario_at(at_ns), flow) {
            (Scenario::Silent, FlowId::OpenCompose) => RETRIES_OF_EMPTY_PAGE,
            (
                Scenario::Silent,
                FlowId::LookupAddresses | FlowId::CheckSpelling | FlowId::SaveDraft | FlowId::SendMail,
            ) => 0.0,
            _ => 1.0,
        }
    }

    pub(crate) fn effect(&self, flow: FlowId, at_ns: u64) -> Effect {
        match (self.scenario_at(at_ns), flow) {
            (Scenario::SaveDraft, FlowId::SaveDraft) => {
                Effect::End { share: 1.0, ending: broken::DRAFT_OVER_QUOTA }
            }
            (Scenario::Silent, FlowId::OpenCompose) => {
                Effect::End { share: 1.0, ending: broken::COMPOSE_EMPTY }
            }
            (Scenario::SlowAuth, FlowId::Login | FlowId::Probe) => {
                Effect::Delay { share: 0.6, ns: AUTH_DELAY_NS }
            }
            (Scenario::PartialOutage, FlowId::OpenMessage) => {
                Effect::End { share: 0.3, ending: broken::MESSAGE_WITHOUT_SHARD }
            }
            (Scenario::PartialOutage, FlowId::OpenInbox) => {
                Effect::End { share: 0.12, ending: broken::INBOX_WITHOUT_SHARD }
            }
            (Scenario::PartialOutage, FlowId::Export) => {
                Effect::End { share: 0.12, ending: broken::EXPORT_WITHOUT_SHARD }
            }
            _ => Effect::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_parse_to_what_they_name() {
        for scenario in Scenario::all() {
            assert_eq!(scenario.to_string().parse(), Ok(scenario));
            assert!(!scenario.description().is_empty());
        }
    }

    #[test]
    fn unknown_name_lists_the_known_ones() {
        let error = "slow".parse::<Scenario>().unwrap_err();
        assert!(error.to_string().starts_with("unknown scenario `slow`, known are `none`, `save-draft`"));
    }

    #[test]
    fn nothing_happens_before_the_fault() {
        let fault = Fault::new(Scenario::SaveDraft, Some(100));
        assert_eq!(fault.effect(FlowId::SaveDraft, 99), Effect::None);
        assert_ne!(fault.effect(FlowId::SaveDraft, 100), Effect::None);
        assert_eq!(Fault::new(Scenario::SaveDraft, None).effect(FlowId::SaveDraft, 100), Effect::None);
    }
}
