//! The one integration binary of the crate.

mod pages;
mod sample;
