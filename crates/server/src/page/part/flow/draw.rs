//! The flow as SVG: bands, edges below boxes, boxes as links named by what is seen. Attributes and classes only,
//! no inline style.

use maud::{Markup, html};

use crate::page::part::flow::Picture;
use crate::page::part::flow::graph::{Edge, Graph, Node};
use crate::page::part::flow::layout::{BOX_WIDTH, Layout, Rect};
use crate::page::part::flow::route::{Point, Route};
use crate::page::part::sli::{self, r};
use crate::page::part::text::{fit, width};
use crate::page::part::{status, table};
use crate::view::map::{Flow, FlowObjective, FlowSlo, FlowStep};
use crate::view::number;
use crate::view::path::Layer;
use crate::view::word::{Criticality, Method, Status};

const BOX_HEIGHT: f32 = 84.0;
const SLO_HEIGHT: f32 = 22.0;
/// Inside a box, from its left edge: the text.
const TEXT_X: f32 = 18.0;
/// From its right edge.
const TEXT_RIGHT: f32 = 14.0;
const CORNER: f32 = 10.0;

/// Returns a box's height.
pub(super) fn height(step: &FlowStep, layer: Layer) -> f32 {
    match layer {
        Layer::Slos => (40.0 + SLO_HEIGHT * step.slos.len().max(1) as f32 + 6.0).max(BOX_HEIGHT),
        Layer::Steps | Layer::Table => BOX_HEIGHT,
    }
}

/// Draws steps in their bands.
pub(super) fn steps(
    flow: &Flow,
    picture: Picture<'_>,
    graph: &Graph,
    layout: &Layout,
    routes: &[Route],
) -> Markup {
    let (width, height) = (r(layout.width), r(layout.height));
    let svg = html! {
        svg.map role="group" aria-label=(picture.label) viewBox={ "0 0 " (width) " " (height) }
            width=(width) height=(height) {
            (arrow())
            @for rect in &layout.bands { (band(rect)) }
            g aria-hidden="true" {
                @for (edge, route) in graph.edges.iter().zip(routes) { (line(edge, route)) }
            }
            @for (objective, rect) in flow.objectives.iter().zip(&layout.bands) {
                @if picture.titles { (title(objective, rect)) } @else { (caption(rect)) }
            }
            @for ((step, node), rect) in flow.steps.iter().zip(&graph.nodes).zip(&layout.boxes) {
                (step_box(step, rect, node, picture.layer))
            }
        }
    };
    table::scroll(&format!("{}, scrolls sideways", picture.label), &svg)
}

/// Draws objectives alone, for products with very many steps.
pub(super) fn objectives(flow: &Flow, label: &str) -> Markup {
    let rows = flow.objectives.len() as f32;
    let (width, height) = (1216.0, rows * 60.0);
    let svg = html! {
        svg.map role="group" aria-label=(label) viewBox={ "0 0 " (r(width)) " " (r(height)) }
            width=(r(width)) height=(r(height)) {
            @for (index, objective) in flow.objectives.iter().enumerate() {
                @let rect = Rect { x: 0.0, y: index as f32 * 60.0, width, height: 44.0 };
                (band(&rect))
                (title(objective, &rect))
            }
        }
    };
    html! {
        (table::scroll(&format!("{label}, scrolls sideways"), &svg))
        p.muted.after { (number::plural(flow.steps.len() as u64, "step")) ": too many for one picture; each objective has its own." }
    }
}

fn arrow() -> Markup {
    html! {
        defs {
            marker id="arrow" viewBox="0 0 8 8" refX="5" refY="4" markerWidth="8" markerHeight="8" orient="auto"
                markerUnits="userSpaceOnUse" { path.fline d="M0 .5l6.5 3.5L0 7.5z" {} }
        }
    }
}

fn band(rect: &Rect) -> Markup {
    html! {
        rect.fband x=(r(rect.x)) y=(r(rect.y)) width=(r(rect.width)) height=(r(rect.height)) rx="12" {}
    }
}

/// Above the only band of a picture that needs no title.
fn caption(rect: &Rect) -> Markup {
    html! {
        text .t13.m x="16" y=(r(rect.y + 27.0)) { "In flow order; optional steps hang below" }
    }
}

