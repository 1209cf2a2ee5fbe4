//! A chart of step curves over time, with the phases in the background.
//!
//! A curve has at most four points per unit of width: the first, the minimum, the maximum and the last. So the file
//! stays small, and no peak is lost.

use std::fmt::Write as _;

use askama::Template;

use super::axis::{Axis, Scale, tenth};

/// What a chart is made of.
pub(super) struct Chart {
    /// Unique on the page, without spaces.
    pub(super) id: String,
    /// What is shown.
    pub(super) title: String,
    /// A text alternative.
    pub(super) description: String,
    pub(super) width: f64,
    /// Formats a value.
    pub(super) unit: fn(f64) -> String,
    /// A value that the axis must cover too, so that charts side by side have the same scale.
    pub(super) also: f64,
    pub(super) curves: Vec<Curve>,
    /// The phases: a name, the beginning and the end, in seconds.
    pub(super) phases: Vec<(String, f64, f64)>,
}

/// One quantity.
pub(super) struct Curve {
    /// A CSS class.
    pub(super) class: &'static str,
    /// Seconds and values, in time order.
    pub(super) points: Vec<(f64, f64)>,
}

const LEFT: f64 = 58.0;
const TOP: f64 = 15.0;
const DEPTH: f64 = 120.0;
const BELOW: f64 = 16.0;
/// An upper bound on the average width of a letter.
const LETTER: f64 = 6.0;

#[derive(Template)]
#[template(path = "curves.svg")]
struct Drawing {
    id: String,
    title: String,
    description: String,
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    top: f64,
    depth: f64,
    /// The left edge, the width and the name of each phase; every other one is shaded.
    stretches: Vec<(f64, f64, String)>,
    rows: Vec<(f64, String)>,
    columns: Vec<(f64, String)>,
    curves: Vec<(&'static str, String)>,
}

impl Chart {
    /// The chart as SVG.
    pub(super) fn draw(self) -> Result<String, askama::Error> {
        let points = || self.curves.iter().flat_map(|curve| &curve.points);
        let mut values: Vec<f64> = points().map(|(_, value)| *value).collect();
        values.push(self.also);
        let mut times: Vec<f64> = points().map(|(time, _)| *time).collect();
        times.extend(self.phases.iter().map(|(_, _, end)| *end));
        let (right, bottom) = (self.width - 6.0, TOP + DEPTH);
        let across = Axis::over(&times, Scale::Linear, LEFT, right);
        let up = Axis::over(&values, Scale::Linear, bottom, TOP);
        let stretch = |(name, begin, end): &(String, f64, f64)| {
            let (begin, end) = (across.place(*begin), across.place(*end));
            let width = tenth(end - begin);
            let fits = name.chars().count() as f64 * LETTER <= width;
            let words = if fits { name.clone() } else { String::new() };
            (begin, width, words)
        };
        let moments = across.marks();
        let is_short = moments.iter().any(|time| (0.001..1.0).contains(time));
        Drawing {
            id: self.id,
            title: self.title,
            description: self.description,
            width: self.width,
            height: bottom + BELOW,
            left: LEFT,
            right,
            top: TOP,
            depth: DEPTH,
            stretches: self.phases.iter().map(stretch).collect(),
            rows: (up.marks().into_iter())
                .map(|value| (up.place(value), (self.unit)(value)))
                .collect(),
            columns: (moments.into_iter())
                .map(|time| (across.place(time), seconds(time, is_short)))
                .collect(),
            curves: (self.curves.iter())
                .map(|curve| (curve.class, path(&curve.points, &across, &up)))
                .collect(),
        }
        .render()
    }
}

/// A time on an axis, in milliseconds if the axis is short.
fn seconds(time: f64, is_short: bool) -> String {
    match is_short {
        true => format!("{} ms", tenth(time * 1000.0)),
        false => format!("{} s", tenth(time)),
    }
}

/// The path through the points: a value holds until the next point.
fn path(points: &[(f64, f64)], across: &Axis, up: &Axis) -> String {
    let mut path = String::new();
    let places = points
        .iter()
        .map(|(time, value)| (across.place(*time), up.place(*value)));
    let places: Vec<_> = places.collect();
    for column in places.chunk_by(|left, right| left.0.floor() == right.0.floor()) {
        let mut drawn = vec![column[0]];
        let by_height = |left: &&(f64, f64), right: &&(f64, f64)| left.1.total_cmp(&right.1);
        drawn.extend(column.iter().min_by(by_height));
        drawn.extend(column.iter().max_by(by_height));
        drawn.extend(column.last());
        drawn.sort_by(|left, right| left.0.total_cmp(&right.0));
        drawn.dedup();
        for (x, y) in drawn {
            // Writing to a string cannot fail.
            let _ = match path.is_empty() {
                true => write!(path, "M{x} {y}"),
                false => write!(path, "H{x}V{y}"),
            };
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(points: Vec<(f64, f64)>) -> String {
        Chart {
            id: "c".to_owned(),
            title: "<title>".to_owned(),
            description: String::new(),
            width: 300.0,
            unit: |value| value.to_string(),
            also: 10.0,
            curves: vec![Curve {
                class: "resident",
                points,
            }],
            phases: vec![("a<b".to_owned(), 0.0, 5.0)],
        }
        .draw()
        .unwrap()
    }

    #[test]
    fn a_peak_of_one_sample_is_drawn_and_the_file_stays_small() {
        let mut points: Vec<_> = (0..100_000).map(|n| (f64::from(n) / 1e4, 1.0)).collect();
        points[50_000].1 = 10.0;
        let drawn = chart(points);
        assert!(drawn.len() < 20_000, "{}", drawn.len());
        assert!(drawn.contains(&format!("V{TOP}")), "the peak is at the top");
    }

    #[test]
    fn short_times_have_marks_that_differ() {
        assert!(
            chart(vec![(0.0, 1.0), (0.1, 1.0)]).contains(">4 s<"),
            "of the phase, up to 5 s"
        );
        let marks = [0.02, 0.5].map(|time| seconds(time, true));
        assert_eq!(marks, ["20 ms", "500 ms"]);
        assert_eq!(seconds(2.5, false), "2.5 s");
    }

    #[test]
    fn text_is_escaped_and_nothing_to_draw_is_no_failure() {
        let drawn = chart(Vec::new());
        assert!(!drawn.contains("<title>&") && !drawn.contains("a<b"));
        assert!(!drawn.contains("NaN"), "{drawn}");
    }
}
