//! The binary `throughline`. It sequences; it holds no logic.
fn main() {}
