//! What tests of judging begin with: a registry of one product, and histories by the minute.

use crate::condition::Conditions;
use crate::count::bucket::{Amendment, Counts, SeriesKey};
use crate::count::history::History;
use crate::count::sources::Sources;
use crate::id::{ObjectiveId, ProductId, SloId, StepId};
use crate::judge::judgement::Judgement;
use crate::judge::{Judge, Settings};
use crate::model::objective::{Criticality, FlowStep, Objective};
use crate::model::registry::{Product, Registry};
use crate::model::severity::{RuleSteps, Severity, SeverityRule};
use crate::model::slo::{Method, Ratio, Sli, Slo, Window};
use crate::model::step::{Action, Clauses, FeatureClass, Operation, Step};
use crate::observation::TrafficClass;
use crate::time::{Minute, SECOND_NS, UnixNanos};

/// Minute 0 of tests: a Monday, 00:00 UTC (2026-11-23).
pub(super) const START: Minute = Minute(1_795_392_000 / 60);

pub(super) fn slo(target_ppb: u64, days: u32) -> Slo {
    Slo {
        id: SloId::new(0),
        step: StepId::new(0),
        slo_id: "mail/step-0/available".to_owned(),
        name: "available".to_owned(),
        method: Method::Service,
        sli: Sli::Availability,
        target: Ratio::from_ppb(target_ppb),
        window: Window::days(days),
        justification: String::new(),
        judgement_hash: 0,
    }
}

/// A product of steps in one critical flow, each with one availability SLO over 30 days at 99.9 %.
pub(super) fn registry(n: u16) -> Registry {
    let product = ProductId::new(0);
    let steps: Vec<StepId> = (0..n).map(StepId::new).collect();
    let flow = |step: &StepId| FlowStep {
        step: *step,
        optional: false,
        is_async: false,
        criticality: Criticality::Critical,
    };
    let rule = |level, above_ppb, text: &str| SeverityRule {
        level,
        of: RuleSteps::All,
        above_ppb,
        text: text.to_owned(),
    };
    let objective = Objective {
        id: ObjectiveId::new(0),
        product,
        name: "compose-mail".to_owned(),
        display_name: "Compose mail".to_owned(),
        job: String::new(),
        criticality: Criticality::Critical,
        kpis: Vec::new(),
        flow: steps.iter().map(flow).collect(),
    };
    Registry {
        version: 1,
        products: vec![Some(Product {
            id: product,
            name: "mail".to_owned(),
            display_name: "Mail".to_owned(),
            description: String::new(),
            stakeholders: Vec::new(),
            raci: Vec::new(),
            kpis: Vec::new(),
            severity: vec![
                rule(Severity::Major, 200_000_000, "impact over 20 %"),
                rule(Severity::Medium, 50_000_000, "impact over 5 %"),
                rule(Severity::Minor, 0, "any impact"),
            ],
            objectives: vec![ObjectiveId::new(0)],
            steps: steps.clone(),
        })],
        objectives: vec![Some(objective)],
        steps: steps.iter().map(|id| Some(step(*id))).collect(),
        slos: steps.iter().map(|id| Some(available(*id))).collect(),
        ..Registry::default()
    }
}

fn available(step: StepId) -> Slo {
    let at = step.index();
    let slo_id = format!("mail/step-{at}/available");
    Slo { id: SloId::new(at as u16), step, slo_id, ..slo(999_000_000, 30) }
}

fn step(id: StepId) -> Step {
    Step {
        id,
        product: ProductId::new(0),
        name: format!("step-{}", id.index()),
        display_name: format!("Step {}", id.index()),
        description: String::new(),
        class: FeatureClass::Core,
        actions: vec![Action {
            service: format!("service-{}", id.index()),
            operation: Operation::Exact("x".to_owned()),
            filters: Vec::new(),
            part: false,
            priority: 0,
        }],
        conditions: Conditions::default(),
        expect: None,
        thresholds: Vec::new(),
        clauses: Clauses::default(),
        measurement_hash: 0,
    }
}

pub(super) fn good(good: i64) -> Counts {
    Counts { good, ..Counts::default() }
}

pub(super) fn bad(failed: i64) -> Counts {
    Counts { failed, ..Counts::default() }
}

/// A judge with its history, moved on minute by minute; another service sends in every minute.
pub(super) struct World {
    pub(super) registry: Registry,
    pub(super) history: History,
    pub(super) sources: Sources,
    pub(super) judge: Judge,
    pub(super) last: Judgement,
    /// Minutes since the start.
    pub(super) minute: u32,
}

impl World {
    pub(super) fn new(steps: u16) -> Self {
        Self::with(registry(steps), Settings::default())
    }

    pub(super) fn with(registry: Registry, settings: Settings) -> Self {
        Self {
            registry,
            history: History::default(),
            sources: Sources::default(),
            judge: Judge::new(settings),
            last: Judgement::default(),
            minute: 0,
        }
    }

    /// Counts attempts of a step in a minute since the start.
    pub(super) fn add(&mut self, step: u16, minute: u32, counts: Counts) {
        let series = SeriesKey { step: StepId::new(step), objective: None, class: TrafficClass::Interactive };
        let minute = START.plus(minute);
        if !counts.is_zero() {
            self.history.amend(&Amendment { series, minute, counts });
            let n = u32::try_from(counts.started()).expect("few");
            self.sources.add(&format!("service-{step}"), minute, n);
        }
    }

    /// Lets one minute pass with these attempts by step, and looks at its end.
    pub(super) fn pass(&mut self, counts: &[Counts]) -> &Judgement {
        for (step, counts) in counts.iter().enumerate() {
            self.add(step as u16, self.minute, *counts);
        }
        self.sources.add("another", START.plus(self.minute), 1);
        self.minute += 1;
        self.look(0)
    }

    /// Lets one minute pass without looking; it is judged when the next look closes it.
    pub(super) fn let_pass(&mut self, counts: Counts) {
        self.add(0, self.minute, counts);
        self.minute += 1;
    }

    /// Looks so many seconds into the minute that is open.
    pub(super) fn look(&mut self, second: u64) -> &Judgement {
        let now = at(self.minute).plus(second * SECOND_NS);
        self.last = self.judge.tick(&self.registry, &self.history, &self.sources, now);
        &self.last
    }

    pub(super) fn slo(&self) -> &crate::judge::judgement::SloJudgement {
        &self.last.slos[0]
    }
}

/// Returns the instant a minute after the start begins.
pub(super) fn at(minute: u32) -> UnixNanos {
    START.plus(minute).start()
}

/// Returns an instant as `HH:MM` since the start.
pub(super) fn clock(instant: UnixNanos) -> String {
    let minutes = (instant.0 - START.start().0) / crate::time::MINUTE_NS;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}
