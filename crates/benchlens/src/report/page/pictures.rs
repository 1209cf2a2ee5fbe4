//! The charts: every subject side by side, throughput by input, cases by threads.

use super::axis::Scale;
use super::dots::{self, Chart};
use super::figures::{Figures, median, spread};
use super::overview::{kind, short};
use crate::report::table::{Row, Table};
use crate::report::units;
use crate::{CaseInfo, Lens, Metric};

use series::{threads, throughput};

mod series;

pub(super) struct Pictures {
    /// One group for each comparison.
    pub(super) groups: Vec<Group>,
    /// Rates by input: each subject with its chart.
    pub(super) throughput: Vec<(String, String)>,
    /// Rates by number of threads: each subject with its chart.
    pub(super) threads: Vec<(String, String)>,
}

pub(super) struct Group {
    pub(super) name: String,
    pub(super) input: String,
    pub(super) panels: Vec<Panel>,
    pub(super) rows: Vec<FigureRow>,
}

pub(super) struct Panel {
    pub(super) title: &'static str,
    pub(super) lens: &'static str,
    pub(super) note: &'static str,
    /// The chart, or the reason why there is none.
    pub(super) chart: Result<String, String>,
}

/// The figures behind the charts.
pub(super) struct FigureRow {
    pub(super) name: String,
    pub(super) cells: Vec<String>,
}

pub(super) const DECIMAL: Scale = Scale::Logarithmic { base: 10.0 };
const BINARY: Scale = Scale::Logarithmic { base: 32.0 };

/// One kind of chart: what it shows of a row.
struct View {
    id: &'static str,
    title: &'static str,
    note: &'static str,
    lens: Lens,
    scale: Scale,
    unit: fn(f64) -> String,
    /// `None` if it was not measured.
    of: fn(&Row, &Figures) -> Option<Shown>,
}

/// What a chart shows of a row.
#[derive(Default)]
struct Shown {
    dots: Vec<f64>,
    cloud: Vec<f64>,
    words: String,
}

impl Shown {
    /// One figure.
    fn dot(figure: f64, unit: fn(f64) -> String) -> Self {
        Self {
            dots: vec![figure],
            words: unit(figure),
            ..Self::default()
        }
    }

    /// A count per call.
    fn count(row: &Row, metric: Metric, unit: fn(f64) -> String) -> Option<Self> {
        let count = row.count(metric)?;
        Some(Self::dot(count as f64, unit))
    }

    /// A figure by the size of the input.
    fn growth(row: &Row, figures: &Figures, metric: Metric) -> Option<Self> {
        let growth = figures.growth(&row.info.id, metric)?;
        Some(Self {
            dots: growth.iter().map(|(_, figure)| *figure as f64).collect(),
            words: grown(&growth),
            ..Self::default()
        })
    }
}

const GROWTH: &str = "small to large dot: the input, and multiples of it";

const VIEWS: [View; 6] = [
    View {
        id: "time",
        title: "Time of a call",
        note: "dot: criterion's estimate; cloud: its samples",
        lens: Lens::Time,
        scale: DECIMAL,
        unit: units::time,
        of: |row, figures| {
            let shown = Shown::dot(row.time()?, units::time);
            let cloud = figures.samples(&row.info.id);
            Some(Shown { cloud, ..shown })
        },
    },
    View {
        id: "instructions",
        title: "Instructions of a call",
        note: "on all threads",
        lens: Lens::Instructions,
        scale: DECIMAL,
        unit: magnitude,
        of: |row, _| Shown::count(row, Metric::Instructions, magnitude),
    },
    View {
        id: "allocations",
        title: "Allocations of a call",
        note: "without the runtime's own blocks of cases with threads",
        lens: Lens::Heap,
        scale: DECIMAL,
        unit: counted,
        of: |row, _| Shown::count(row, Metric::Allocations, counted),
    },
    View {
        id: "spread",
        title: "Spread of the time",
        note: "samples relative to their median; in figures: the interquartile range",
        lens: Lens::Time,
        scale: Scale::Linear,
        unit: signed_percent,
        of: |row, figures| {
            let samples = figures.samples(&row.info.id);
            let middle = median(&samples);
            let cloud = samples.iter().map(|time| time / middle - 1.0).collect();
            let words = spread(&samples)
                .map_or_else(|| format!("{} samples", samples.len()), units::percent);
            (!samples.is_empty()).then_some(Shown {
                cloud,
                words,
                ..Shown::default()
            })
        },
    },
    View {
        id: "growth-allocations",
        title: "Allocations as the input grows",
        note: GROWTH,
        lens: Lens::Heap,
        scale: DECIMAL,
        unit: counted,
        of: |row, figures| Shown::growth(row, figures, Metric::Allocations),
    },
    View {
        id: "growth-peak",
        title: "Peak of the heap as the input grows",
        note: GROWTH,
        lens: Lens::Heap,
        scale: BINARY,
        unit: in_bytes,
        of: |row, figures| Shown::growth(row, figures, Metric::PeakBytes),
    },
];

