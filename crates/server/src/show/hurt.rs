//! Steps that are hurt now, worst first, and the sentence about each: who cannot do what, since when.

use throughline_core::id::StepId;
use throughline_core::judge::judgement::{Impact, SloJudgement, StepJudgement};
use throughline_core::judge::log::AlertName;
use throughline_core::judge::word::{Notify, SilenceCause, TierName};
use throughline_core::model::registry::Product;
use throughline_core::model::slo::{Sli, Slo};
use throughline_core::model::step::Step;
use throughline_core::time::UnixNanos;

use crate::live::Live;
use crate::show::counts::known;
use crate::show::names::{now, step_link, steps_of};
use crate::show::sli;
use crate::show::state::{self, state};
use crate::view::number::{self, WHOLE, ppb, share, took};
use crate::view::prose::Prose;
use crate::view::sli::Share;
use crate::view::time::At;
use crate::view::word::{Severity, State, Status};

/// A step that fails, burns or is silent, or has a severity.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hurt<'a> {
    pub(super) step: &'a Step,
    pub(super) judged: &'a StepJudgement,
    pub(super) state: State,
    pub(super) since: At,
    /// The latency SLO that fails or burns, where availability does not: users wait too long.
    pub(super) slow: Option<&'a Slo>,
    /// The bad attempts of the last 15 closed minutes, by the SLO that is hurt: told where there is no impact now.
    lately: Option<Share>,
}

/// Returns the product's hurt steps, worst first: severity, then status, criticality, since when.
pub(super) fn hurt<'a>(live: &'a Live, product: &'a Product) -> Vec<Hurt<'a>> {
    let mut found: Vec<Hurt<'a>> =
        steps_of(&live.registry, product).filter_map(|step| of(live, step)).collect();
    found.sort_by_key(|hurt| {
        let criticality = live.registry.criticality_of(hurt.step.id);
        (hurt.severity().is_none(), hurt.severity(), hurt.state, criticality, hurt.since)
    });
    found
}

/// Returns the step's trouble, `None` when it has none.
pub(super) fn of<'a>(live: &'a Live, step: &'a Step) -> Option<Hurt<'a>> {
    let judged = live.judgement.step(step.id)?;
    let state = state(judged.status);
    let is_hurt = matches!(state.status, Status::Failing | Status::Silent | Status::Burning);
    let since = since(live, step, judged);
    let slow = slow(live, step);
    let of_slo = slow.and_then(|slo| live.judgement.slo(slo.id)).map(|judged| judged.recent.m15);
    let lately = known(of_slo.unwrap_or(judged.recent.m15));
    // Beyond its tolerance is hurt, also where the product has no severity rule that would say so.
    (is_hurt || judged.severity.is_some() || judged.impact.is_some()).then_some(Hurt {
        step,
        judged,
        state,
        since,
        slow,
        lately,
    })
}

fn slow<'a>(live: &'a Live, step: &Step) -> Option<&'a Slo> {
    let (worst, judged) = state::worst_slo(live, step.id)?;
    let is_now = matches!(state(judged.status).status, Status::Failing | Status::Burning);
    if is_now {
        return matches!(worst.sli, Sli::Latency { .. }).then_some(worst);
    }
    let impact = live.judgement.step(step.id)?.impact.filter(|impact| !impact.failed)?;
    let slower_than = impact.slower_than_ns?;
    live.registry.slos_of(step.id).find(|slo| sli::within(slo) == Some(slower_than))
}

/// Returns when the trouble began, as far as the judgement says.
fn since(live: &Live, step: &Step, judged: &StepJudgement) -> At {
    if let Some(silence) = judged.silence.as_ref().filter(|_| state(judged.status).status == Status::Silent) {
        return silence.from.into();
    }
    if let Some(lost) = &judged.lost_so_far {
        return lost.since.into();
    }
    if let Some(severity) = &judged.severity {
        return severity.since.into();
    }
    let slos = || live.judgement.slos_of(step.id);
    let failing = slos().filter_map(|slo| slo.failing).map(|failing| failing.since).min();
    let fired = || slos().flat_map(|slo| &slo.tiers).filter_map(|tier| tier.state.since()).min();
    failing.or_else(fired).map_or_else(|| now(live), At::from)
}

