//! Measures what judging costs: 28 days by the minute, 10 steps in two flows, 14 SLOs, three incidents a day.
//! Estimate first: about 100 sums, 50 tiers and 30 sentences a minute, 30 to 100 µs.

use std::error::Error;
use std::time::Duration;

use throughline_core::condition::Conditions;
use throughline_core::count::bucket::{Amendment, Counts, SeriesKey, Slow};
use throughline_core::count::history::History;
use throughline_core::count::sources::Sources;
use throughline_core::id::{ObjectiveId, ProductId, SloId, StepId};
use throughline_core::judge::{Judge, Settings};
use throughline_core::model::objective::{Criticality, FlowStep, Objective};
use throughline_core::model::registry::{Product, Registry};
use throughline_core::model::severity::{RuleSteps, Severity, SeverityRule};
use throughline_core::model::slo::{Method, Ratio, Sli, Slo, Window};
use throughline_core::model::step::{Action, Clauses, FeatureClass, Operation, Step};
use throughline_core::observation::TrafficClass;
use throughline_core::time::{Minute, SECOND_NS};

const STEPS: u16 = 10;
const START: u32 = 29_923_200;

fn main() -> Result<(), Box<dyn Error>> {
    let days: u32 = std::env::args().nth(1).map_or(Ok(28), |days| days.parse())?;
    let every: u64 = std::env::args().nth(2).map_or(Ok(60), |seconds| seconds.parse())?;
    let registry = registry();
    let (mut history, mut sources) = (History::default(), Sources::default());
    let mut judge = Judge::new(Settings::default());
    let (mut judging, mut ticks) = (Duration::ZERO, 0u32);
    let mut worst = Duration::ZERO;
    let mut last = None;
    let mut seed = 1u64;
    for minute in START..START + days * 1_440 {
        for step in 0..STEPS {
            feed(&mut history, &mut sources, step, minute, &mut seed);
        }
        for look in 0..60 / every {
            let now = Minute(minute + 1).start().plus(look * every * SECOND_NS);
            let began = now_instant();
            last = Some(judge.tick(&registry, &history, &sources, now));
            let took = began.elapsed();
            judging += took;
            worst = worst.max(took);
            ticks += 1;
        }
    }
    let logs = last.map(|judgement| judgement.logs).unwrap_or_default();
    eprintln(&format!(
        "{ticks} ticks in {judging:.2?}: {:.1} µs each, worst {worst:.1?}; {} alerts, {} silences, {} severities",
        judging.as_secs_f64() * 1e6 / f64::from(ticks.max(1)),
        logs.alerts.len(),
        logs.silences.len(),
        logs.severities.len(),
    ));
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "an example measures itself")]
fn now_instant() -> std::time::Instant {
    std::time::Instant::now()
}

#[expect(clippy::print_stderr, reason = "an example speaks to its terminal")]
fn eprintln(text: &str) {
    eprintln!("{text}");
}

/// A pseudo-random number below 1 (xorshift).
fn random(seed: &mut u64) -> f64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    (*seed >> 11) as f64 / (1u64 << 53) as f64
}

fn feed(history: &mut History, sources: &mut Sources, step: u16, minute: u32, seed: &mut u64) {
    let day = f64::from(minute % 1_440) / 1_440.0 * std::f64::consts::TAU;
    let mean = 40.0 / f64::from(step / 3 + 1) * (1.1 - day.cos());
    let n = (mean + mean.sqrt() * 3.4 * (random(seed) - 0.5)).max(0.0) as i64;
    let broken = minute % 480 < 20 && minute / 480 % u32::from(STEPS) == u32::from(step);
    let silent = minute % 5_000 < 30 && step == 1;
    let n = if silent { 0 } else { n };
    let failed = if broken { n } else { i64::from(random(seed) < 0.002 * mean) };
    let slow = [Slow { good: i64::from(random(seed) < 0.01), bad: 0 }; 4];
    let counts = Counts { good: n - failed, failed, slow, ..Counts::default() };
    let series = SeriesKey { step: StepId::new(step), objective: None, class: TrafficClass::Interactive };
    history.amend(&Amendment { series, minute: Minute(minute), counts });
    sources.add(&format!("service-{step}"), Minute(minute), n as u32);
}

fn registry() -> Registry {
    let flow = |step: u16| FlowStep {
        step: StepId::new(step),
        optional: step % 5 == 3,
        is_async: false,
        criticality: Criticality::Critical,
    };
    let objective = |id: u16| Objective {
        id: ObjectiveId::new(id),
        product: ProductId::new(0),
        name: format!("objective-{id}"),
        display_name: format!("Objective {id}"),
        job: String::new(),
        criticality: Criticality::Critical,
        kpis: Vec::new(),
        flow: (id * 5..id * 5 + 5).map(flow).collect(),
    };
    let levels = [(Severity::Major, 200_000_000), (Severity::Medium, 50_000_000), (Severity::Minor, 0)];
    let rules = levels.map(|(level, above_ppb)| SeverityRule {
        level,
        of: RuleSteps::All,
        above_ppb,
        text: format!("impact over {above_ppb}"),
    });
    Registry {
        version: 1,
        products: vec![Some(Product {
            id: ProductId::new(0),
            name: "mail".to_owned(),
            display_name: "Mail".to_owned(),
            description: String::new(),
            stakeholders: Vec::new(),
            raci: Vec::new(),
            kpis: Vec::new(),
            severity: rules.to_vec(),
            objectives: vec![ObjectiveId::new(0), ObjectiveId::new(1)],
            steps: (0..STEPS).map(StepId::new).collect(),
        })],
        objectives: vec![Some(objective(0)), Some(objective(1))],
        steps: (0..STEPS).map(|id| Some(step(id))).collect(),
        slos: (0..14).map(|id| Some(slo(id))).collect(),
        ..Registry::default()
    }
}

fn slo(id: u16) -> Slo {
    let latency = Sli::Latency { threshold_ns: 800_000_000, slot: 0 };
    Slo {
        id: SloId::new(id),
        step: StepId::new(id % STEPS),
        slo_id: format!("mail/step-{}/slo-{id}", id % STEPS),
        name: format!("slo-{id}"),
        method: Method::Service,
        sli: if id < STEPS { Sli::Availability } else { latency },
        target: Ratio::from_ppb(995_000_000),
        window: Window::days(28),
        justification: String::new(),
        judgement_hash: 0,
    }
}

fn step(id: u16) -> Step {
    Step {
        id: StepId::new(id),
        product: ProductId::new(0),
        name: format!("step-{id}"),
        display_name: format!("Step {id}"),
        description: String::new(),
        class: FeatureClass::Core,
        actions: vec![Action {
            service: format!("service-{id}"),
            operation: Operation::Exact("x".to_owned()),
            filters: Vec::new(),
            part: false,
            priority: 0,
        }],
        conditions: Conditions::default(),
        expect: None,
        thresholds: vec![800_000_000],
        clauses: Clauses::default(),
        measurement_hash: 0,
    }
}
