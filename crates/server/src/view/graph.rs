//! From flows to a graph: which step leads to which. It knows no coordinates.

use std::collections::BTreeMap;

use crate::view::map::{Flow, FlowObjective, FlowStep, Place};

/// A step as a node, once however many objectives use it.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The band of its first objective.
    pub band: usize,
    /// Optional in every objective that uses it.
    pub optional: bool,
    /// Asynchronous in every objective that uses it.
    pub is_async: bool,
    /// How many objectives use it.
    pub shared: usize,
    pub height: f32,
}

/// A step leads to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    pub from: usize,
    pub to: usize,
    pub optional: bool,
    pub is_async: bool,
}

/// Nodes in flow order, edges between them, and how many bands there are.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Graph {
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
    pub bands: usize,
}

/// Builds the graph of a flow; `height` gives a step's box its height. Places that name no step are left out.
pub fn graph(flow: &Flow, height: impl Fn(&FlowStep) -> f32) -> Graph {
    let index: BTreeMap<&str, usize> =
        flow.steps.iter().enumerate().map(|(index, step)| (step.id.as_str(), index)).collect();
    let places = |id: &str| {
        let all = flow.objectives.iter().enumerate();
        let id = id.to_owned();
        all.flat_map(move |(band, objective)| {
            let id = id.clone();
            objective.flow.iter().filter(move |place| place.step == id).map(move |place| (band, place))
        })
        .collect::<Vec<_>>()
    };
    let node = |step: &FlowStep| {
        let places = places(&step.id);
        Node {
            band: places.first().map_or(0, |(band, _)| *band),
            optional: !places.is_empty() && places.iter().all(|(_, place)| place.optional),
            is_async: !places.is_empty() && places.iter().all(|(_, place)| place.is_async),
            shared: shared(&places),
            height: height(step),
        }
    };
    let nodes = flow.steps.iter().map(node).collect();
    let mut edges: Vec<Edge> = Vec::new();
    for edge in flow.objectives.iter().flat_map(|objective| edges_of(objective, &index)) {
        match edges.iter_mut().find(|known| (known.from, known.to) == (edge.from, edge.to)) {
            Some(known) => known.optional &= edge.optional,
            None => edges.push(edge),
        }
    }
    Graph { nodes, edges, bands: flow.objectives.len() }
}

/// Counts the bands among places, which stand in their order.
fn shared(places: &[(usize, &Place)]) -> usize {
    let mut bands: Vec<usize> = places.iter().map(|(band, _)| *band).collect();
    bands.dedup();
    bands.len()
}

/// Edges of one objective: required steps in their order; an optional step beside the required one that follows
/// it (it hangs below and rejoins after it); an asynchronous step before the one it feeds.
fn edges_of(objective: &FlowObjective, index: &BTreeMap<&str, usize>) -> Vec<Edge> {
    let flow: Vec<(usize, &Place)> =
        objective.flow.iter().filter_map(|place| Some((*index.get(place.step.as_str())?, place))).collect();
    let required: Vec<(usize, usize)> = flow
        .iter()
        .enumerate()
        .filter(|(_, (_, place))| !place.optional && !place.is_async)
        .map(|(position, (node, _))| (position, *node))
        .collect();
    let mut edges: Vec<Edge> = required
        .windows(2)
        .map(|pair| Edge { from: pair[0].1, to: pair[1].1, optional: false, is_async: false })
        .collect();
    for (position, (node, place)) in flow.iter().enumerate() {
        let next = required.partition_point(|(at, _)| *at <= position);
        let at = |place: Option<usize>| place.and_then(|place| required.get(place)).map(|(_, node)| *node);
        let before = next.checked_sub(1);
        let (from, to) = match (place.is_async, place.optional) {
            (true, _) if next < required.len() => (None, at(Some(next))),
            (true, _) => (at(before), None),
            (false, true) => beside(required.len(), next, &at),
            (false, false) => continue,
        };
        let edge = |from, to| Edge { from, to, optional: place.optional, is_async: place.is_async };
        edges.extend(from.map(|from| edge(from, *node)));
        edges.extend(to.map(|to| edge(*node, to)));
    }
    edges.retain(|edge| edge.from != edge.to);
    edges
}

/// Where an optional step leaves the required way and rejoins it, `next` being the required step after it.
fn beside(
    required: usize,
    next: usize,
    at: &impl Fn(Option<usize>) -> Option<usize>,
) -> (Option<usize>, Option<usize>) {
    let before = next.checked_sub(1);
    match () {
        // beside the next one
        () if next + 1 < required => (at(before), at(Some(next + 1))),
        // no step follows the next one: beside the one before
        () if next < required && next >= 2 => (at(Some(next - 2)), at(Some(next))),
        () => (at(before), at(Some(next))),
    }
}
