//! The map's layout on random flows: nothing overlaps, everything runs left to right, lines keep off boxes.

use crate::page::part::flow::graph::{Edge, Graph, Node};
use crate::page::part::flow::layout::{BAND_HEAD, Layout, Rect, layout};
use crate::page::part::flow::route::{Point, Route, routes};

/// A small seeded generator (xorshift), so that every run sees the same graphs.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

fn random_graph(seed: u64, cycles: bool) -> Graph {
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let bands = 1 + random.below(4);
    let count = [1, 5, 12, 40, 200][random.below(5)];
    let mut nodes: Vec<Node> = (0..count)
        .map(|_| Node {
            band: random.below(bands),
            optional: random.below(4) == 0,
            is_async: random.below(6) == 0,
            shared: 1,
            height: [84.0, 84.0, 112.0][random.below(3)],
        })
        .collect();
    nodes.sort_by_key(|node| node.band);
    let mut edges = Vec::new();
    for from in 0..count {
        for _ in 0..1 + random.below(2) {
            let ahead = from + 1 + random.below(6);
            let to = if cycles && random.below(5) == 0 { random.below(count) } else { ahead };
            let is_new = !edges.iter().any(|edge: &Edge| (edge.from, edge.to) == (from, to));
            if to < count && to != from && is_new {
                edges.push(Edge { from, to, optional: random.below(3) == 0, is_async: random.below(5) == 0 });
            }
        }
    }
    Graph { nodes, edges, bands }
}

fn for_many(cycles: bool, check: impl Fn(u64, &Graph, &Layout)) {
    for seed in 1..=120 {
        let graph = random_graph(seed, cycles);
        check(seed, &graph, &layout(&graph));
    }
}

fn overlap(a: &Rect, b: &Rect) -> bool {
    a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom()
}

#[test]
fn boxes_never_overlap_and_stay_in_their_band() {
    for_many(true, |seed, graph, layout| {
        for (index, rect) in layout.boxes.iter().enumerate() {
            for other in &layout.boxes[index + 1..] {
                assert!(!overlap(rect, other), "seed {seed}: {rect:?} {other:?}");
            }
            let band = layout.bands[graph.nodes[index].band];
            assert!(rect.y >= band.y + BAND_HEAD && rect.bottom() <= band.bottom(), "seed {seed}");
            assert!(rect.x >= 0.0 && rect.right() <= layout.width, "seed {seed}");
        }
        for pair in layout.bands.windows(2) {
            assert!(pair[0].bottom() < pair[1].y, "seed {seed}");
        }
    });
}

#[test]
fn without_cycles_every_edge_runs_left_to_right() {
    for_many(false, |seed, graph, layout| {
        for edge in &graph.edges {
            assert!(layout.columns[edge.from] < layout.columns[edge.to], "seed {seed}: {edge:?}");
        }
    });
}

#[test]
fn lines_keep_off_boxes() {
    for_many(true, |seed, graph, layout| {
        for (edge, route) in graph.edges.iter().zip(routes(graph, layout)) {
            for (node, rect) in layout.boxes.iter().enumerate() {
                let crossed = segments(&route).any(|(a, b)| crosses(a, b, rect));
                assert!(!crossed, "seed {seed}: {edge:?} crosses {node}: {route:?} {rect:?}");
            }
            for point in &route.points {
                assert!(point.x >= 0.0 && point.x <= layout.width, "seed {seed}: {route:?}");
                assert!(point.y >= 0.0 && point.y <= layout.height, "seed {seed}: {route:?}");
            }
        }
    });
}

/// A curve stays within the gutter between its ends, so its hull stands for it.
fn segments(route: &Route) -> impl Iterator<Item = (Point, Point)> {
    route.points.windows(2).map(|pair| (pair[0], pair[1]))
}

fn crosses(a: Point, b: Point, rect: &Rect) -> bool {
    let hull = Rect {
        x: a.x.min(b.x),
        y: a.y.min(b.y),
        width: (a.x - b.x).abs().max(0.01),
        height: (a.y - b.y).abs().max(0.01),
    };
    let inner = Rect { x: rect.x + 0.5, y: rect.y + 0.5, width: rect.width - 1.0, height: rect.height - 1.0 };
    overlap(&hull, &inner)
}

#[test]
fn the_same_graph_is_always_laid_out_alike() {
    for_many(true, |_, graph, first| assert_eq!(first, &layout(graph)));
}

#[test]
fn nothing_is_laid_out_as_nothing() {
    let empty = Graph { bands: 1, ..Graph::default() };
    let layout = layout(&empty);
    assert_eq!((layout.bands.len(), layout.boxes.len()), (1, 0));
    assert!(routes(&empty, &layout).is_empty());
}