impl Pictures {
    pub(super) fn new(
        table: &Table,
        figures: &Figures,
        declared: &[CaseInfo],
    ) -> Result<Self, askama::Error> {
        let blocks = table
            .rows
            .chunk_by(|left, right| left.block() == right.block());
        let groups = (blocks.enumerate())
            .map(|(number, rows)| group(table, figures, number, rows))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            groups,
            throughput: throughput(table)?,
            threads: threads(figures, declared)?,
        })
    }
}

fn group(
    table: &Table,
    figures: &Figures,
    number: usize,
    rows: &[Row],
) -> Result<Group, askama::Error> {
    let (name, input, _) = rows[0].block();
    let mut panels = Vec::new();
    for view in &VIEWS {
        panels.push(panel(view, table, figures, rows, number)?);
    }
    Ok(Group {
        name: name.to_owned(),
        input: input.to_owned(),
        panels,
        rows: rows.iter().map(|row| figure_row(row, figures)).collect(),
    })
}

fn panel(
    view: &View,
    table: &Table,
    figures: &Figures,
    rows: &[Row],
    number: usize,
) -> Result<Panel, askama::Error> {
    let (name, input, _) = rows[0].block();
    let drawn: Vec<dots::Row> = (rows.iter())
        .filter_map(|row| {
            let shown = (view.of)(row, figures)?;
            Some(dots::Row {
                name: row_name(row),
                kind: kind(row),
                figures: shown.dots,
                cloud: shown.cloud,
                words: shown.words,
                reference: None,
            })
        })
        .collect();
    let chart = if drawn.is_empty() {
        Err(why_not(view, table, input))
    } else {
        let chart = Chart {
            id: format!("chart-{number}-{}", view.id),
            title: format!("{}: {name} {input}", view.title),
            lens: view.lens.name(),
            scale: view.scale,
            unit: view.unit,
            width: 420.0,
            rows: drawn,
            reference: "",
        };
        Ok(chart.draw()?)
    };
    Ok(Panel {
        title: view.title,
        lens: view.lens.name(),
        note: view.note,
        chart,
    })
}

fn why_not(view: &View, table: &Table, input: &str) -> String {
    let run = table.record.lenses.get(&view.lens);
    match run.map(|run| run.unavailable.as_deref()) {
        None => format!("Not measured: the lens {} did not run.", view.lens),
        Some(Some(reason)) => format!("Not measured: {reason}."),
        Some(None) if view.lens != Lens::Time => {
            let of = match input {
                "" => "these cases",
                input => input,
            };
            format!(
                "Not measured: the lens {} has no such figure of {of}.",
                view.lens
            )
        }
        Some(None) => "This run kept no samples.".to_owned(),
    }
}

/// The subject without its group; for a pair, with its side.
fn row_name(row: &Row) -> String {
    match row.info.pair {
        Some(_) => format!("{} {}", short(row), row.info.id.input),
        None => short(row),
    }
}

fn figure_row(row: &Row, figures: &Figures) -> FigureRow {
    let id = &row.info.id;
    let samples = figures.samples(id);
    let or_dash = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
    let growth = |metric, unit: fn(u64) -> String| {
        let words = |growth: Vec<(u32, u64)>| {
            let words: Vec<String> = growth.iter().map(|(_, figure)| unit(*figure)).collect();
            words.join(", ")
        };
        figures.growth(id, metric).map(words)
    };
    let range = samples.first().zip(samples.last());
    FigureRow {
        name: row_name(row),
        cells: vec![
            or_dash(row.time().map(units::time)),
            or_dash(
                range.map(|(least, most)| {
                    format!("{} to {}", units::time(*least), units::time(*most))
                }),
            ),
            or_dash(row.count(Metric::Instructions).map(units::count)),
            or_dash(row.count(Metric::Allocations).map(units::count)),
            or_dash(growth(Metric::Allocations, units::count)),
            or_dash(growth(Metric::PeakBytes, units::bytes)),
        ],
    }
}

/// A count as a tick label.
pub(super) fn counted(value: f64) -> String {
    units::count(value.round() as u64)
}

fn in_bytes(value: f64) -> String {
    units::bytes(value.round() as u64)
}

/// `1.2 M`: a large count with few digits, for charts.
pub(super) fn magnitude(count: f64) -> String {
    match count {
        _ if count < 10_000.0 => counted(count),
        _ if count < 1e6 => format!("{:.0} k", count / 1e3),
        _ if count < 1e7 => format!("{:.1} M", count / 1e6),
        _ if count < 1e9 => format!("{:.0} M", count / 1e6),
        _ => format!("{:.1} G", count / 1e9),
    }
}

fn signed_percent(share: f64) -> String {
    match share {
        0.0 => "median".to_owned(),
        _ => format!("{:+.0} %", share * 100.0),
    }
}

/// The growth to the largest input: `×4.00`, `same` or `from zero`.
fn grown(growth: &[(u32, u64)]) -> String {
    let Some(((_, first), (_, last))) = growth.first().zip(growth.last()) else {
        return String::new();
    };
    match first {
        _ if growth.iter().all(|(_, figure)| figure == first) => "same".to_owned(),
        0 => "from zero".to_owned(),
        _ => format!("×{:.2}", *last as f64 / *first as f64),
    }
}
