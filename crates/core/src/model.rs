//! The model: products with their people, objectives, steps, SLOs and severity guidelines, as one immutable,
//! compiled whole. It is built by the registry crate and judged by `judge`; it holds no counts.

pub mod objective;
pub mod people;
pub mod registry;
pub mod severity;
pub mod slo;
pub mod step;
