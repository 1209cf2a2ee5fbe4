//! The charts: every subject side by side, throughput by input, counters by threads.

use super::axis::Scale;
use super::dots::{self, Chart};
use super::figures::{Figures, median, spread};
use super::overview::{job, kind};
use crate::measurement::Lens;
use crate::report::table::{Row, Table};
use crate::report::units;

pub(super) struct Pictures {
    /// One job on one input each.
    pub(super) groups: Vec<Group>,
    /// A rewriter and its chart each.
    pub(super) throughput: Vec<(String, String)>,
    /// A counter and its chart each.
    pub(super) threads: Vec<(String, String)>,
}

pub(super) struct Group {
    pub(super) job: String,
    pub(super) input: String,
    pub(super) panels: Vec<Panel>,
    pub(super) rows: Vec<FigureRow>,
}

pub(super) struct Panel {
    pub(super) title: &'static str,
    pub(super) lens: &'static str,
    pub(super) note: &'static str,
    /// The chart, or why there is none.
    pub(super) chart: Result<String, String>,
}

/// The figures behind the charts.
pub(super) struct FigureRow {
    pub(super) name: String,
    pub(super) cells: Vec<String>,
}

const DECIMAL: Scale = Scale::Logarithmic { base: 10.0 };
const BINARY: Scale = Scale::Logarithmic { base: 32.0 };

/// One chart of a group: what it shows of a row.
struct View {
    id: &'static str,
    title: &'static str,
    note: &'static str,
    lens: Lens,
    scale: Scale,
    unit: fn(f64) -> String,
    /// None where it was not measured.
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

    /// A figure of the input, of twice and of four times the input.
    fn growth(figures: [f64; 3]) -> Self {
        Self {
            dots: figures.to_vec(),
            words: grown(figures),
            ..Self::default()
        }
    }
}

const VIEWS: [View; 6] = [
    View {
        id: "time",
        title: "Time of a call",
        note: "dot: criterion's estimate; cloud: its samples",
        lens: Lens::Time,
        scale: DECIMAL,
        unit: units::time,
        of: |row, figures| {
            let shown = Shown::dot(row.time_ns?, units::time);
            let cloud = figures.samples(&row.case);
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
        of: |row, _| Some(Shown::dot(row.instructions?, magnitude)),
    },
    View {
        id: "allocations",
        title: "Allocations of a call",
        note: "of threaded counters without the runtime's own",
        lens: Lens::Heap,
        scale: DECIMAL,
        unit: units::count,
        of: |row, _| Some(Shown::dot(row.allocations?, units::count)),
    },
    View {
        id: "spread",
        title: "Spread of the time",
        note: "samples against their median; in figures: how wide the middle half is",
        lens: Lens::Time,
        scale: Scale::Linear,
        unit: signed_percent,
        of: |row, figures| {
            let samples = figures.samples(&row.case);
            let middle = median(&samples);
            let cloud = samples.iter().map(|time| time / middle - 1.0).collect();
            let words = spread(&samples).map_or_else(
                || format!("{} samples", samples.len()),
                |spread| format!("{:.1} %", spread * 100.0),
            );
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
        note: "small to large dot: the input, twice, four times of it",
        lens: Lens::Heap,
        scale: DECIMAL,
        unit: units::count,
        of: |row, figures| Some(Shown::growth(figures.growth(&row.case, "allocations")?)),
    },
    View {
        id: "growth-peak",
        title: "Peak of the heap as the input grows",
        note: "small to large dot: the input, twice, four times of it",
        lens: Lens::Heap,
        scale: BINARY,
        unit: units::bytes,
        of: |row, figures| Some(Shown::growth(figures.growth(&row.case, "peak_bytes")?)),
    },
];

impl Pictures {
    pub(super) fn new(table: &Table, figures: &Figures) -> Result<Self, askama::Error> {
        let groups = (pictured(table).into_iter().enumerate())
            .map(|(number, (job, input))| group(table, figures, number, job, input))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            groups,
            throughput: throughput(table)?,
            threads: threads(figures)?,
        })
    }
}

