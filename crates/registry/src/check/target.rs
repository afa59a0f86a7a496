//! Targets that do not fit: what a criticality deserves (`targets:`), and what an alert can still see.

use throughline_core::model::objective::Criticality;
use throughline_core::model::slo::{Method, Ratio};

use crate::check::criticality;
use crate::compile::Whole;
use crate::diagnostic::{Code, Problems};
use crate::document::product::{BandsDoc, ProductDoc};
use crate::document::slo::SloDoc;
use crate::source::At;
use crate::value::{Band, percent_text};

pub(super) fn check(whole: &Whole, product: &ProductDoc, problems: &mut Problems) {
    for step in &product.steps {
        let criticality = criticality(product, &step.id.value);
        for slo in whole.slos_of(&product.name.value, step) {
            let Some(target) = &slo.target else { continue };
            if target.value == Ratio::WHOLE {
                hundred(slo, target, problems);
            } else if let Some(criticality) = criticality.filter(|_| is_judged(product, slo)) {
                fits(product, criticality, slo, target, problems);
            }
            reachable(criticality.unwrap_or_default(), slo, target, problems);
            lasting(slo, problems);
        }
    }
}

/// Returns whether both the bands and what the SLO measures could be read.
fn is_judged(product: &ProductDoc, slo: &SloDoc) -> bool {
    !product.broken.has("targets") && !slo.broken.has("latency") && !slo.broken.has("method")
}

fn hundred(slo: &SloDoc, target: &At<u64>, problems: &mut Problems) {
    if slo.justification.is_empty() {
        let message =
            format!("`{}` leaves no budget: one bad attempt misses it for the whole window", slo.name.value);
        problems.hint(
            Code::Target100,
            target.place,
            message,
            "choose what users tolerate, such as `99.9%`, or say why in `justification:`",
        );
    }
}

fn fits(
    product: &ProductDoc,
    criticality: Criticality,
    slo: &SloDoc,
    target: &At<u64>,
    problems: &mut Problems,
) {
    let (what, band) = band(product, criticality, slo);
    let code = match target.value {
        value if value > band.high => Code::TargetTooStrict,
        value if value < band.low => Code::TargetTooLoose,
        _ => return,
    };
    if !slo.justification.is_empty() {
        return;
    }
    let word = if code == Code::TargetTooStrict { "too strict" } else { "too loose" };
    let message = format!(
        "{} is {word} for {what} of a step of criticality {}: {}",
        percent_text(target.value),
        criticality.word(),
        band.text()
    );
    problems.hint(
        code,
        target.place,
        message,
        "change the target or the criticality, or say why in `justification:`",
    );
}

/// Returns the targets that fit: the product's own, else those of the specification.
fn band(product: &ProductDoc, criticality: Criticality, slo: &SloDoc) -> (&'static str, Band) {
    let own =
        product.bands.iter().find(|(of, _)| *of == criticality).map(|(_, bands)| *bands).unwrap_or_default();
    let default = defaults(criticality);
    let (what, own, default) = match (slo.method, slo.latency_ns) {
        (Method::Client, _) => ("a client SLO", own.client, default.client),
        (_, Some(_)) => ("a latency SLO", own.latency, default.latency),
        _ => ("an availability SLO", own.availability, default.availability),
    };
    (what, own.or(default).unwrap_or(Band { low: 0, high: Ratio::WHOLE }))
}

fn defaults(criticality: Criticality) -> BandsDoc {
    let band = |low, high| Some(Band { low, high });
    match criticality {
        Criticality::Critical => BandsDoc {
            availability: band(995_000_000, 999_900_000),
            latency: band(950_000_000, 999_000_000),
            client: band(980_000_000, 999_000_000),
        },
        Criticality::Important => BandsDoc {
            availability: band(990_000_000, 999_000_000),
            latency: band(900_000_000, 995_000_000),
            client: band(950_000_000, 995_000_000),
        },
        Criticality::None => BandsDoc {
            availability: band(0, 990_000_000),
            latency: band(0, 950_000_000),
            client: band(0, 950_000_000),
        },
    }
}

/// An alert tier: the share of the budget, in parts per 10^6, that is gone within its long window, in minutes.
struct Tier {
    name: &'static str,
    budget_ppm: u64,
    long: u64,
}

const HOUR: u64 = 60;
const DAY: u64 = 24 * HOUR;