/// An objective's name on the left edge of its band, its counts on the right.
fn title(objective: &FlowObjective, rect: &Rect) -> Markup {
    let steps = number::plural(objective.flow.len() as u64, "step");
    let counts = format!("{steps}: {}", status::counts_text(&objective.counts));
    let counts = if width(&counts, 13.0, false) > rect.width * 0.5 { steps } else { counts };
    let worth = objective.criticality.word();
    let room = rect.width - 60.0 - width(&counts, 13.0, false) - width(worth, 13.0, false);
    let name = fit(&objective.objective.text, room, 16.0, true);
    let y = r(rect.y + 27.0);
    html! {
        a href=(objective.objective.href) {
            text .t16.b.halo x="16" y=(y) {
                @if name != objective.objective.text { title { (objective.objective.text) } }
                (name) " " tspan.t13.m font-weight="400" dx="6" { (worth) }
            }
        }
        text .t13.m.halo x=(r(rect.right() - 16.0)) y=(y) text-anchor="end" { (counts) }
    }
}

/// An edge: dotted when optional, double when asynchronous.
fn line(edge: &Edge, route: &Route) -> Markup {
    let path = path(route);
    let dash = match (edge.optional, edge.is_async) {
        (true, _) => Some("2 4"),
        (false, true) => Some("8 5"),
        (false, false) => None,
    };
    html! {
        @if edge.is_async {
            path .nof.sline d=(path) stroke-width="5" stroke-dasharray=[dash] {}
            path .nof.sband d=(path) stroke-width="2" {}
            @if let Some(end) = route.points.last() {
                path.sline d={ "M" (r(end.x - 1.0)) " " (r(end.y)) "h1" } marker-end="url(#arrow)" {}
            }
        } @else {
            path .nof.sline d=(path) stroke-width="1.5" stroke-dasharray=[dash] marker-end="url(#arrow)" {}
        }
    }
}

fn path(route: &Route) -> String {
    let at = |point: &Point| format!("{} {}", r(point.x), r(point.y));
    let (first, last) = match route.points.as_slice() {
        [] => return String::new(),
        [first, .., last] => (first, last),
        [only] => (only, only),
    };
    if route.curved {
        let middle = f32::midpoint(first.x, last.x);
        let (out, back) = (Point { x: middle, y: first.y }, Point { x: middle, y: last.y });
        return format!("M{}C{} {} {}", at(first), at(&out), at(&back), at(last));
    }
    let mut path = format!("M{}", at(first));
    for corner in route.points.windows(3) {
        let (before, here, after) = (corner[0], corner[1], corner[2]);
        let (into, away) = (towards(here, before), towards(here, after));
        path.push_str(&format!("L{}Q{} {}", at(&into), at(&here), at(&away)));
    }
    path.push_str(&format!("L{}", at(last)));
    path
}

/// Returns the point where a rounded corner begins, on the way to its neighbour.
fn towards(corner: Point, neighbour: Point) -> Point {
    let (dx, dy) = (neighbour.x - corner.x, neighbour.y - corner.y);
    let length = dx.hypot(dy);
    let part = if length > 0.0 { CORNER.min(length / 2.0) / length } else { 0.0 };
    Point { x: corner.x + dx * part, y: corner.y + dy * part }
}

/// A step's box: one link. Its hidden words say what colour and edge say.
fn step_box(step: &FlowStep, rect: &Rect, node: &Node, layer: Layer) -> Markup {
    let failing = sli::is_now(step.state);
    let colour = stroke(step.state.status);
    let fill = if failing { "ftint" } else { "fbg" };
    let dash = step.state.status.is_unknown().then_some("5 4");
    html! {
        a href=(step.step.href) class=[failing.then_some("here")] {
            rect.box .(fill) .(colour) x=(r(rect.x)) y=(r(rect.y)) width=(r(rect.width)) height=(r(rect.height))
                rx="8" stroke-width=(if failing { "3" } else { "1.5" }) stroke-dasharray=[dash] {}
            (edge_bar(step.criticality, failing, rect))
            (name(step, rect, node))
            @if layer == Layer::Slos { (slo_lines(step, rect)) } @else { (lines(step, rect, node)) }
            text.vt x=(r(rect.x + TEXT_X)) y=(r(rect.y + 28.0)) { ", " (step.state.words()) ", " (step.criticality.word()) }
        }
    }
}

