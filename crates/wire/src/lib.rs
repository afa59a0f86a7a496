//! Bytes to borrowed observations: OTLP, Zipkin, Jaeger, span CSV. It must not know objectives, sockets or storage.

pub mod limits;
pub mod scratch;
pub mod visit;

pub mod inflate;

pub mod csv;
pub mod excerpt;
pub mod file;
pub mod jaeger;
pub mod otlp;
pub mod owned;
pub mod zipkin;

mod draft;
mod ids;
mod json;
mod tags;
mod values;
