//! The simulated mail product: users, services, faults and rhythm as OTLP bytes on a clock that is an argument.
//! It knows no other crate of the project, does no I/O, and makes the same bytes of the same seed.

mod emit;
mod fault;
mod incident;
mod rhythm;
mod rng;
mod script;
mod simulator;
mod users;
mod world;

pub use fault::{Scenario, UnknownScenario};
pub use simulator::{Body, Config, Simulator};
