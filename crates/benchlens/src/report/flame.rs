//! A flame graph as SVG: one row per depth, callers below their callees, each frame as wide as its share of the
//! samples.
//!
//! Samples with the same function and callers share a frame, and neighbouring frames are sorted by name, so two
//! graphs can be compared. The colour shows whose code it is. In a browser, a click widens a frame; the picture is
//! complete without the script.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::markup::{Setting, escaped};
use super::units;
use crate::profile::is_standard;
use crate::profile::samples::{SYSTEM_CALL, SampleProfile};

/// The style of a stand-alone picture; on the page it is part of the page's style sheet.
const STYLE: &str = include_str!("flame/flame.css");
/// Widens frames on a click.
const SCRIPT: &str = include_str!("flame/flame.js");

const WIDTH: f64 = 1200.0;
const ROW: f64 = 18.0;
const HEAD: f64 = 24.0;
/// The width, in pixels, below which frames are not drawn.
const NARROWEST: f64 = 0.4;
/// The width of a letter, in pixels.
const LETTER: f64 = 6.7;

/// A frame, with the frames of the functions that it calls.
#[derive(Default)]
struct Flame<'a> {
    samples: u64,
    called: BTreeMap<&'a str, Flame<'a>>,
}

/// The flame graph of a profile, with a title. The same profile gives the same bytes. Frames too narrow to be
/// seen are left out.
pub fn render(profile: &SampleProfile, title: &str, setting: Setting) -> String {
    let mut root = Flame::default();
    for stack in profile.weighted() {
        root.samples += stack.samples;
        let frames: Vec<_> = profile.frames_of(stack.chains).collect();
        let mut at = &mut root;
        for frame in frames.into_iter().rev() {
            at = at.called.entry(&frame.function).or_default();
            at.samples += stack.samples;
        }
    }
    let depth = depth(&root, root.samples);
    let height = HEAD + ROW * depth as f64 + 4.0;
    // Writing to a string cannot fail.
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"flame\" role=\"img\" \
         viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" data-total=\"{}\">\n\
         <title>{}</title>\n",
        root.samples,
        escaped(title)
    );
    if setting == Setting::Alone {
        let _ = writeln!(svg, "<style>{STYLE}</style>");
    }
    let samples = units::amount(root.samples, "sample");
    let _ = writeln!(
        svg,
        "<text class=\"said\" x=\"4\" y=\"16\">{}: {samples}</text>",
        escaped(title)
    );
    let mut canvas = Canvas {
        svg,
        total: root.samples,
        floor: height - 4.0 - ROW,
    };
    canvas.row(&root, 0, 0);
    let mut svg = canvas.svg;
    if setting == Setting::Alone {
        let _ = writeln!(
            svg,
            "<script><![CDATA[\n{SCRIPT}\nfor (const flame of document.querySelectorAll(\".flame\")) zoomable(flame);\n]]></script>"
        );
    }
    svg.push_str("</svg>\n");
    svg
}

/// The number of rows that have a frame wide enough to be drawn.
fn depth(flame: &Flame<'_>, total: u64) -> usize {
    let below = flame.called.values();
    (below.filter(|called| width(called.samples, total) >= NARROWEST))
        .map(|called| 1 + depth(called, total))
        .max()
        .unwrap_or(0)
}

fn width(samples: u64, total: u64) -> f64 {
    samples as f64 * WIDTH / total.max(1) as f64
}

struct Canvas {
    svg: String,
    total: u64,
    /// The vertical position of the lowest row.
    floor: f64,
}

impl Canvas {
    /// Draws the frames above `flame`, whose samples begin at index `begin`.
    fn row(&mut self, flame: &Flame<'_>, begin: u64, depth: usize) {
        let mut at = begin;
        for (function, called) in &flame.called {
            if width(called.samples, self.total) >= NARROWEST {
                self.frame(function, called.samples, at, depth);
                self.row(called, at, depth + 1);
            }
            at += called.samples;
        }
    }

    fn frame(&mut self, function: &str, samples: u64, begin: u64, depth: usize) {
        let x = width(begin, self.total);
        let wide = width(samples, self.total);
        let y = self.floor - depth as f64 * ROW;
        let fitting = ((wide - 6.0) / LETTER).max(0.0) as usize;
        let name = match function.chars().count() {
            length if length <= fitting => function.to_owned(),
            _ if fitting < 4 => String::new(),
            _ => function.chars().take(fitting - 1).chain(['…']).collect(),
        };
        let _ = writeln!(
            self.svg,
            "<g class=\"{}\" data-at=\"{begin}\" data-samples=\"{samples}\" data-name=\"{}\"><title>{0}: {} of {} \
             samples ({})</title><rect x=\"{x:.2}\" y=\"{y}\" width=\"{wide:.2}\" height=\"{}\"/><text \
             x=\"{:.2}\" y=\"{}\">{}</text></g>",
            owner(function),
            escaped(function),
            units::count(samples),
            units::count(self.total),
            units::percent_of(samples, self.total),
            ROW - 1.0,
            x + 3.0,
            y + 13.0,
            escaped(&name)
        );
    }
}

/// The style class of a function: whose code it is.
fn owner(function: &str) -> &'static str {
    if function.starts_with(SYSTEM_CALL) || function.starts_with("[kernel]") {
        "system"
    } else if is_standard(function) {
        "standard"
    } else if function.contains("::") {
        "rust"
    } else {
        "native"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::samples::{Builder, Facts};

    fn profile() -> SampleProfile {
        let mut builder = Builder::default();
        let names = [
            "mine::main",
            "core::str::find",
            "[system call] read",
            "<b\"&'>",
        ];
        let [main, find, read, odd] = names.map(|name| builder.plain(name));
        for at in 0..75 {
            builder.sample(at, 1, 1, vec![find, main]);
        }
        for at in 75..100 {
            builder.sample(at, 1, 1, vec![read, odd, main]);
        }
        builder.finish(Facts::default())
    }

    #[test]
    fn a_frame_is_as_wide_as_its_share_and_stands_on_its_caller() {
        let svg = render(&profile(), "a/b", Setting::Alone);
        let frame = |name: &str| {
            let from = svg.find(&format!("data-name=\"{name}\"")).unwrap();
            let rect = svg[from..].split("<rect ").nth(1).unwrap();
            let number = |key: &str| -> f64 {
                let rest = rect.split(&format!("{key}=\"")).nth(1).unwrap();
                rest.split('"').next().unwrap().parse().unwrap()
            };
            (number("x"), number("y"), number("width"))
        };
        let (main, find) = (frame("mine::main"), frame("core::str::find"));
        assert_eq!(main.2, WIDTH);
        assert_eq!(find.2, WIDTH * 0.75);
        assert_eq!(find.1, main.1 - ROW);
        let read = frame("[system call] read");
        assert_eq!(read.2, WIDTH * 0.25);
        assert!(svg.contains("25 of 100 samples (25.0 %)"));
        for class in ["system", "standard", "rust", "native"] {
            assert!(svg.contains(&format!("<g class=\"{class}\"")), "{class}");
        }
    }

    #[test]
    fn names_are_escaped_and_within_a_page_there_is_no_script() {
        let svg = render(&profile(), "<a>", Setting::InPage);
        assert!(!svg.contains("<b\"") && !svg.contains("<script") && !svg.contains("<a>"));
        assert!(svg.contains("&lt;b&quot;&amp;&#39;&gt;"));
        let nothing = render(&SampleProfile::default(), "none", Setting::Alone);
        assert!(nothing.contains("none: 0 samples"));
    }
}
