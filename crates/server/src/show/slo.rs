//! One SLO: the sentence, three numbers, the budget's way, its alert tiers, how it is measured.

use throughline_core::judge::judgement::{HeldBackBy, SloJudgement, TierJudgement, TierState};
use throughline_core::judge::status::{Cause, DataState as Data, Verdict as Judged};
use throughline_core::judge::word::{Notify as Asks, TierName};
use throughline_core::model::slo::{Sli, Slo as Registered};
use throughline_core::model::step::{Clause, Step};

use crate::live::Live;
use crate::show::charts::Whose;
use crate::show::counts::{closed, share};
use crate::show::names::{home_of, now, objective_link, product_name, slo_title, step_link};
use crate::show::people::owner;
use crate::show::state::{data, is_measured, slo_state};
use crate::show::{charts, explained, hurt, reasons, shell, sli, step};
use crate::view::number::{WHOLE, exact, took, window};
use crate::view::prose::Prose;
use crate::view::slo::{FiresAbove, Lasts, MayFail, Measured, Notify, SilenceAlert, Slo, Tier, Verdict};
use crate::view::time::At;
use crate::view::word::{DataState, Status};

/// Returns the page of `product/step/name`, `None` when there is no such SLO.
pub fn slo(live: &Live, id: &str) -> Option<Slo> {
    let registry = &live.registry;
    let slo = registry.slos().find(|slo| slo.slo_id == id)?;
    let of = registry.step(slo.step)?;
    let product = registry.product(of.product)?;
    let judged = live.judgement.slo(slo.id);
    let state = slo_state(live, slo);
    let said = say(live, slo, judged);
    let measured = judged.filter(|_| is_measured(slo));
    Some(Slo {
        id: slo.slo_id.clone(),
        product: product_name(product),
        objective: home_of(registry, of.id).map(|objective| objective_link(registry, objective)),
        step: step_link(registry, of),
        title: slo_title(registry, slo),
        criticality: registry.criticality_of(of.id).into(),
        method: slo.method.into(),
        state,
        verdict: judged.map_or(Verdict::CannotTell, verdict),
        say: said.clone(),
        severity: step::severity(live, of),
        sli: sli::sli(live, slo),
        is_known: judged.is_some_and(is_known),
        lasts: measured.and_then(lasts),
        burndown: measured.and_then(|judged| charts::burndown(live, slo, judged)),
        attempts: measured.map(|_| charts::attempts_of(live, Whose::Slo(slo))),
        tiers: judged.map(|judged| tiers(live, slo, judged)).unwrap_or_default(),
        silence: silence(live, of),
        may_fail: measured.and_then(may_fail),
        reasons: measured.map(|_| reasons::of_slo(live, slo, &closed(live, 60))).unwrap_or_default(),
        measured: how(live, slo, of, judged, owner(product)),
        explained: explained::slo(live, slo).map(|explained| explained.after(&said)),
    })
}

/// Returns whether anything was measured in the window.
fn is_known(judged: &SloJudgement) -> bool {
    !matches!(judged.verdict, Judged::CannotTell(Cause::NotMeasured(_) | Cause::NoData))
}

fn verdict(judged: &SloJudgement) -> Verdict {
    match judged.verdict {
        Judged::Met => Verdict::Met,
        Judged::Missed => Verdict::Missed,
        Judged::CannotTell(_) => Verdict::CannotTell,
    }
}

/// Returns what the range of the budget left is in attempts.
fn may_fail(judged: &SloJudgement) -> Option<MayFail> {
    let (low, high) = judged.budget.remaining_range_ppb?;
    let attempts = |left: i64| {
        let left = u128::try_from(left).unwrap_or(0);
        u64::try_from(left * u128::from(judged.budget.allowed()) / u128::from(WHOLE)).unwrap_or(u64::MAX)
    };
    Some(MayFail { low: attempts(low), high: attempts(high) })
}

