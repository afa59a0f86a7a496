//! The crate's tests from outside: bodies in, observations out. They say nothing of transport or meaning.

mod inflating;
mod limits;
mod oracle;
mod owned;
mod protobuf;
