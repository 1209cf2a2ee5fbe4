//! The call graph as SVG: boxes by cost, arrows by calls, the hottest path marked.
//!
//! The size of a name shows the function's own cost, the colour of a box its cumulative cost, and the width of an
//! arrow what the callee costs on the caller's behalf.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::layout::{self, Size};
use super::{CallGraph, Edge, Node};
use crate::report::markup::{Setting, escaped};
use crate::report::units;

/// The style of a stand-alone picture; on the page it is part of the page's style sheet.
const STYLE: &str = include_str!("graph.css");

const MARGIN: f64 = 16.0;
/// The smallest and the largest font size of a name.
const FONTS: (f64, f64) = (10.0, 22.0);
/// The width of a letter, as a fraction of its font size.
const LETTER: f64 = 0.61;
/// The font size of the figures below a name.
const FIGURES: f64 = 10.0;
/// Names are broken into lines of about this many letters, …
const LINE: usize = 30;
/// … at most this many lines.
const LINES: usize = 4;

/// The picture of a graph, with a title. The same graph gives the same bytes.
pub fn render(graph: &CallGraph, title: &str, setting: Setting) -> String {
    let boxes: Vec<Drawn> = (graph.nodes.iter())
        .map(|node| Drawn::new(node, graph))
        .collect();
    let sizes: Vec<Size> = boxes.iter().map(|drawn| drawn.size).collect();
    let calls: Vec<_> = graph
        .edges
        .iter()
        .map(|edge| (edge.from, edge.to))
        .collect();
    let layout = layout::place(&sizes, &calls);
    let hot: BTreeSet<usize> = graph.hottest_path().into_iter().collect();
    let legend = legend(graph);
    let width = layout.width.max(legend.len() as f64 * 6.0) + 2.0 * MARGIN;
    let height = layout.height + 2.0 * MARGIN + 24.0;
    let style = match setting {
        Setting::Alone => format!("<style>{STYLE}</style>\n"),
        Setting::InPage => String::new(),
    };
    // Arrowheads are referred to by id, which must be unique on a page with several pictures.
    let tips = tips(title);
    // Writing to a string cannot fail.
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"callgraph\" role=\"img\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\">\n\
         <title>{}</title>\n{style}{}<text class=\"legend\" x=\"{MARGIN}\" y=\"18\">{}</text>\n\
         <g transform=\"translate({MARGIN} {:.0})\">\n",
        escaped(title),
        arrows(&tips),
        escaped(&legend),
        MARGIN + 24.0
    );
    for (at, edge) in graph.edges.iter().enumerate() {
        let points = &layout.calls[at];
        let caller = (layout.boxes[edge.from], boxes[edge.from].size);
        let tip = &tips[usize::from(hot.contains(&at))];
        arrow(
            &mut svg,
            graph,
            edge,
            points,
            caller,
            (hot.contains(&at), tip),
        );
    }
    let on_path = |node: usize| {
        let ends = hot.iter().map(|&at| &graph.edges[at]);
        ends.into_iter()
            .any(|edge| edge.from == node || edge.to == node)
    };
    for (at, drawn) in boxes.iter().enumerate() {
        drawn.write(&mut svg, layout.boxes[at], on_path(at));
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

/// The ids of a picture's arrowheads: the usual one, and that of the hottest path.
fn tips(title: &str) -> [String; 2] {
    let mut hasher = DefaultHasher::new();
    title.hash(&mut hasher);
    let number = hasher.finish() as u32;
    ["tip", "hot-tip"].map(|name| format!("{name}-{number:08x}"))
}

fn arrows(tips: &[String; 2]) -> String {
    let marker = |name: &str, class: &str, size: u32| {
        format!(
            "<marker id=\"{name}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"{size}\" \
             markerHeight=\"{size}\" markerUnits=\"userSpaceOnUse\" orient=\"auto\">\
             <path class=\"{class}\" d=\"M0 0L8 4L0 8z\"/></marker>"
        )
    };
    format!(
        "<defs>{}{}</defs>\n",
        marker(&tips[0], "tip", 8),
        marker(&tips[1], "hot tip", 10)
    )
}

fn legend(graph: &CallGraph) -> String {
    let mut text = format!("{} {}", units::count(graph.total), graph.unit);
    if graph.left_out > 0 {
        let functions = units::amount(graph.left_out as u64, "function");
        let _ = write!(text, "; {functions} of little cost left out");
    }
    if graph.edges.iter().any(|edge| edge.is_indirect) {
        text.push_str("; dashed: through functions left out");
    }
    text
}

/// A box with its text.
struct Drawn {
    size: Size,
    font: f64,
    name: Vec<String>,
    figures: Vec<String>,
    title: String,
    /// From 0 to 9, by cumulative cost.
    heat: usize,
}

impl Drawn {
    fn new(node: &Node, graph: &CallGraph) -> Self {
        let share = |part: u64| part as f64 / graph.total.max(1) as f64;
        let font = FONTS.0 + (FONTS.1 - FONTS.0) * share(node.own).sqrt();
        let name = broken(&node.name);
        let own = format!(
            "{} ({})",
            units::count(node.own),
            units::percent_of(node.own, graph.total)
        );
        let cumulative = format!(
            "of {} ({})",
            units::count(node.cumulative),
            units::percent_of(node.cumulative, graph.total)
        );
        let figures = match node.own {
            own if own == node.cumulative => vec![own_only(node, graph)],
            0 => vec![cumulative],
            _ => vec![own, cumulative],
        };
        let wide = |lines: &[String], size: f64| {
            let longest = lines.iter().map(|line| line.chars().count()).max();
            longest.unwrap_or(0) as f64 * size * LETTER
        };
        let heights = name.len() as f64 * font * 1.2 + figures.len() as f64 * FIGURES * 1.3;
        Self {
            size: Size {
                width: wide(&name, font).max(wide(&figures, FIGURES)) + 16.0,
                height: heights + 12.0,
            },
            font,
            title: format!(
                "{}: {} of its own, {} with calls, of {} {}",
                node.name,
                units::count(node.own),
                units::count(node.cumulative),
                units::count(graph.total),
                graph.unit
            ),
            name,
            figures,
            heat: ((share(node.cumulative).sqrt() * 9.0).round() as usize).min(9),
        }
    }

    fn write(&self, svg: &mut String, (x, y): (f64, f64), is_hot: bool) {
        let Size { width, height } = self.size;
        let class = if is_hot { " hot" } else { "" };
        let _ = write!(
            svg,
            "<g class=\"node heat{}{class}\"><title>{}</title><rect x=\"{x:.1}\" y=\"{y:.1}\" \
             width=\"{width:.1}\" height=\"{height:.1}\" rx=\"3\"/>",
            self.heat,
            escaped(&self.title)
        );
        let middle = x + width / 2.0;
        let mut line = y + 4.0;
        for (text, size, step) in (self.name.iter().map(|text| (text, self.font, 1.2)))
            .chain(self.figures.iter().map(|text| (text, FIGURES, 1.3)))
        {
            line += size * step;
            let _ = write!(
                svg,
                "<text x=\"{middle:.1}\" y=\"{line:.1}\" font-size=\"{size:.1}\">{}</text>",
                escaped(text)
            );
        }
        svg.push_str("</g>\n");
    }
}

fn own_only(node: &Node, graph: &CallGraph) -> String {
    let own = units::percent_of(node.own, graph.total);
    format!("{} ({own})", units::count(node.own))
}

/// Breaks a name into lines, after `::` or a space where possible. The middle of a very long name is left out.
fn broken(name: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let parts = name.split_inclusive("::");
    for part in parts.flat_map(|part| part.split_inclusive(' ')) {
        let mut part: Vec<char> = part.chars().collect();
        while !part.is_empty() {
            let line = lines.last_mut().expect("there is always a line");
            let left = LINE.saturating_sub(line.chars().count());
            if part.len() <= left || line.is_empty() {
                let rest = part.split_off(part.len().min(LINE));
                line.extend(part);
                part = rest;
            } else {
                lines.push(String::new());
            }
        }
    }
    if lines.len() > LINES {
        let last = lines.split_off(lines.len() - 1);
        lines.truncate(LINES - 1);
        if let Some(line) = lines.last_mut() {
            line.push('…');
        }
        lines.extend(last);
    }
    lines
}

fn arrow(
    svg: &mut String,
    graph: &CallGraph,
    edge: &Edge,
    points: &[(f64, f64)],
    (corner, size): ((f64, f64), Size),
    (is_hot, tip): (bool, &str),
) {
    let Edge { from, to, cost, .. } = *edge;
    let width = 1.0 + 6.0 * (cost as f64 / graph.total.max(1) as f64).sqrt();
    let path = match from == to {
        true => of_itself(corner, size),
        false => curve(points),
    };
    let names = [from, to].map(|node| graph.nodes[node].name.as_str());
    let calls = match edge.calls {
        Some(calls) => format!(", {}", units::amount(calls, "call")),
        None => String::new(),
    };
    let title = format!(
        "{} → {}: {} {}{calls}",
        names[0],
        names[1],
        units::count(cost),
        graph.unit
    );
    let hot = if is_hot { " hot" } else { "" };
    let dashed = if edge.is_indirect { " indirect" } else { "" };
    let _ = write!(
        svg,
        "<g class=\"edge{hot}{dashed}\"><title>{}</title><path d=\"{path}\" stroke-width=\"{width:.1}\" \
         marker-end=\"url(#{tip})\"/>",
        escaped(&title)
    );
    let (x, y) = match points {
        [] => (corner.0 + size.width + 26.0, corner.1 + size.height / 2.0),
        [first, second, ..] => (
            f64::midpoint(first.0, second.0) + 4.0,
            f64::midpoint(first.1, second.1),
        ),
        [only] => *only,
    };
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\">{}</text></g>",
        units::count(cost)
    );
}

