//! One moment of the mail product, 14:05 UTC, while every draft is lost: views whose numbers add up. Tests render
//! it, `examples/pages.rs` writes it as files to look at (it is a `mod.rs` because both include it).

mod empty;
mod impact;
mod list;
mod measured;
mod states;
mod steps;
mod today;
mod trace;

pub(crate) use empty::empties;
pub(crate) use impact::{impact, operations, quality};
pub(crate) use list::slos;
pub(crate) use measured::{attempts, slo};
pub(crate) use states::{calm, overspent_slo, unmeasured_step, wide_map, young_slo};
pub(crate) use steps::{flow, map, objective, step};
pub(crate) use today::today;
pub(crate) use trace::{not_kept, trace};

use throughline_server::view::number::{self, WHOLE};
use throughline_server::view::prose::Link;
use throughline_server::view::shell::{Diagnostic, ProductName, RefusedEdit, Shell};
use throughline_server::view::sli::Sli;
use throughline_server::view::step::{Impact, LostSoFar, SeverityNow};
use throughline_server::view::time::At;
use throughline_server::view::word::Severity;
use throughline_server::view::{path, sli::Share};

/// Monday 23 November 2026, 14:05 UTC.
pub(crate) const NOW: At = At::seconds(1_795_442_700);
/// A kept trace.
pub(crate) const TRACE: &str = "8f1c09d27ab64e55b0c3a1f6924d17e2";
pub(crate) const OTHERS: [&str; 2] = ["33d0aa1be2774b6c9d1f6a0c5e8b4a07", "c5720e44f1a94c0fa7d22b8f1e0d635b"];

/// Returns today's instant of a clock time.
pub(crate) fn at(hour: u64, minute: u64) -> At {
    At::seconds(1_795_442_700 - (14 * 60 + 5) * 60 + (hour * 60 + minute) * 60)
}

pub(crate) fn product() -> ProductName {
    ProductName::new("mail", "Mail")
}

pub(crate) fn shell() -> Shell {
    Shell {
        products: vec![product()],
        product: Some("mail".to_owned()),
        as_of: Some(NOW),
        next: Some(NOW.plus_seconds(60)),
        clock: Some("demo clock, 60 ×".to_owned()),
        registry_version: Some("5b1e0c77a93d42f0".to_owned()),
        refused: None,
        slos_not_measured: 5,
    }
}

/// The shell after an edit that did not pass.
pub(crate) fn refused() -> Shell {
    let diagnostic = |code: &str, place: &str, message: &str, hint: Option<&str>| Diagnostic {
        code: code.to_owned(),
        place: place.to_owned(),
        message: message.to_owned(),
        hint: hint.map(str::to_owned),
    };
    let diagnostics = vec![
        diagnostic("unknown-key", "mail.yaml:41:7", "unknown key `sucess`", Some("did you mean `success`?")),
        diagnostic(
            "unknown-step",
            "mail.yaml:88:11",
            "objective `compose-mail` names the step `save-drafts`",
            None,
        ),
    ];
    Shell { refused: Some(RefusedEdit { at: at(14, 1), diagnostics, more: 3 }), ..shell() }
}

pub(crate) fn step_link(id: &str, name: &str) -> Link {
    Link::new(name, path::step("mail", id))
}

pub(crate) fn objective_link(id: &str, name: &str) -> Link {
    Link::new(name, path::objective("mail", id))
}

/// An SLI whose shares are computed from its counts.
pub(crate) fn sli(good: u64, bad: u64, target_ppb: u64) -> Sli {
    let of = good + bad;
    let tolerated = u128::from(WHOLE - target_ppb) * u128::from(of);
    let spent = u128::from(bad) * u128::from(WHOLE) * u128::from(WHOLE);
    let left =
        (tolerated > 0).then(|| WHOLE as i64 - i64::try_from(spent.div_ceil(tolerated)).unwrap_or(i64::MAX));
    Sli {
        good,
        bad,
        sli_ppb: number::ppb(good, of),
        target_ppb,
        window: "28d".to_owned(),
        allowed: u64::try_from(tolerated / u128::from(WHOLE)).unwrap_or(u64::MAX),
        left_ppb: left,
        ..Sli::default()
    }
}

/// An SLI at a share of good attempts, of a million.
pub(crate) fn sli_at(ppm: u64, target_ppb: u64) -> Sli {
    sli(ppm, 1_000_000 - ppm, target_ppb)
}

pub(crate) fn within(mut sli: Sli, ms: u64) -> Sli {
    sli.within_ns = Some(ms * 1_000_000);
    sli
}

/// Nothing was measured.
pub(crate) fn not_measured(target_ppb: u64, within_ms: Option<u64>) -> Sli {
    Sli {
        target_ppb,
        window: "28d".to_owned(),
        within_ns: within_ms.map(|ms| ms * 1_000_000),
        ..Sli::default()
    }
}

pub(crate) fn save_draft_sli() -> Sli {
    sli(910_346, 2_254, 995_000_000)
}

/// Deliveries since 11:02 are not in yet.
pub(crate) fn late_sli() -> Sli {
    Sli {
        good: 995_260,
        bad: 200,
        unknown: 4_540,
        sli_ppb: number::ppb(995_260, 995_460),
        low_ppb: Some(995_260_000),
        high_ppb: Some(999_800_000),
        target_ppb: 995_000_000,
        window: "28d".to_owned(),
        allowed: 5_000,
        left_ppb: None,
        left_low_ppb: Some(52_000_000),
        left_high_ppb: Some(960_000_000),
        within_ns: Some(300_000_000_000),
        ..Sli::default()
    }
}

pub(crate) fn severity_now() -> SeverityNow {
    SeverityNow {
        level: Severity::Major,
        since: at(13, 42),
        rule_number: 2,
        rule: "core, impact over 20 %".to_owned(),
    }
}

/// 615 of 615 lost in 15 minutes.
pub(crate) fn lost() -> Impact {
    Impact {
        last_15_min: Some(Share::new(615, 615)),
        lost: Some(Share::new(615, 615)),
        since: at(13, 51),
        never_started: 0,
        impact_ppb: Some(WHOLE),
        at_least_ppb: Some(993_792_000),
        so_far: Some(LostSoFar { attempts: 943, since: at(13, 42) }),
        severity: Some(severity_now()),
    }
}
