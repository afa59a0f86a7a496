//! Whether anything was received at all, and how to make something send here.

use throughline_core::count::ledger::Ledger;

use crate::live::Live;
use crate::view::empty::{NoTelemetry, RefusedRequest};

/// Returns the empty state while nothing was received.
pub(super) fn no_telemetry(live: &Live) -> Option<NoTelemetry> {
    let Ledger { traces, logs, metrics, .. } = &live.ledger;
    if traces.received + logs.received + metrics.received > 0 {
        return None;
    }
    let receiving = &live.receiving;
    let refused = receiving.refused.as_ref();
    Some(NoTelemetry {
        since: receiving.since.into(),
        grpc: receiving.grpc.clone(),
        http: receiving.http.clone(),
        refused: refused.map(|refused| RefusedRequest {
            at: refused.at.into(),
            status: refused.status,
            why: refused.why.clone(),
        }),
        command: exporter(receiving.http.as_deref().or(receiving.grpc.as_deref())),
    })
}

/// Returns the setting that makes an exporter send here; all addresses are reached by the local one.
fn exporter(bound: Option<&str>) -> String {
    let bound = bound.unwrap_or("127.0.0.1:4318");
    let port = bound.rsplit(':').next().unwrap_or("4318");
    let host = bound.strip_suffix(port).map_or("", |host| host.trim_end_matches(':'));
    let host = if matches!(host, "" | "0.0.0.0" | "[::]") { "127.0.0.1" } else { host };
    format!("export OTEL_EXPORTER_OTLP_ENDPOINT=http://{host}:{port}")
}
