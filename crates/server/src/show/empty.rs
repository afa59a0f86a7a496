//! Why there is nothing to show: no registry, no telemetry, or no step that fits.

use crate::live::Live;
use crate::show::counts::whole;
use crate::show::names::now;
use crate::show::operations;
use crate::show::telemetry::no_telemetry;
use crate::view::empty::{Empty, NoRegistry, NoStepFits, TopOperation};

/// A command that shows something at once.
const EXAMPLE: &str = "throughline serve examples/mail";

/// Returns why nothing can be judged, `None` when something can.
pub(crate) fn nothing(live: &Live) -> Option<Empty> {
    if live.registry.products().next().is_none() {
        return Some(no_registry(live));
    }
    no_telemetry(live).map(Empty::NoTelemetry).or_else(|| no_step_fits(live).map(Empty::NoStepFits))
}

/// Says where a registry was looked for; pages of a product show this while there is none.
pub(crate) fn no_registry(live: &Live) -> Empty {
    Empty::NoRegistry(NoRegistry {
        looked_in: live.source.dir.clone(),
        yaml_files: live.source.yaml_files as u64,
        ours: live.source.documents as u64,
        command: EXAMPLE.to_owned(),
    })
}

fn no_step_fits(live: &Live) -> Option<NoStepFits> {
    let entries = |with_step: bool| {
        let of = live.book.coverage.iter().filter(move |((_, source), _)| source.is_some() == with_step);
        of.map(|(_, n)| whole(*n)).sum::<u64>()
    };
    if entries(true) > 0 {
        return None;
    }
    let mut services: Vec<_> = live.book.coverage.keys().map(|(service, _)| *service).collect();
    services.sort_unstable();
    services.dedup();
    Some(NoStepFits {
        requests: entries(false),
        services: services.len() as u64,
        minutes: now(live).0.saturating_sub(live.receiving.since.0) / 60_000_000_000,
        top: operations::top(live).map(|(service, operation)| TopOperation {
            draft: operations::actions(&service, &operation),
            service,
            operation,
        }),
    })
}
