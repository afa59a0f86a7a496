//! Tests of judging as a whole, by the minute and through the public call.

mod acceptance;
mod calm;
mod changed;
mod history;
mod incident;
mod quiet;
mod rollup;
mod upstream;
mod window;
