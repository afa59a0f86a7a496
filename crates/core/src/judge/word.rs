//! The closed words of alerts and silences: tiers, what they ask for, causes. Nothing is decided here.

/// An alert tier's name; the order is its rank, the first wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TierName {
    Outage,
    Fast,
    Steady,
    Slow,
    Creep,
}

impl TierName {
    /// Returns the word used in API, pages and labels.
    pub const fn word(self) -> &'static str {
        match self {
            TierName::Outage => "outage",
            TierName::Fast => "fast",
            TierName::Steady => "steady",
            TierName::Slow => "slow",
            TierName::Creep => "creep",
        }
    }

    /// Returns the label `tier_rank`: 1 to 4 for burn tiers, 0 for the outage tier.
    pub const fn rank(self) -> u8 {
        self as u8
    }
}

/// What an alert asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Notify {
    Page,
    Ticket,
}

impl Notify {
    /// Returns the word used in API, pages and labels.
    pub const fn word(self) -> &'static str {
        match self {
            Notify::Page => "page",
            Notify::Ticket => "ticket",
        }
    }
}

/// Why a step is silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SilenceCause {
    /// Users come to the step before it, and do not get here.
    LostAfterUpstream,
    /// The step before it is silent.
    Starved,
    /// An entry step whose service is alive: users cannot start, or the annotation broke.
    CannotStart,
    /// An entry step whose service is gone: we cannot see.
    CannotSee,
}

impl SilenceCause {
    /// Returns the word used in API and labels.
    pub const fn word(self) -> &'static str {
        match self {
            SilenceCause::LostAfterUpstream => "lost after upstream",
            SilenceCause::Starved => "starved",
            SilenceCause::CannotStart => "users cannot start",
            SilenceCause::CannotSee => "we cannot see",
        }
    }
}
