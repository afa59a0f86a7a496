//! The simulated mail product: users, services, faults and rhythm as OTLP bytes on a clock that is an argument. It must not know any other crate of the project.
