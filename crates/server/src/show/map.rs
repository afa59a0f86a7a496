//! The flow map of a product.

use crate::live::Live;
use crate::show::names::{objectives_of, product_name, product_named};
use crate::show::{empty, flow, say};
use crate::view::map::Map;
use crate::view::path::Layer;

/// Returns the map of a product, `None` when there is no such product.
pub fn map(live: &Live, product: &str, layer: Layer) -> Option<Map> {
    let product = product_named(&live.registry, product)?;
    let objectives = objectives_of(&live.registry, product);
    let steps = flow::steps(live, &objectives);
    Some(Map {
        product: product_name(product),
        layer,
        say: say::steps(live, &steps, &objectives),
        flow: flow::flow(live, &objectives),
        empty: empty::nothing(live),
    })
}
