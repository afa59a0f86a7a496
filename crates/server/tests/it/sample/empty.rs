//! Empty states: nothing to show, and why.

use throughline_server::view::empty::{
    Empty, NoRegistry, NoStepFits, NoTelemetry, RefusedRequest, TopOperation,
};

use super::at;

/// Empty states that any page may be in.
pub(crate) fn empties() -> [(&'static str, Empty); 3] {
    let no_registry = NoRegistry {
        looked_in: "./registry".to_owned(),
        yaml_files: 3,
        ours: 0,
        command: "throughline serve examples/mail".to_owned(),
    };
    let no_telemetry = NoTelemetry {
        since: at(13, 58),
        grpc: Some("127.0.0.1:4317".to_owned()),
        http: Some("127.0.0.1:4318".to_owned()),
        refused: Some(RefusedRequest {
            at: at(14, 2),
            status: 415,
            why: "application/x-thrift is not OTLP".to_owned(),
        }),
        command: "export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318".to_owned(),
    };
    let top = TopOperation {
        service: "webmail".to_owned(),
        operation: "POST /api/drafts".to_owned(),
        draft: "actions:\n  - {service: webmail, operation: \"POST /api/drafts\"}".to_owned(),
    };
    let no_step_fits = NoStepFits { requests: 412, services: 2, minutes: 6, top: Some(top) };
    [
        ("empty-registry", Empty::NoRegistry(no_registry)),
        ("empty-telemetry", Empty::NoTelemetry(no_telemetry)),
        ("empty-step", Empty::NoStepFits(no_step_fits)),
    ]
}
