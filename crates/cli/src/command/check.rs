//! `throughline check DIR`: all problems of a registry at once.

use std::path::PathBuf;

use serde_json::json;
use throughline_core::model::registry::IdBook;
use throughline_registry::{Diagnostic, Level, Loaded};
use throughline_server::rehearsal::{self, Rehearsed};

use crate::output::{Ended, Exit, Failure, Output, answer, line};

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub(crate) struct Check {
    /// The folder of registry documents (`*.yaml`, `*.yml`, folders below it too).
    dir: PathBuf,
    /// Warnings fail as well.
    #[arg(long)]
    strict: bool,
    /// Print the registry as canonical YAML instead of a report.
    #[arg(long)]
    print: bool,
}

impl Check {
    /// Checks the folder; exit 1 when a problem was found that fails.
    pub(crate) fn run(self, output: Output) -> Ended {
        if !self.dir.is_dir() {
            let message = format!("`{}` is no folder that can be read", self.dir.display());
            return Err(Failure::new(message).hint("give the folder that holds the registry's YAML files"));
        }
        let mut loaded = throughline_registry::load_dir(&self.dir, &mut IdBook::default());
        let rehearsed = rehearsal::run(&loaded);
        loaded.diagnostics.extend(rehearsed.iter().filter_map(|test| test.diagnostic.clone()));
        let failed = !loaded.passes(self.strict);
        if self.print && loaded.registry.is_some() {
            answer(&throughline_registry::print(&loaded));
            return Ok(if failed { Exit::No } else { Exit::Done });
        }
        match output {
            Output::Json => line(&json(&loaded, &rehearsed, failed).to_string()),
            Output::Table => report(&self.dir, &loaded, &rehearsed),
        }
        Ok(if failed { Exit::No } else { Exit::Done })
    }
}

fn json(loaded: &Loaded, rehearsed: &[Rehearsed], failed: bool) -> serde_json::Value {
    json!({
        "ok": !failed,
        "files": loaded.files,
        "documents": loaded.documents,
        "version": loaded.registry.as_ref().map(|registry| format!("{:016x}", registry.version)),
        "diagnostics": loaded.diagnostics,
        "tests": rehearsed,
    })
}

fn report(dir: &std::path::Path, loaded: &Loaded, rehearsed: &[Rehearsed]) {
    loaded.diagnostics.iter().for_each(|diagnostic| line(&format!("{diagnostic}\n")));
    line(&summary(dir, loaded, rehearsed));
}

fn summary(dir: &std::path::Path, loaded: &Loaded, rehearsed: &[Rehearsed]) -> String {
    let of_level =
        |level: Level| loaded.diagnostics.iter().filter(|d: &&Diagnostic| d.severity == level).count();
    let problems = match (of_level(Level::Error), of_level(Level::Warning)) {
        (0, 0) => "no problems".to_owned(),
        (errors, warnings) => format!("{}, {}", count(errors, "error"), count(warnings, "warning")),
    };
    let what = loaded.registry.as_ref().map_or_else(String::new, |registry| {
        let (products, objectives) = (registry.products().count(), registry.objectives().count());
        let (steps, slos) = (registry.steps().count(), registry.slos().count());
        let parts = [
            count(products, "product"),
            count(objectives, "objective"),
            count(steps, "step"),
            count(slos, "SLO"),
            count(rehearsed.len(), "rule test"),
        ];
        format!(": {}", parts.join(", "))
    });
    format!("{} in {}{what}; {problems}", count(loaded.files, "file"), dir.display())
}

fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