fn stroke(status: Status) -> &'static str {
    match status {
        Status::Failing | Status::Silent | Status::Missed => "sbad",
        Status::Burning | Status::LowBudget => "srisk",
        Status::Met => "sok",
        Status::CannotTell | Status::Late | Status::NoSlo => "sunknown",
    }
}

/// The inner bar at the left: thick critical, thin important.
fn edge_bar(criticality: Criticality, failing: bool, rect: &Rect) -> Markup {
    let width = match criticality {
        Criticality::Critical => "4",
        Criticality::Important => "2",
        Criticality::None => return html! {},
    };
    let class = if failing { "sbad" } else { "sfg" };
    html! {
        path .(class) d={ "M" (r(rect.x + 8.0)) " " (r(rect.y + 10.0)) "V" (r(rect.bottom() - 10.0)) }
            stroke-width=(width) stroke-linecap="round" {}
    }
}

/// The first line: shape, name, and whether the step is asynchronous or shared.
fn name(step: &FlowStep, rect: &Rect, node: &Node) -> Markup {
    let mark = match (node.is_async, node.shared) {
        (true, _) => "async".to_owned(),
        (false, 2..) => format!("shared by {}", node.shared),
        _ => String::new(),
    };
    let room = BOX_WIDTH - TEXT_X - 26.0 - TEXT_RIGHT;
    let fits = width(&step.step.text, 16.0, true) + width(&mark, 12.0, false) + 8.0 <= room;
    let text = fit(&step.step.text, room, 16.0, true);
    html! {
        g.(status::class(step.state.status)) aria-hidden="true" {
            use href=(status::shape(step.state.status)) x=(r(rect.x + TEXT_X)) y=(r(rect.y + 13.0)) width="18" height="18" {}
        }
        text .t16.b x=(r(rect.x + TEXT_X + 26.0)) y=(r(rect.y + 28.0)) {
            @if text != step.step.text { title { (step.step.text) } }
            (text) " "
        }
        @if fits && !mark.is_empty() { (right_text(rect, 27.0, "t12 m", &mark)) }
    }
}

fn right_text(rect: &Rect, dy: f32, class: &str, text: &str) -> Markup {
    html! {
        text class=(class) x=(r(rect.right() - TEXT_RIGHT)) y=(r(rect.y + dy)) text-anchor="end" { (text) " " }
    }
}

fn left_text(rect: &Rect, dy: f32, class: &str, text: &str) -> Markup {
    html! { text class=(class) x=(r(rect.x + TEXT_X)) y=(r(rect.y + dy)) { (text) " " } }
}

/// A left and a right text on one line; the right one is left out when both do not fit.
fn both(rect: &Rect, dy: f32, left: (&str, &str, f32), right: (&str, &str)) -> Markup {
    let (class, text, size) = left;
    let room = BOX_WIDTH - TEXT_X - TEXT_RIGHT;
    let bold = class.split(' ').any(|one| one == "b");
    let taken = width(text, size, bold) + width(right.1, 13.0, false) + 8.0;
    html! {
        (left_text(rect, dy, class, &fit(text, room, size, bold)))
        @if taken <= room && !right.1.is_empty() { (right_text(rect, dy, right.0, right.1)) }
    }
}

/// Second and third line: what fails now, what is not known, or SLI, target and budget.
fn lines(step: &FlowStep, rect: &Rect, node: &Node) -> Markup {
    let optional = if node.optional { "optional" } else { "" };
    match (&step.worst, step.state.status, &step.note) {
        (Some(slo), Status::Failing, Some(says)) => {
            html! {
                (both(rect, 51.0, ("t13 b fbad", says, 13.0), ("t13 m", "")))
                (both(rect, 71.0, ("t13 m", &sli::pair(&slo.sli), 13.0), ("t13 m", &sli::left_words(&slo.sli))))
            }
        }
        (slo, _, _) if slo.is_none() || step.note.is_some() => unknown(step, rect, optional),
        (Some(slo), _, _) => measured(slo, step, rect, optional),
        (None, _, _) => unknown(step, rect, optional),
    }
}