/// Returns the step's silence alert, as the log has it.
fn silence(live: &Live, of: &Step) -> Option<SilenceAlert> {
    let silence = live.judgement.step(of.id)?.silence.as_ref()?;
    let notify = notify(silence.alert?);
    let since = hurt::silence_alerted(live, of.id).unwrap_or(silence.proven).into();
    Some(SilenceAlert { notify, since, says: explained::silence_why(live, silence) })
}

fn notify(asks: Asks) -> Notify {
    match asks {
        Asks::Page => Notify::Page,
        Asks::Ticket => Notify::Ticket,
    }
}

fn say(live: &Live, slo: &Registered, judged: Option<&SloJudgement>) -> Prose {
    let silence = live.judgement.step(slo.step).and_then(|step| step.silence.as_ref());
    if let Some(silence) = silence.filter(|_| slo_state(live, slo).status == Status::Silent) {
        return explained::silence_why(live, silence);
    }
    match judged.map(|judged| judged.sentence.as_str()) {
        Some("") | None => {
            let state = slo_state(live, slo);
            let title = format!("{}: ", slo_title(&live.registry, slo));
            Prose::new().text(title).status(state).text(format!(" over {}.", window(&slo.window.text())))
        }
        Some(sentence) => sentence.into(),
    }
}

fn lasts(judged: &SloJudgement) -> Option<Lasts> {
    // A budget that is gone lasts no longer, whatever the whole window would hold.
    let left = judged.budget.left.filter(|_| judged.firing().is_some());
    let left = left.filter(|_| judged.budget.remaining_ppb.is_none_or(|left| left > 0))?;
    Some(Lasts {
        low_seconds: left.min_minutes * 60,
        high_seconds: left.max_minutes * 60,
        at_rate_of: "at the rate of the last 5 minutes, of the last hour".to_owned(),
    })
}

fn tiers(live: &Live, slo: &Registered, judged: &SloJudgement) -> Vec<Tier> {
    let firing = || judged.tiers.iter().filter_map(|tier| Some((tier.state.since()?, tier.name)));
    let first = firing().min().filter(|_| firing().count() > 1).map(|(_, name)| name);
    let tell = is_known(judged) && !matches!(judged.data, Data::Silent | Data::Late);
    judged.tiers.iter().map(|tier| Tier { is_known: tell, ..self::tier(live, slo, tier, first) }).collect()
}

fn tier(live: &Live, slo: &Registered, tier: &TierJudgement, first: Option<TierName>) -> Tier {
    let held_back = tier.held_back_by.map(|by| match by {
        HeldBackBy::Tier(name) => name.word().to_owned(),
        HeldBackBy::Silence => "silence".to_owned(),
    });
    Tier {
        name: tier.name.word().to_owned(),
        notify: notify(tier.notify),
        long_minutes: tier.long,
        short_minutes: tier.short,
        fires_above: fires_above(tier),
        long: share(tier.in_long),
        short: share(tier.in_short),
        firing_since: tier.state.since().map(At::from),
        held_back_by: held_back.filter(|_| tier.state.is_firing()),
        is_known: true,
        frozen: matches!(tier.state, TierState::Frozen { .. }),
        note: match tier.state.is_firing() {
            true if first == Some(tier.name) => "first to fire".to_owned(),
            true => String::new(),
            false => resolved(live, slo, tier.name),
        },
    }
}

fn fires_above(tier: &TierJudgement) -> FiresAbove {
    match (tier.pct_ppb, tier.threshold) {
        (None, _) => FiresAbove::Half { at_least: tier.min_bad },
        (Some(_), Some(attempts)) if attempts <= tier.min_bad => {
            FiresAbove::AtLeast { attempts: tier.min_bad }
        }
        (Some(share_ppb), Some(attempts)) => FiresAbove::Budget { attempts, share_ppb },
        (Some(_), None) => FiresAbove::Unknown,
    }
}

