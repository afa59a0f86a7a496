//! Where boxes and bands stand: columns by the longest way to a step, bands by objective, rows within a band.
//! Pure: numbers in, numbers out.

use crate::page::part::flow::graph::Graph;

pub const BOX_WIDTH: f32 = 248.0;
pub const COLUMN_GAP: f32 = 64.0;
pub const ROW_GAP: f32 = 16.0;
pub const BAND_GAP: f32 = 16.0;
/// Above the first row of a band: its title.
pub const BAND_HEAD: f32 = 42.0;
/// Left, right and below the boxes of a band.
pub const PAD: f32 = 16.0;
/// The left edge where lines come back to the first column.
const PAD_BACK: f32 = 40.0;
/// Two columns, so that a title and its counts have room.
const WIDTH_MIN: f32 = 2.0 * (BOX_WIDTH + PAD) + COLUMN_GAP;
const SWEEPS: usize = 4;
/// From a box's upper edge to where lines meet it.
pub const ANCHOR: f32 = 42.0;

/// A rectangle; y grows downwards.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rect {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

impl Rect {
    /// Returns the right edge.
    pub fn right(&self) -> f32 {
        self.x + self.width
    }

    /// Returns the lower edge.
    pub fn bottom(&self) -> f32 {
        self.y + self.height
    }

    /// Returns where lines meet a box: the middle of a low one, as far down on a taller one, so that a row is
    /// one straight way.
    pub fn anchor(&self) -> f32 {
        self.y + self.height.min(2.0 * ANCHOR) / 2.0
    }
}

/// The places of a graph's nodes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Layout {
    pub width: f32,
    pub height: f32,
    pub bands: Vec<Rect>,
    /// One a node.
    pub boxes: Vec<Rect>,
    pub columns: Vec<usize>,
    pub rows: Vec<usize>,
    /// Lower edges of the rows of each band.
    pub row_bottoms: Vec<Vec<f32>>,
    pub left: f32,
}

/// Lays a graph out.
pub fn layout(graph: &Graph) -> Layout {
    let forward = forward_edges(graph);
    let columns = columns(graph, &forward);
    let rows = rows(graph, &forward, &columns);
    let comes_back = graph.edges.iter().any(|edge| columns[edge.to] == 0);
    let left = if comes_back { PAD_BACK } else { PAD };
    place(graph, columns, rows, left)
}

/// Returns the edges that do not close a cycle, found by a walk in node order.
fn forward_edges(graph: &Graph) -> Vec<(usize, usize)> {
    const NEW: u8 = 0;
    const OPEN: u8 = 1;
    const DONE: u8 = 2;
    let mut outgoing = vec![Vec::new(); graph.nodes.len()];
    for edge in &graph.edges {
        outgoing[edge.from].push(edge.to);
    }
    let mut state = vec![NEW; graph.nodes.len()];
    let mut kept = Vec::new();
    for root in 0..graph.nodes.len() {
        if state[root] != NEW {
            continue;
        }
        state[root] = OPEN;
        let mut stack = vec![(root, 0)];
        while let Some((node, at)) = stack.pop() {
            let Some(&to) = outgoing[node].get(at) else {
                state[node] = DONE;
                continue;
            };
            stack.push((node, at + 1));
            if state[to] == OPEN {
                continue;
            }
            kept.push((node, to));
            if state[to] == NEW {
                state[to] = OPEN;
                stack.push((to, 0));
            }
        }
    }
    kept
}