/// Returns when the step's open silence alert fired, as the log has it.
pub(super) fn silence_alerted(live: &Live, step: StepId) -> Option<UnixNanos> {
    let mut newest = live.judgement.logs.alerts.iter().rev();
    let open =
        newest.find(|alert| alert.step == step && alert.name == AlertName::Silence && alert.ended.is_none());
    open.map(|alert| alert.started)
}

/// Returns where a live window of so many minutes begins: the open minute is its last.
pub(super) fn window_since(live: &Live, minutes: u32) -> At {
    UnixNanos(now(live).0).minute().minus(minutes.saturating_sub(1)).into()
}

/// What users lost at a step lately, from the window that its severity looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lost {
    share: Share,
    did: String,
    since: String,
}

impl Lost {
    /// Returns `306 of 306`.
    pub(super) fn of_all(&self) -> String {
        number::of(self.share.part, self.share.of)
    }

    /// Returns `failed since 13:51`.
    pub(super) fn since_when(&self) -> String {
        format!("{} {}", self.did, self.since)
    }
}

/// What happens, around the step's name.
#[derive(Debug, Default)]
pub(super) struct Words {
    pub(super) before: String,
    pub(super) behind: String,
    /// What stands before the time at which it began.
    since: &'static str,
}

impl Words {
    fn before(text: impl Into<String>) -> Self {
        Self { before: text.into(), since: " since", ..Self::default() }
    }

    fn behind(text: impl Into<String>) -> Self {
        Self { behind: text.into(), since: " since", ..Self::default() }
    }

    /// A share is of a window of its own, which began at another time than the trouble.
    fn of_a_window(self) -> Self {
        Self { since: ", hurt since", ..self }
    }
}

