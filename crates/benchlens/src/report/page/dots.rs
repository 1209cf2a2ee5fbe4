//! A dot chart: a row for each name, its figures on one axis, and a label beside it.
//!
//! The colours are CSS classes, so that the light, dark and print styles apply.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use askama::Template;

use super::axis::{Axis, Scale};

/// What a chart is made of.
pub(super) struct Chart {
    /// Unique on the page, without spaces.
    pub(super) id: String,
    /// What is shown, and in which unit.
    pub(super) title: String,
    /// The lens whose colour it has: `time`, `heap`, `instructions`.
    pub(super) lens: &'static str,
    pub(super) scale: Scale,
    /// Formats a figure.
    pub(super) unit: fn(f64) -> String,
    /// In units of the drawing; text is 12 units high.
    pub(super) width: f64,
    pub(super) rows: Vec<Row>,
    /// The name of the line through [`Row::reference`].
    pub(super) reference: &'static str,
}

/// One name and its figures.
#[derive(Default)]
pub(super) struct Row {
    pub(super) name: String,
    /// `own`, `control` or `peer`: a CSS class.
    pub(super) kind: &'static str,
    /// The figures, drawn as dots of growing size.
    pub(super) figures: Vec<f64>,
    /// Further figures, drawn as a cloud.
    pub(super) cloud: Vec<f64>,
    /// The value on the reference line.
    pub(super) reference: Option<f64>,
    /// The label beside the dots.
    pub(super) words: String,
}

const ROW: f64 = 20.0;
const TOP: f64 = 20.0;
const WORDS: f64 = 78.0;
/// An upper bound on the average width of a letter.
const LETTER: f64 = 6.5;

#[derive(Template)]
#[template(path = "dots.svg")]
struct Drawing {
    id: String,
    title: String,
    description: String,
    lens: &'static str,
    width: f64,
    height: f64,
    bottom: f64,
    marks: Vec<(f64, &'static str, String)>,
    rows: Vec<DrawnRow>,
    reference: String,
    name_end: f64,
    words_end: f64,
}

struct DrawnRow {
    name: String,
    kind: &'static str,
    words: String,
    middle: f64,
    start: f64,
    end: f64,
    cloud: String,
    dots: Vec<(f64, f64)>,
}

impl Chart {
    /// The chart as SVG.
    pub(super) fn draw(self) -> Result<String, askama::Error> {
        self.draw_within(&[])
    }

    /// The chart as SVG, on an axis that also covers `others`.
    pub(super) fn draw_within(self, others: &[f64]) -> Result<String, askama::Error> {
        let longest = self.rows.iter().map(|row| row.name.chars().count()).max();
        let names = (longest.unwrap_or_default() as f64 * LETTER).round();
        let (left, right) = (names + 8.0, self.width - WORDS);
        let values: Vec<f64> = (self.rows.iter())
            .flat_map(|row| row.figures.iter().chain(&row.cloud).chain(&row.reference))
            .chain(others)
            .copied()
            .collect();
        let axis = Axis::over(&values, self.scale, left, right);
        let bottom = TOP + ROW * self.rows.len() as f64;
        let middle = |index: usize| TOP + ROW * index as f64 + ROW / 2.0;
        let mut reference = String::new();
        for (index, value) in self.rows.iter().map(|row| row.reference).enumerate() {
            if let Some(value) = value {
                let verb = if reference.is_empty() { 'M' } else { 'L' };
                // Writing to a string cannot fail.
                let _ = write!(reference, "{verb}{} {}", axis.place(value), middle(index));
            }
        }
        let description = self.description();
        let rows = (self.rows.into_iter().enumerate())
            .map(|(index, row)| draw_row(row, &axis, middle(index)))
            .collect();
        Drawing {
            id: self.id,
            title: self.title,
            description,
            lens: self.lens,
            width: self.width,
            height: bottom + 6.0,
            bottom,
            marks: marks(&axis, self.unit),
            rows,
            reference,
            name_end: names,
            words_end: self.width - 2.0,
        }
        .render()
    }

    /// A text alternative for the chart.
    fn description(&self) -> String {
        let rows: Vec<_> = (self.rows.iter())
            .map(|row| format!("{} {}", row.name, row.words))
            .collect();
        let mut text = rows.join(", ");
        if !self.reference.is_empty() {
            let _ = write!(text, "; a line shows {}", self.reference);
        }
        text
    }
}

fn draw_row(row: Row, axis: &Axis, middle: f64) -> DrawnRow {
    let places: Vec<f64> = row
        .figures
        .iter()
        .map(|figure| axis.place(*figure))
        .collect();
    let cloud: BTreeSet<i64> = row
        .cloud
        .iter()
        .map(|figure| axis.place(*figure) as i64)
        .collect();
    // A zero-length stroke with round caps draws a dot.
    let cloud = cloud
        .into_iter()
        .map(|place| format!("M{place} 0h0"))
        .collect();
    let several = places.len() > 1;
    let radius = |index: usize| match several {
        true => 2.5 + index as f64,
        false => 4.5,
    };
    DrawnRow {
        start: places.iter().copied().fold(f64::MAX, f64::min),
        end: places.iter().copied().fold(f64::MIN, f64::max),
        dots: (places.iter().enumerate())
            .map(|(index, place)| (*place, radius(index)))
            .collect(),
        name: row.name,
        kind: row.kind,
        words: row.words,
        middle,
        cloud,
    }
}

/// The axis ticks. Labels that would overlap are left out.
fn marks(axis: &Axis, unit: fn(f64) -> String) -> Vec<(f64, &'static str, String)> {
    let mut last = f64::MIN;
    let mut marks = Vec::new();
    for value in axis.marks() {
        let (place, mut words) = (axis.place(value), unit(value));
        let half = words.chars().count() as f64 * 2.9;
        if place - half < last + 4.0 {
            words = String::new();
        } else {
            last = place + half;
        }
        let class = if value == 0.0 { "zero" } else { "mark" };
        marks.push((place, class, words));
    }
    marks
}
