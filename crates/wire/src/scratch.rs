//! What a walk needs between two bodies: buffers, and nothing that a body said.

use throughline_core::observation::Link;

use crate::json::Buffer;
use crate::values::Joined;

/// Buffers that outlive one body, so that the next one allocates nothing. One per thread.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(crate) links: Vec<Link>,
    pub(crate) resource: Joined,
    pub(crate) span: Joined,
    pub(crate) example: String,
    pub(crate) json: Buffer,
}