impl Hurt<'_> {
    /// Returns the attempts lost in the window that the severity looks at, without one those of 15 closed minutes;
    /// `None` where nothing was judged, or nobody came.
    pub(super) fn lost(&self, live: &Live) -> Option<Lost> {
        let did = match self.slow.and_then(sli::within) {
            _ if self.is_mixed(live) => "were lost".to_owned(),
            Some(ns) => format!("took longer than {}", took(ns)),
            None => "failed".to_owned(),
        };
        let impact = self.judged.impact.filter(|impact| impact.attempts > impact.never_started);
        if let Some(impact) = impact {
            let open = if impact.is_all_so_far() { impact.unknown } else { 0 };
            let share = Share::new(impact.lost, impact.attempts - open);
            let did = if impact.never_started > 0 { "were lost".to_owned() } else { did };
            let mut since = format!("since {}", At::from(impact.from).near(now(live)));
            if open > 0 {
                since += &format!(", {} more are not decided yet", number::exact(open));
            }
            return Some(Lost { share, did, since });
        }
        Some(Lost { share: self.lately?, did, since: "in the last 15 minutes".to_owned() })
    }

    /// Returns whether attempts are lost to their results and to their latency at once.
    fn is_mixed(&self, live: &Live) -> bool {
        let is_hurt = |slo: &&Slo| {
            let status = live.judgement.slo(slo.id).map(|judged| state(judged.status).status);
            matches!(status, Some(Status::Failing | Status::Burning))
        };
        let beyond_both = |impact: Impact| impact.failed && impact.slower_than_ns.is_some();
        let hurt: Vec<bool> = live
            .registry
            .slos_of(self.step.id)
            .filter(is_hurt)
            .map(|slo| matches!(slo.sli, Sli::Latency { .. }))
            .collect();
        self.judged.impact.is_some_and(beyond_both) || hurt.contains(&true) && hurt.contains(&false)
    }

    pub(super) fn severity(&self) -> Option<Severity> {
        self.judged.severity.as_ref().map(|severity| severity.level.into())
    }

    /// Returns what happens, around the step's name.
    pub(super) fn words(&self) -> Words {
        match (self.state.status, self.judged.silence.as_ref().map(|silence| silence.cause)) {
            (Status::Silent, Some(SilenceCause::CannotStart)) => Words::before("Nobody starts "),
            (Status::Silent, Some(SilenceCause::CannotSee)) => Words::before("Nothing is heard of "),
            (Status::Silent, _) => Words::before("Nobody gets to "),
            (Status::Burning, _) if self.judged.severity.is_none() => Words::behind(" burns its budget"),
            _ => self.lost_words(),
        }
    }

    fn lost_words(&self) -> Words {
        let lost = self.judged.impact.map(|impact| impact.share.ppb());
        let lost = lost.or_else(|| self.lately.and_then(|lately| ppb(lately.part, lately.of)));
        let is_all_so_far = self.judged.impact.is_some_and(|impact| impact.is_all_so_far());
        match (lost, self.state.status, self.slow.is_some()) {
            (_, _, false) if is_all_so_far => Words::behind(" fails in all attempts decided so far"),
            (_, _, true) if is_all_so_far => Words::behind(" is too slow in all attempts decided so far"),
            (Some(WHOLE), _, false) => Words::behind(" fails for everyone"),
            (Some(WHOLE), _, true) => Words::behind(" is too slow for everyone"),
            (Some(lost), _, true) if lost > 0 => {
                Words::behind(format!(" is too slow in {} of attempts", share(lost))).of_a_window()
            }
            (Some(lost), Status::Failing, _) if lost > 0 => {
                Words::behind(format!(" fails in {} of attempts", share(lost))).of_a_window()
            }
            (Some(lost), ..) if lost > 0 => {
                Words::before(format!("{} of attempts are lost at ", share(lost))).of_a_window()
            }
            (_, _, true) => Words::behind(" is too slow"),
            (_, Status::Failing, _) => Words::behind(" fails"),
            _ => Words::behind(" is hurt"),
        }
    }

    /// Returns `Save draft fails for everyone`.
    pub(super) fn what(&self) -> String {
        let Words { before, behind, .. } = self.words();
        format!("{before}{}{behind}", self.step.display_name)
    }

    /// Returns whether the step is silent.
    pub(super) fn is_silent(&self) -> bool {
        self.state.status == Status::Silent
    }

    /// Returns `Save draft fails for everyone since 13:42`.
    pub(super) fn sentence(&self, now: At) -> String {
        format!("{}{} {}", self.what(), self.words().since, self.since.near(now))
    }

    /// Returns the same with a link.
    pub(super) fn linked(&self, live: &Live) -> Prose {
        let Words { before, behind, since } = self.words();
        let link = step_link(&live.registry, self.step);
        let since = format!("{behind}{since} {}", self.since.near(now(live)));
        Prose::new().text(before).link(link.text, link.href).text(since)
    }
}

/// Returns whether everything that could be hurt was looked at: some SLO of the step has data.
pub(super) fn tells(live: &Live, step: &Step) -> bool {
    use throughline_core::judge::status::DataState;
    let measured = live.registry.slos_of(step.id).any(state::is_measured);
    measured && live.judgement.step(step.id).is_some_and(|step| step.data == DataState::Flowing)
}

/// Returns the tier that paged first of those that fire, held back or not, and when.
pub(super) fn first_page(live: &Live, judged: &SloJudgement) -> Option<(TierName, String)> {
    let pages = judged.tiers.iter().filter(|tier| tier.notify == Notify::Page);
    let fired = pages.filter_map(|tier| Some((tier.state.since()?, tier.name)));
    let (since, name) = fired.min()?;
    Some((name, At::from(since).near(now(live))))
}
