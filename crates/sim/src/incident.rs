//! The small incidents of an ordinary month: two short failures and one slow spell a week, so that budgets fall in steps.
//! They fall on weekdays around noon, and never in the last three days of a whole number of weeks after the start: what
//! is shown "now" is quiet.

use crate::rhythm;
use crate::rng::Rng;
use crate::world::FlowId;

const MINUTE_NS: u64 = 60_000_000_000;
const DAY_NS: u64 = 1440 * MINUTE_NS;
const WEEK_NS: u64 = 7 * DAY_NS;

/// Each has one failure in four weeks.
const PRONE: [FlowId; 8] = [
    FlowId::SaveDraft,
    FlowId::OpenInbox,
    FlowId::Login,
    FlowId::LookupAddresses,
    FlowId::OpenMessage,
    FlowId::ReceiveMail,
    FlowId::OpenCompose,
    FlowId::SendMail,
];

/// The share of attempts that a small incident makes fail or slow.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Trouble {
    pub(crate) failing: f64,
    pub(crate) slow: f64,
}

/// The incidents of the week that is being played.
#[derive(Debug)]
pub(crate) struct Incidents {
    seed: u64,
    start_ns: u64,
    week: u64,
    planned: [Incident; 3],
}

#[derive(Debug, Clone, Copy)]
struct Incident {
    flow: FlowId,
    from_ns: u64,
    until_ns: u64,
    trouble: Trouble,
}

impl Incidents {
    pub(crate) fn new(seed: u64, start_ns: u64) -> Self {
        Self { seed, start_ns, week: 0, planned: plan(seed, start_ns, 0) }
    }

    /// Returns the trouble of a flow at a moment; moments may not go back by more than their week.
    pub(crate) fn trouble(&mut self, flow: FlowId, at_ns: u64) -> Trouble {
        let week = at_ns.saturating_sub(self.start_ns) / WEEK_NS;
        if week != self.week {
            self.week = week;
            self.planned = plan(self.seed, self.start_ns, week);
        }
        let hit = |incident: &&Incident| {
            incident.flow == flow && (incident.from_ns..incident.until_ns).contains(&at_ns)
        };
        self.planned.iter().find(hit).map_or(Trouble::default(), |incident| incident.trouble)
    }
}

fn plan(seed: u64, start_ns: u64, week: u64) -> [Incident; 3] {
    let mut rng = Rng::stream(seed, 1000 + week);
    let first_day_ns = (start_ns / DAY_NS + 7 * week) * DAY_NS;
    let turn = (Rng::stream(seed, 999).next() % 4 + week) as usize * 2;
    [
        failure(PRONE[turn % 8], first_day_ns + DAY_NS, &mut rng),
        failure(PRONE[(turn + 1) % 8], first_day_ns + 2 * DAY_NS, &mut rng),
        slow_spell(first_day_ns + DAY_NS, &mut rng),
    ]
}

/// Three to six minutes in which a step fails for 5 to 20 % of its users.
fn failure(flow: FlowId, day_ns: u64, rng: &mut Rng) -> Incident {
    let from_ns = around_noon(day_ns, rng);
    let until_ns = from_ns + u64::from(rng.between(3, 6)) * MINUTE_NS;
    let trouble = Trouble { failing: 0.05 + 0.15 * rng.unit(), slow: 0.0 };
    Incident { flow, from_ns, until_ns, trouble }
}

/// The directory is rebuilt once a week, and looking up addresses is slow for half an hour: for about as many users
/// whatever the hour, so that what is left of the budget in the end does not depend on it.
fn slow_spell(day_ns: u64, rng: &mut Rng) -> Incident {
    let from_ns = around_noon(day_ns, rng);
    let trouble = Trouble { failing: 0.0, slow: 0.225 / rhythm::level(from_ns) };
    Incident { flow: FlowId::LookupAddresses, from_ns, until_ns: from_ns + 30 * MINUTE_NS, trouble }
}

/// A moment between 11:00 and 13:30 of the day, or of the one after the weekend.
fn around_noon(day_ns: u64, rng: &mut Rng) -> u64 {
    let days_after_monday = (day_ns / DAY_NS + 3) % 7;
    let shift = if days_after_monday >= 5 { 2 * DAY_NS } else { 0 };
    day_ns + shift + u64::from(rng.between(660, 810)) * MINUTE_NS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts() -> impl Iterator<Item = u64> {
        (20_600..20_607).map(|day| day * DAY_NS + 845 * MINUTE_NS)
    }

    #[test]
    fn last_three_days_of_four_weeks_are_quiet() {
        for start_ns in starts() {
            let end_ns = start_ns + 4 * WEEK_NS;
            let last = plan(5, start_ns, 3).map(|incident| incident.until_ns).into_iter().max().unwrap();
            assert!(last + 3 * DAY_NS < end_ns);
        }
    }

    #[test]
    fn every_step_has_one_failure_in_four_weeks() {
        for start_ns in starts() {
            let mut flows = (3..7).flat_map(|w| plan(5, start_ns, w)).collect::<Vec<_>>();
            flows.retain(|incident| incident.trouble.failing > 0.0);
            assert!(PRONE.iter().all(|flow| flows.iter().filter(|i| i.flow == *flow).count() == 1));
        }
    }

    #[test]
    fn trouble_is_there_only_while_the_incident_lasts() {
        let start_ns = starts().next().unwrap();
        let mut incidents = Incidents::new(5, start_ns);
        let incident = plan(5, start_ns, 2)[0];
        assert_eq!(incidents.trouble(incident.flow, incident.from_ns - 1), Trouble::default());
        assert_eq!(incidents.trouble(incident.flow, incident.from_ns), incident.trouble);
        assert_eq!(incidents.trouble(incident.flow, incident.until_ns), Trouble::default());
    }
}
