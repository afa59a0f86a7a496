//! Bytes to borrowed observations: OTLP, Zipkin, Jaeger, span CSV. It must not know objectives, sockets or storage.
