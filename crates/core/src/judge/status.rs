//! The words a person reads first: status, verdict with its cause, data state. Each stands once, here; pages,
//! API and CLI print them and never decide again.

use crate::time::UnixNanos;

/// The status of an SLO, step, objective or product (`ui.md` 6). The order is from worst to best: what fails
/// now comes before what was missed over a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    Failing,
    Silent,
    Burning,
    Missed,
    CannotTell(CauseKind),
    Late,
    LowBudget,
    Met,
    NoSlo,
}

impl Status {
    /// Returns the word used in API, pages and CLI, without the cause.
    pub const fn word(self) -> &'static str {
        StatusCounts::WORDS[self.rank()]
    }

    /// Returns the word with its cause: `cannot tell: no data`.
    pub fn text(self) -> String {
        match self {
            Status::CannotTell(cause) => format!("cannot tell: {}", cause.word()),
            other => other.word().to_owned(),
        }
    }

    /// Returns the place in the order, from 0 for `failing` to 8 for `no SLO`.
    pub const fn rank(self) -> usize {
        match self {
            Status::Failing => 0,
            Status::Silent => 1,
            Status::Burning => 2,
            Status::Missed => 3,
            Status::CannotTell(_) => 4,
            Status::Late => 5,
            Status::LowBudget => 6,
            Status::Met => 7,
            Status::NoSlo => 8,
        }
    }
}

/// How many things have each status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StatusCounts([u32; 9]);

impl StatusCounts {
    const WORDS: [&'static str; 9] =
        ["failing", "silent", "burning", "missed", "cannot tell", "late", "low budget", "met", "no SLO"];

    /// Counts one more.
    pub const fn add(&mut self, status: Status) {
        self.0[status.rank()] += 1;
    }

    /// Returns the words with their numbers, worst first; zero is left out.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u32)> {
        Self::WORDS.into_iter().zip(self.0).filter(|(_, n)| *n > 0)
    }
}

/// Whether an SLO holds over its window (`slo.md` 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Met,
    Missed,
    CannotTell(Cause),
}

impl Verdict {
    /// Returns the word used in API, pages and CLI, without the cause.
    pub const fn word(&self) -> &'static str {
        match self {
            Verdict::Met => "met",
            Verdict::Missed => "missed",
            Verdict::CannotTell(_) => "cannot tell",
        }
    }
}

/// Why nobody can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The method is not fed; says what is missing.
    NotMeasured(&'static str),
    NoData,
    TooYoung {
        since: UnixNanos,
    },
    MeasurementChanged,
    LateData,
    SilentData,
    LostData,
    /// What the sample leaves open holds the target.
    Sampled,
    TooLittleData {
        n: u64,
        needed: u64,
    },
}

/// A cause without its particulars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CauseKind {
    NotMeasured,
    NoData,
    TooYoung,
    MeasurementChanged,
    LateData,
    SilentData,
    LostData,
    Sampled,
    TooLittleData,
}

impl Cause {
    /// Returns the cause without its particulars.
    pub const fn kind(&self) -> CauseKind {
        match self {
            Cause::NotMeasured(_) => CauseKind::NotMeasured,
            Cause::NoData => CauseKind::NoData,
            Cause::TooYoung { .. } => CauseKind::TooYoung,
            Cause::MeasurementChanged => CauseKind::MeasurementChanged,
            Cause::LateData => CauseKind::LateData,
            Cause::SilentData => CauseKind::SilentData,
            Cause::LostData => CauseKind::LostData,
            Cause::Sampled => CauseKind::Sampled,
            Cause::TooLittleData { .. } => CauseKind::TooLittleData,
        }
    }
}

impl CauseKind {
    /// Returns the words used in API, pages and CLI.
    pub const fn word(self) -> &'static str {
        match self {
            CauseKind::NotMeasured => "not measured",
            CauseKind::NoData => "no data",
            CauseKind::TooYoung => "too young",
            CauseKind::MeasurementChanged => "measurement changed",
            CauseKind::LateData => "late data",
            CauseKind::SilentData => "silent data",
            CauseKind::LostData => "lost data",
            CauseKind::Sampled => "sampled",
            CauseKind::TooLittleData => "too little data",
        }
    }
}

/// Whether data that should be there is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DataState {
    /// Nothing since registration.
    #[default]
    None,
    Flowing,
    Late,
    Silent,
}

impl DataState {
    /// Returns the word used in API, pages and CLI.
    pub const fn word(self) -> &'static str {
        match self {
            DataState::None => "none",
            DataState::Flowing => "flowing",
            DataState::Late => "late",
            DataState::Silent => "silent",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_now_comes_before_what_was_missed() {
        let order = [
            Status::Failing,
            Status::Silent,
            Status::Burning,
            Status::Missed,
            Status::CannotTell(CauseKind::NotMeasured),
            Status::CannotTell(CauseKind::TooLittleData),
            Status::Late,
            Status::LowBudget,
            Status::Met,
            Status::NoSlo,
        ];
        assert!(order.is_sorted());
        assert_eq!(order[4].text(), "cannot tell: not measured");
        assert!(order.map(Status::rank).is_sorted());
    }
}