/// Returns when the tier last resolved, within a day.
fn resolved(live: &Live, slo: &Registered, tier: TierName) -> String {
    let alerts = live.judgement.logs.alerts.iter();
    let mine = alerts.filter(|alert| alert.slo == Some(slo.id) && alert.tier == Some(tier));
    let ended = mine.filter_map(|alert| alert.ended).map(At::from).max();
    let recent = ended.filter(|at| *at >= now(live).minus_seconds(86_400));
    recent.map_or(String::new(), |at| format!("resolved {}", at.near(now(live))))
}

fn how(live: &Live, slo: &Registered, of: &Step, judged: Option<&SloJudgement>, owner: String) -> Measured {
    let (good, bad) = good_and_bad(slo, of);
    let other = step::other_traffic_today(live, of.id);
    let mut excluded: Vec<String> = words(&of.clauses.exclude);
    if let Sli::Latency { threshold_ns, .. } = slo.sli {
        excluded.push(format!("attempts that failed within {}", took(threshold_ns)));
    }
    let other = format!("batch and test traffic: {} today", exact(other));
    let excluded: Vec<String> = excluded.into_iter().chain([other]).collect();
    let is_fed = is_measured(slo);
    let (counts, good, bad) = match is_fed {
        true => (counts(slo, of), good, bad),
        false => (slo.not_measured().unwrap_or_default().into(), Prose::new(), Prose::new()),
    };
    Measured {
        counts,
        good,
        bad,
        excluded: if is_fed { excluded.join("; ").into() } else { Prose::new() },
        data: judged.map_or(DataState::None, |judged| data(judged.data)),
        late: judged.map_or(0, |judged| judged.window.late),
        lost: judged.map_or(0, |judged| judged.window.unknown.lost),
        definition: if is_fed { definition(live, of) } else { "nothing is measured yet".to_owned() },
        registry_version: shell::version(live),
        owner,
    }
}

/// Names the requests that are attempts: the actions that are no mere part.
fn counts(slo: &Registered, of: &Step) -> Prose {
    if let Sli::EndToEnd { from, to, .. } = &slo.sli {
        let (from, to) =
            (format!("{} {}", from.service, from.operation), format!("{} {}", to.service, to.operation));
        return Prose::new().text("from ").code(from).text(" to ").code(to);
    }
    let mut counts = Prose::new();
    for (index, action) in of.actions.iter().filter(|action| !action.part).enumerate() {
        let between = if index == 0 { "requests of " } else { " or " };
        counts = counts.text(between).code(action.operation.text()).text(format!(" at {}", action.service));
    }
    match counts.is_empty() {
        true => "requests of which the client says that they are this step".into(),
        false => counts,
    }
}

fn good_and_bad(slo: &Registered, of: &Step) -> (Prose, Prose) {
    match &slo.sli {
        Sli::Availability => (words(&of.clauses.success).join(" and ").into(), bad(of).into()),
        Sli::Latency { threshold_ns, .. } => {
            let within = took(*threshold_ns);
            (
                format!("good attempts within {within}").into(),
                format!("attempts that took longer than {within}").into(),
            )
        }
        Sli::EndToEnd { within_ns, .. } => {
            let within = took(*within_ns);
            (format!("starts that found their end within {within}").into(), "starts that did not".into())
        }
    }
}

fn bad(of: &Step) -> String {
    match of.clauses.failure.as_slice() {
        [] => "whatever is not good".to_owned(),
        clauses => words(clauses).join(" or "),
    }
}

fn words(clauses: &[Clause]) -> Vec<String> {
    clauses.iter().map(|clause| clause.words.clone()).collect()
}

/// Names the definition by its hash; attempts counted under another one are not in these numbers.
fn definition(live: &Live, of: &Step) -> String {
    let hash = format!("{:08x}", of.measurement_hash >> 32);
    match live.book.judged.history.step(of.id).first() {
        Some(first) => {
            let first = At::from(first);
            format!("{hash}, attempts since {} {}", first.day(), first.clock())
        }
        None => format!("{hash}, no attempt yet"),
    }
}