/// Returns each node's column: the longest way to it; an asynchronous source stands just before what it feeds.
fn columns(graph: &Graph, forward: &[(usize, usize)]) -> Vec<usize> {
    let mut columns = vec![0; graph.nodes.len()];
    // A way has at most as many edges as there are nodes, and the kept edges have no cycle.
    for _ in 0..graph.nodes.len() {
        let mut moved = false;
        for &(from, to) in forward {
            if columns[to] <= columns[from] {
                columns[to] = columns[from] + 1;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    for (node, _) in graph.nodes.iter().enumerate().filter(|(_, node)| node.is_async) {
        let is_source = forward.iter().all(|(_, to)| *to != node);
        let fed = forward.iter().filter(|(from, _)| *from == node).map(|(_, to)| columns[*to]).min();
        if let (true, Some(fed)) = (is_source, fed) {
            columns[node] = fed - 1;
        }
    }
    columns
}

/// Returns each node's row within its band and column: required first, then by the rows of its neighbours.
fn rows(graph: &Graph, forward: &[(usize, usize)], columns: &[usize]) -> Vec<usize> {
    let mut rows = vec![0; graph.nodes.len()];
    let groups = groups(graph, columns);
    let has_way: Vec<bool> = (0..graph.bands)
        .map(|band| graph.nodes.iter().any(|node| node.band == band && !node.optional && !node.is_async))
        .collect();
    for sweep in 0..=SWEEPS {
        for group in &groups {
            let mut order: Vec<(bool, bool, f32, usize)> = group
                .iter()
                .map(|&node| {
                    let by = barycentre(node, forward, &rows, sweep % 2 == 0);
                    (graph.nodes[node].optional, graph.nodes[node].is_async, by, node)
                })
                .collect();
            order.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)).then(a.3.cmp(&b.3)));
            let hangs = order.first().is_some_and(|first| first.0 && !first.1);
            let first = usize::from(hangs && has_way[graph.nodes[group[0]].band]);
            for (row, (_, _, _, node)) in order.into_iter().enumerate() {
                rows[node] = first + row;
            }
        }
    }
    rows
}

/// Returns the nodes of each band and column, in order.
fn groups(graph: &Graph, columns: &[usize]) -> Vec<Vec<usize>> {
    let mut groups = std::collections::BTreeMap::new();
    for (node, column) in columns.iter().enumerate() {
        groups.entry((graph.nodes[node].band, *column)).or_insert_with(Vec::new).push(node);
    }
    groups.into_values().collect()
}

/// Returns the mean row of a node's neighbours on one side; its own row without any.
fn barycentre(node: usize, forward: &[(usize, usize)], rows: &[usize], before: bool) -> f32 {
    let near: Vec<usize> = forward
        .iter()
        .filter(|(from, to)| if before { *to == node } else { *from == node })
        .map(|(from, to)| rows[if before { *from } else { *to }])
        .collect();
    match near.len() {
        0 => rows[node] as f32,
        count => near.iter().sum::<usize>() as f32 / count as f32,
    }
}

fn place(graph: &Graph, columns: Vec<usize>, rows: Vec<usize>, left: f32) -> Layout {
    let last = columns.iter().max().copied().unwrap_or(0);
    let width = left + last as f32 * (BOX_WIDTH + COLUMN_GAP) + BOX_WIDTH + PAD;
    let mut layout = Layout {
        width: width.max(WIDTH_MIN),
        boxes: vec![Rect::default(); graph.nodes.len()],
        columns,
        rows,
        left,
        ..Layout::default()
    };
    let mut top = 0.0;
    for band in 0..graph.bands {
        let members: Vec<usize> =
            (0..graph.nodes.len()).filter(|node| graph.nodes[*node].band == band).collect();
        let bottom = place_band(graph, &mut layout, &members, top);
        layout.bands.push(Rect { x: 0.0, y: top, width: layout.width, height: bottom + PAD - top });
        top = bottom + PAD + BAND_GAP;
    }
    layout.height = layout.bands.last().map_or(0.0, Rect::bottom);
    layout
}

/// Places a band's boxes on common rows; returns the lower edge of the last one.
fn place_band(graph: &Graph, layout: &mut Layout, members: &[usize], top: f32) -> f32 {
    let rows = members.iter().map(|node| layout.rows[*node] + 1).max().unwrap_or(0);
    let mut y = top + BAND_HEAD;
    let mut bottoms = Vec::with_capacity(rows);
    for row in 0..rows {
        let in_row: Vec<usize> = members.iter().copied().filter(|node| layout.rows[*node] == row).collect();
        let height = in_row.iter().map(|node| graph.nodes[*node].height).fold(0.0, f32::max);
        for node in in_row {
            let x = layout.left + layout.columns[node] as f32 * (BOX_WIDTH + COLUMN_GAP);
            layout.boxes[node] = Rect { x, y, width: BOX_WIDTH, height: graph.nodes[node].height };
        }
        bottoms.push(y + height);
        // A row may be empty where optional steps stand alone in their column.
        y += if height > 0.0 { height + ROW_GAP } else { 0.0 };
    }
    layout.row_bottoms.push(bottoms);
    if rows == 0 { top + BAND_HEAD } else { y - ROW_GAP }
}
