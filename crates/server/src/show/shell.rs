//! The frame of every page.

use throughline_core::count::tally::LATE_NS;
use throughline_core::time::MINUTE_NS;
use throughline_registry::{Diagnostic as Problem, Level};

use crate::live::{self, ClockNote, Live};
use crate::show::names::{as_of, product_name};
use crate::show::state;
use crate::view::shell::{Diagnostic, RefusedEdit, Shell};
use crate::view::time::At;

/// Diagnostics of a refused edit that are shown.
const DIAGNOSTICS_MAX: usize = 5;

/// Returns the frame; `product` is the id of the one that the page is about.
pub fn shell(live: &Live, product: Option<&str>) -> Shell {
    let registry = &live.registry;
    let as_of = as_of(live);
    let has_registry = registry.products().next().is_some();
    Shell {
        products: registry.products().map(product_name).collect(),
        product: product.map(str::to_owned),
        as_of,
        // A minute closes so long after its end.
        next: as_of.map(|At(end)| At(end + MINUTE_NS + LATE_NS)),
        clock: clock(live.clock),
        registry_version: has_registry.then(|| version(live)),
        refused: live.source.refused.as_ref().map(refused),
        slos_not_measured: registry.slos().filter(|slo| !state::is_measured(slo)).count() as u64,
    }
}

/// Returns the registry's version as pages show it.
pub(super) fn version(live: &Live) -> String {
    format!("{:016x}", live.registry.version)
}

fn clock(note: ClockNote) -> Option<String> {
    match note {
        ClockNote::Wall => None,
        ClockNote::Demo { factor } => Some(format!("demo clock, {factor} x")),
        ClockNote::Replay => Some("clock of the replayed files".to_owned()),
    }
}

fn refused(edit: &live::RefusedEdit) -> RefusedEdit {
    let mut problems: Vec<&Problem> = edit.diagnostics.iter().collect();
    problems.sort_by_key(|problem| problem.severity != Level::Error);
    let shown = problems.iter().take(DIAGNOSTICS_MAX);
    RefusedEdit {
        at: edit.at.into(),
        diagnostics: shown.map(|problem| diagnostic(problem)).collect(),
        more: problems.len().saturating_sub(DIAGNOSTICS_MAX) as u64,
    }
}

fn diagnostic(problem: &Problem) -> Diagnostic {
    let Problem { file, line, column, .. } = problem;
    let place = if *line == 0 { file.clone() } else { format!("{file}:{line}:{column}") };
    Diagnostic {
        code: problem.code.text().to_owned(),
        place,
        message: problem.message.clone(),
        hint: problem.hint.clone(),
    }
}