/// A curve through the points, vertical at each, so that it leaves and enters boxes straight.
fn curve(points: &[(f64, f64)]) -> String {
    let Some(((x, y), rest)) = points.split_first() else {
        return String::new();
    };
    let mut path = format!("M{x:.1} {y:.1}");
    let (mut x, mut y) = (*x, *y);
    for &(to_x, to_y) in rest {
        let middle = f64::midpoint(y, to_y);
        let _ = write!(
            path,
            "C{x:.1} {middle:.1} {to_x:.1} {middle:.1} {to_x:.1} {to_y:.1}"
        );
        (x, y) = (to_x, to_y);
    }
    path
}

/// The loop of a recursive call, at the right side of a box.
fn of_itself((x, y): (f64, f64), size: Size) -> String {
    let right = x + size.width;
    let (top, bottom) = (y + size.height * 0.3, y + size.height * 0.7);
    format!(
        "M{right:.1} {top:.1}C{0:.1} {top:.1} {0:.1} {bottom:.1} {right:.1} {bottom:.1}",
        right + 26.0
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_broken_between_its_parts() {
        let name = "<mine::sequential::Sequential as mine_and_yours::Counter>::count";
        let lines = broken(name);
        assert_eq!(lines.concat(), name);
        let is_whole = |line: &String| line.ends_with("::") || line.ends_with(' ');
        assert!(lines[..lines.len() - 1].iter().all(is_whole), "{lines:?}");
    }
}
