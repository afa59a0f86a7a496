//! The flow map: steps in flow order under their objectives, drawn on the server. Graph, layout and routes are
//! pure and tested on random flows; drawing only writes them down. Same input, same bytes.

mod draw;
pub mod layout;
pub mod route;
#[cfg(test)]
mod tests;

use maud::Markup;

pub use crate::view::graph;
use crate::view::map::Flow;
use crate::view::path::Layer;

/// Steps above which the map shows objectives alone.
pub const STEPS_MAX: usize = 40;

/// How a flow is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    /// What the picture is, for readers.
    pub label: &'a str,
    pub layer: Layer,
    /// Whether bands carry their objective's name and counts.
    pub titles: bool,
}

/// Draws a flow: boxes that are links, edges that are hidden from readers.
pub fn flow(flow: &Flow, picture: Picture<'_>) -> Markup {
    if flow.steps.len() > STEPS_MAX {
        return draw::objectives(flow, picture.label);
    }
    let graph = graph::graph(flow, |step| draw::height(step, picture.layer));
    let layout = layout::layout(&graph);
    let routes = route::routes(&graph, &layout);
    draw::steps(flow, picture, &graph, &layout, &routes)
}
