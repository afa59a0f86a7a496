//! Judging: what counts mean at one instant. Time is an argument; the same history and the same sequence of
//! instants give the same answers, whether live or in a replay.

pub mod judgement;
pub mod log;
pub mod status;