/// Job and input of each group; all pairs are one.
fn pictured(table: &Table) -> Vec<(&str, &str)> {
    let mut groups = Vec::new();
    for row in &table.rows {
        let group = row.block();
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    groups
}

fn group(
    table: &Table,
    figures: &Figures,
    number: usize,
    name: &str,
    input: &str,
) -> Result<Group, askama::Error> {
    let rows: Vec<&Row> = (table.rows.iter())
        .filter(|row| job(row) == name && (input.is_empty() || row.input == input))
        .collect();
    let mut panels = Vec::new();
    for view in &VIEWS {
        panels.push(panel(view, table, figures, &rows, number, name, input)?);
    }
    Ok(Group {
        job: name.to_owned(),
        input: input.to_owned(),
        panels,
        rows: rows
            .iter()
            .map(|row| figure_row(row, figures, input))
            .collect(),
    })
}

fn panel(
    view: &View,
    table: &Table,
    figures: &Figures,
    rows: &[&Row],
    number: usize,
    name: &str,
    input: &str,
) -> Result<Panel, askama::Error> {
    let drawn: Vec<dots::Row> = (rows.iter())
        .filter_map(|row| {
            let shown = (view.of)(row, figures)?;
            Some(dots::Row {
                name: short(row, input),
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
    let run = table.sheet.lenses.get(&view.lens);
    match run.map(|run| run.unavailable.as_deref()) {
        None => format!("Not measured: the lens {} did not run.", view.lens),
        Some(Some(reason)) => format!("Not measured: {reason}."),
        Some(None) if view.lens != Lens::Time => {
            format!("Not measured: only the time lens looks at {input}.")
        }
        Some(None) => "This run kept no samples.".to_owned(),
    }
}

/// The subject without the job, which all rows share; a pair's with its side.
fn short(row: &Row, input: &str) -> String {
    let name = row
        .subject
        .split_once('/')
        .map_or(row.subject.as_str(), |(_, name)| name);
    match input {
        "" => format!("{name} {}", row.input),
        _ => name.to_owned(),
    }
}

fn figure_row(row: &Row, figures: &Figures, input: &str) -> FigureRow {
    let samples = figures.samples(&row.case);
    let or_dash = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
    let growth = |metric: &str, unit: fn(f64) -> String| {
        let growth = figures.growth(&row.case, metric);
        growth.map(|growth| growth.map(unit).join(", "))
    };
    let range = samples.first().zip(samples.last());
    FigureRow {
        name: short(row, input),
        cells: vec![
            or_dash(row.time_ns.map(units::time)),
            or_dash(
                range.map(|(least, most)| {
                    format!("{} to {}", units::time(*least), units::time(*most))
                }),
            ),
            or_dash(row.instructions.map(units::count)),
            or_dash(row.allocations.map(units::count)),
            or_dash(growth("allocations", units::count)),
            or_dash(growth("peak_bytes", units::bytes)),
        ],
    }
}

/// How each rewriter's throughput falls from the control's, input by input.
fn throughput(table: &Table) -> Result<Vec<(String, String)>, askama::Error> {
    let rewriters = || {
        (table.rows.iter()).filter(|row| job(row) == "rewrite" && row.bytes_per_second.is_some())
    };
    let control = |input: &str| {
        rewriters()
            .find(|row| row.is_control() && row.input == input)?
            .bytes_per_second
    };
    let mut subjects: Vec<&str> = Vec::new();
    for row in rewriters().filter(|row| !row.is_control()) {
        if !subjects.contains(&row.subject.as_str()) {
            subjects.push(&row.subject);
        }
    }
    // One axis for all, so that the charts can be compared.
    let least = rewriters()
        .filter_map(|row| row.bytes_per_second)
        .fold(f64::MAX, f64::min);
    let most = rewriters()
        .filter_map(|row| row.bytes_per_second)
        .fold(0.0, f64::max);
    (subjects.into_iter())
        .enumerate()
        .map(|(number, subject)| {
            let rows = rewriters()
                .filter(|row| row.subject == subject)
                .map(|row| dots::Row {
                    name: row.input.clone(),
                    kind: kind(row),
                    figures: row.bytes_per_second.into_iter().collect(),
                    reference: control(&row.input),
                    words: row
                        .bytes_per_second
                        .map(units::bytes_per_second)
                        .unwrap_or_default(),
                    ..dots::Row::default()
                });
            let chart = Chart {
                id: format!("chart-throughput-{number}"),
                title: format!("Throughput of {subject} by input"),
                lens: Lens::Time.name(),
                scale: DECIMAL,
                unit: units::bytes_per_second,
                width: 300.0,
                rows: rows.collect(),
                reference: "the throughput of control/copy",
            };
            Ok((subject.to_owned(), chart.draw_within(&[least, most])?))
        })
        .collect()
}

/// Documents a second by number of threads, with the line on which twice the threads do twice the
/// work.
fn threads(figures: &Figures) -> Result<Vec<(String, String)>, askama::Error> {
    let all = figures.by_threads();
    let most = (all.iter())
        .flat_map(|(_, series)| series)
        .map(|(_, rate)| *rate)
        .chain(all.iter().filter_map(|(_, series)| {
            let ((first, rate), (last, _)) = series.first().zip(series.last())?;
            Some(rate / *first as f64 * *last as f64)
        }))
        .fold(0.0, f64::max);
    (all.iter().enumerate())
        .map(|(number, (case, series))| {
            let subject = case.rsplit_once('/').map_or(*case, |(subject, _)| subject);
            let alone = series.first().map(|(threads, rate)| rate / *threads as f64);
            let rows = series.iter().map(|(threads, rate)| dots::Row {
                name: match threads {
                    1 => "1 thread".to_owned(),
                    _ => format!("{threads} threads"),
                },
                kind: "own",
                figures: vec![*rate],
                reference: alone
                    .filter(|_| series.len() > 1)
                    .map(|rate| rate * *threads as f64),
                words: format!("{}/s", units::count(*rate)),
                ..dots::Row::default()
            });
            let chart = Chart {
                id: format!("chart-threads-{number}"),
                title: format!("Documents a second of {subject} by threads"),
                lens: Lens::Time.name(),
                scale: Scale::Linear,
                unit: units::count,
                width: 300.0,
                rows: rows.collect(),
                reference: "what perfect scaling would give",
            };
            Ok((subject.to_owned(), chart.draw_within(&[0.0, most])?))
        })
        .collect()
}

/// `1.2 M`: instructions are many, and three digits of them are enough in a picture.
fn magnitude(count: f64) -> String {
    match count {
        _ if count < 10_000.0 => units::count(count),
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

/// How much of it there is at four times the input: `×4.0`, or that it is always the same.
fn grown([once, twice, fourfold]: [f64; 3]) -> String {
    match once {
        _ if once == twice && twice == fourfold => "same".to_owned(),
        0.0 => "from zero".to_owned(),
        _ => format!("×{:.2}", fourfold / once),
    }
}
