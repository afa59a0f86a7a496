//! How edges run: straight along a row, curved within one column gutter, else along gutters and row gaps, so
//! that no line crosses a box. Pure: numbers in, points out.

use crate::page::part::flow::graph::Graph;
use crate::page::part::flow::layout::{ANCHOR, BOX_WIDTH, COLUMN_GAP, Layout, PAD, ROW_GAP};

/// Left of a box, where the arrow ends.
const ARROW: f32 = 7.0;
/// Lines in one gutter stand this far apart.
const TRACK: f32 = 7.0;
const TRACKS: usize = 5;

/// A point of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub x: f32,
    pub y: f32,
}

/// The line of one edge, in the order of the graph's edges.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// First and last are the ends; lines between them are level or upright unless curved.
    pub points: Vec<Point>,
    /// One curve from end to end, within one gutter.
    pub curved: bool,
}

/// Routes every edge of a graph.
pub fn routes(graph: &Graph, layout: &Layout) -> Vec<Route> {
    let ports = ports(graph, layout);
    let mut tracks = vec![0; layout.columns.iter().max().map_or(1, |last| last + 2)];
    let edges = graph.edges.iter().zip(ports);
    edges.map(|(edge, port)| route(graph, layout, &mut tracks, (edge.from, edge.to), port)).collect()
}

/// Returns where each edge meets its target, as a distance from the middle of the box's left side: what comes
/// plainly from the same band in the middle, the rest above or below, by where it comes from.
fn ports(graph: &Graph, layout: &Layout) -> Vec<f32> {
    let mut ports = vec![0.0; graph.edges.len()];
    for node in 0..graph.nodes.len() {
        let middle = layout.boxes[node].anchor();
        let incoming = || graph.edges.iter().enumerate().filter(|(_, edge)| edge.to == node);
        let is_plain = |edge: &crate::page::part::flow::graph::Edge| {
            !edge.is_async && graph.nodes[edge.from].band == graph.nodes[node].band
        };
        let has_plain = incoming().any(|(_, edge)| is_plain(edge));
        let mut above = Vec::new();
        let mut below = Vec::new();
        let mut middle_taken = has_plain;
        for (index, edge) in incoming().filter(|(_, edge)| !is_plain(edge)) {
            let from = layout.boxes[edge.from].anchor();
            match from {
                y if y == middle && !middle_taken => middle_taken = true,
                y if y < middle => above.push((y, index)),
                y => below.push((y, index)),
            }
        }
        let room = ANCHOR - 12.0;
        spread(&mut ports, above, -room);
        spread(&mut ports, below, room);
    }
    ports
}

fn spread(ports: &mut [f32], mut side: Vec<(f32, usize)>, room: f32) {
    side.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let step = (room.abs() / side.len() as f32).min(22.0) * room.signum();
    let count = side.len();
    for (place, (_, index)) in side.into_iter().enumerate() {
        let nth = if room < 0.0 { count - place } else { place + 1 };
        ports[index] = step * nth as f32;
    }
}

fn route(graph: &Graph, layout: &Layout, tracks: &mut [usize], ends: (usize, usize), port: f32) -> Route {
    let (from, to) = ends;
    let start = Point { x: layout.boxes[from].right(), y: layout.boxes[from].anchor() };
    let end = Point { x: layout.boxes[to].x - ARROW, y: layout.boxes[to].anchor() + port };
    let (column, target) = (layout.columns[from], layout.columns[to]);
    if target > column && start.y == end.y && is_free(layout, column + 1..target, start.y) {
        return Route { points: vec![start, end], curved: false };
    }
    if target == column + 1 {
        let same_band = graph.nodes[from].band == graph.nodes[to].band;
        if same_band && port == 0.0 {
            return Route { points: vec![start, end], curved: true };
        }
        let x = track(layout, tracks, column);
        let bend = [Point { x, y: start.y }, Point { x, y: end.y }];
        return Route { points: vec![start, bend[0], bend[1], end], curved: false };
    }
    let lane = layout.row_bottoms[graph.nodes[from].band][layout.rows[from]] + ROW_GAP / 2.0;
    let out = track(layout, tracks, column);
    let back = if target == 0 { layout.left - 24.0 } else { track(layout, tracks, target - 1) };
    let corners = [(out, start.y), (out, lane), (back, lane), (back, end.y)].map(|(x, y)| Point { x, y });
    let points = [&[start], &corners[..], &[end]].concat();
    Route { points, curved: false }
}

/// Returns whether no box of the columns stands on a level line.
fn is_free(layout: &Layout, columns: std::ops::Range<usize>, y: f32) -> bool {
    let stands = |(node, rect): (usize, &crate::page::part::flow::layout::Rect)| {
        columns.contains(&layout.columns[node]) && rect.y <= y && y <= rect.bottom()
    };
    !layout.boxes.iter().enumerate().any(stands)
}

/// Returns the next upright line in the gutter right of a column.
fn track(layout: &Layout, tracks: &mut [usize], column: usize) -> f32 {
    let right = layout.left + column as f32 * (BOX_WIDTH + COLUMN_GAP) + BOX_WIDTH;
    if column == layout.columns.iter().max().copied().unwrap_or(0) {
        return right + PAD / 2.0;
    }
    let nth = tracks[column] % TRACKS;
    tracks[column] += 1;
    right + 18.0 + nth as f32 * TRACK
}