fn measured(slo: &FlowSlo, step: &FlowStep, rect: &Rect, optional: &str) -> Markup {
    let method = match optional {
        "" => slo.method.word().to_owned(),
        _ => format!("{optional} · {}", slo.method.word()),
    };
    let left = sli::left_words(&slo.sli);
    let class = match step.state.status {
        Status::LowBudget | Status::Burning => "t13 b frisk",
        Status::Missed => "t13 b fbad",
        _ => "t13 m",
    };
    html! {
        (both(rect, 51.0, ("t14", &sli::pair(&slo.sli), 14.0), ("t13 m", &method)))
        @if let Some(fill) = sli::fill(&slo.sli, step.state) {
            (sli::track(rect.x + TEXT_X, rect.y + 63.0, (206.0 - width(&left, 13.0, true)).clamp(40.0, 132.0), fill))
        }
        (right_text(rect, 71.0, class, &left))
    }
}

/// A box without numbers: why, and what is known instead.
fn unknown(step: &FlowStep, rect: &Rect, optional: &str) -> Markup {
    let word = step.state.words();
    let first = match (&step.note, optional) {
        (Some(note), _) => note.clone(),
        (None, "") => word,
        (None, _) => format!("{optional} · {word}"),
    };
    let second = match (&step.worst, step.attempts_a_day) {
        (Some(slo), _) => format!("target {}", number::target(slo.sli.target_ppb)),
        (None, Some(attempts)) => format!("{} attempts a day", number::count(attempts)),
        (None, None) => String::new(),
    };
    let method = step.worst.as_ref().map_or("", |slo| slo.method.word());
    let class = if sli::is_now(step.state) { "t13 b fbad" } else { "t13 m" };
    html! {
        (both(rect, 51.0, (class, &first, 13.0), ("t13 m", "")))
        (both(rect, 71.0, ("t13 m", &second, 13.0), ("t13 m", method)))
    }
}

/// The SLO layer: one line an SLO, with its method, status and numbers.
fn slo_lines(step: &FlowStep, rect: &Rect) -> Markup {
    html! {
        @if step.slos.is_empty() { (left_text(rect, 57.0, "t13 m", &step.state.words())) }
        @for (index, slo) in step.slos.iter().enumerate() {
            (slo_line(slo, rect, 56.0 + index as f32 * SLO_HEIGHT))
        }
    }
}

fn slo_line(slo: &FlowSlo, rect: &Rect, dy: f32) -> Markup {
    let letter = match slo.method {
        Method::Service => "S",
        Method::Client => "C",
        Method::EndToEnd => "E",
    };
    let name = &slo.slo.text;
    let room = |numbers: &str| BOX_WIDTH - TEXT_X - TEXT_RIGHT - 44.0 - width(numbers, 13.0, false);
    let fits = |numbers: &String| width(name, 13.0, false) <= room(numbers);
    let word = slo.state.cause.map_or(slo.state.status.word(), |cause| cause.word()).to_owned();
    let numbers = match slo.sli.sli_ppb {
        Some(ppb) => {
            let plain = number::sli(ppb, slo.sli.target_ppb);
            let shortest = if slo.sli.is_range() { word } else { plain };
            [sli::pair(&slo.sli), sli::value(&slo.sli)].into_iter().find(fits).unwrap_or(shortest)
        }
        None => word,
    };
    let room = room(&numbers);
    html! {
        g.(status::class(slo.state.status)) aria-hidden="true" {
            use href=(status::shape(slo.state.status)) x=(r(rect.x + TEXT_X)) y=(r(rect.y + dy - 11.0)) width="13" height="13" {}
        }
        text .t12.m x=(r(rect.x + TEXT_X + 20.0)) y=(r(rect.y + dy)) { (letter) " " }
        text.t13 x=(r(rect.x + TEXT_X + 34.0)) y=(r(rect.y + dy)) { (fit(name, room, 13.0, false)) " " }
        (right_text(rect, dy, "t13 m", &numbers))
        text.vt x=(r(rect.x + TEXT_X)) y=(r(rect.y + dy)) { ", " (slo.state.words()) "; " }
    }
}
