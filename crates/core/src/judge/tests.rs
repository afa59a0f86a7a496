//! Tests of judging as a whole.

mod acceptance;
