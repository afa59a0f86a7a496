//! Bytes to borrowed observations: OTLP, Zipkin, Jaeger, span CSV. It must not know objectives, sockets or storage.

pub mod limits;
pub mod visit;

pub mod inflate;
pub mod otlp;

mod draft;
mod ids;
mod json;
mod values;