const fn tiers(budget_ppm: [u64; 4], last: u64) -> [Tier; 4] {
    [
        Tier { name: "fast", budget_ppm: budget_ppm[0], long: HOUR },
        Tier { name: "steady", budget_ppm: budget_ppm[1], long: 6 * HOUR },
        Tier { name: "slow", budget_ppm: budget_ppm[2], long: DAY },
        Tier { name: "creep", budget_ppm: budget_ppm[3], long: last },
    ]
}

/// The tiers by the window, in days, that they are made for.
const ROWS: [(u64, [Tier; 4]); 4] = [
    (7, tiers([80_000, 125_000, 200_000, 450_000], 3 * DAY)),
    (28, tiers([20_000, 50_000, 100_000, 110_000], 3 * DAY)),
    (30, tiers([20_000, 50_000, 100_000, 100_000], 3 * DAY)),
    (90, tiers([10_000, 25_000, 50_000, 100_000], 7 * DAY)),
];

/// Returns the tiers of a window, and the window in minutes that their factors are those of: below a week the
/// tiers' windows shrink with the SLO's.
fn row(slo: &SloDoc) -> (&'static [Tier], u64) {
    let window = slo.window.as_ref().map_or(28 * DAY, |window| u64::from(window.minutes)).max(7 * DAY);
    let nearest = ROWS.iter().min_by_key(|(days, _)| window.abs_diff(days * DAY));
    (nearest.map_or(&[], |(_, tiers)| tiers.as_slice()), window)
}

/// Finds tiers that would fire while the budget lasts, f < 1: the judge waits for f = 1, which is another share of
/// the budget than the one of the window's row.
fn lasting(slo: &SloDoc, problems: &mut Problems) {
    let Some(written) = &slo.window else { return };
    let (row, window) = row(slo);
    for tier in row.iter().filter(|tier| tier.budget_ppm * window < 1_000_000 * tier.long) {
        let at_one = (1_000 * tier.long).div_ceil(window) * 1_000_000;
        let message = format!(
            "over `{}` the alert tier `{}` would fire at {} of the budget, before it burns too fast; it waits for {}",
            written.text.value,
            tier.name,
            percent_text(1_000 * tier.budget_ppm),
            percent_text(at_one)
        );
        let hint = "take a window that the tiers are made for: `7d`, `28d`, `30d` or `90d`";
        problems.hint(Code::FactorBelowOne, written.text.place, message, hint);
    }
}

/// Finds tiers whose burn factor f exceeds what a complete failure burns: `t <= 1 - 1/f`, f = budget x P / long.
fn reachable(criticality: Criticality, slo: &SloDoc, target: &At<u64>, problems: &mut Problems) {
    let (row, window) = row(slo);
    let applies = |tier: &&Tier| match criticality {
        Criticality::Critical => true,
        Criticality::Important => tier.name != "steady",
        Criticality::None => matches!(tier.name, "slow" | "creep"),
    };
    let lost = u128::from(Ratio::WHOLE - target.value);
    let silent = |tier: &&Tier| {
        let burn = lost * u128::from(tier.budget_ppm) * u128::from(window);
        burn >= u128::from(Ratio::WHOLE) * 1_000_000 * u128::from(tier.long)
    };
    let names: Vec<_> = row.iter().filter(applies).filter(silent).map(|tier| tier.name).collect();
    if !names.is_empty() {
        let message = format!(
            "at a target of {} the alert tier {} never fires, even if every attempt fails",
            percent_text(target.value),
            crate::suggest::quoted(&names)
        );
        problems.hint(
            Code::UnreachableTier,
            target.place,
            message,
            "raise the target or take a shorter window",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_those_of_the_specification() {
        let factor = |days: u64, index: usize| {
            let row = ROWS.iter().find(|(of, _)| *of == days).unwrap();
            let tier = &row.1[index];
            (tier.budget_ppm * days * DAY) as f64 / 1e6 / tier.long as f64
        };
        let rows = [
            (7, [13.44, 3.5, 1.4, 1.05]),
            (28, [13.44, 5.6, 2.8, 1.027]),
            (30, [14.4, 6.0, 3.0, 1.0]),
            (90, [21.6, 9.0, 4.5, 1.286]),
        ];
        for (days, factors) in rows {
            for (index, expected) in factors.into_iter().enumerate() {
                assert!((factor(days, index) - expected).abs() < 5e-4, "{days} d, tier {index}");
            }
        }
    }
}
