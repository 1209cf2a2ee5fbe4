//! The joined table as the page shows it.

use std::collections::BTreeSet;

use super::verdict::{Change, Verdict};
use crate::measurement::Lens;
use crate::report::table::{Row, Table};
use crate::report::units;

pub(super) struct Overview {
    pub(super) verdict: Verdict,
    pub(super) columns: &'static [Column],
    pub(super) jobs: BTreeSet<String>,
    pub(super) inputs: Vec<String>,
    pub(super) subjects: Vec<String>,
    /// The fastest of each group.
    pub(super) fastest: Vec<Fastest>,
    pub(super) groups: Vec<Group>,
    /// A lens that could not measure, and why.
    pub(super) unavailable: Vec<(Lens, String)>,
    pub(super) has_runtime: bool,
}

/// The algorithm that took the least time in its group.
pub(super) struct Fastest {
    pub(super) title: String,
    pub(super) job: String,
    pub(super) input: String,
    pub(super) subject: String,
    pub(super) time: String,
    /// Allocations a call, where they were counted.
    pub(super) allocations: Option<String>,
    /// How many times faster than the slowest it is, and which that is.
    pub(super) gain: String,
    pub(super) slowest: String,
}

/// A column of figures.
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) metric: &'static str,
    pub(super) lens: &'static str,
    value: fn(&Row) -> Option<f64>,
    unit: fn(f64) -> String,
    /// Whether less is better, so that it has a best and a bar.
    pub(super) is_cost: bool,
}

pub(super) const COLUMNS: &[Column] = &[
    Column {
        name: "time",
        metric: "time_ns",
        lens: "time",
        value: |row| row.time_ns,
        unit: units::time,
        is_cost: true,
    },
    Column {
        name: "throughput",
        metric: "bytes_per_second",
        lens: "time",
        value: |row| row.bytes_per_second,
        unit: units::bytes_per_second,
        is_cost: false,
    },
    Column {
        name: "allocations",
        metric: "allocations",
        lens: "heap",
        value: |row| row.allocations,
        unit: units::count,
        is_cost: true,
    },
    Column {
        name: "bytes",
        metric: "allocated_bytes",
        lens: "heap",
        value: |row| row.allocated_bytes,
        unit: units::bytes,
        is_cost: true,
    },
    Column {
        name: "peak",
        metric: "peak_bytes",
        lens: "heap",
        value: |row| row.peak_bytes,
        unit: units::bytes,
        is_cost: true,
    },
    Column {
        name: "instructions",
        metric: "instructions",
        lens: "instructions",
        value: |row| row.instructions,
        unit: units::count,
        is_cost: true,
    },
];

/// Rows that do the same work.
pub(super) struct Group {
    pub(super) title: String,
    pub(super) rows: Vec<ShownRow>,
}

pub(super) struct ShownRow {
    pub(super) case: String,
    pub(super) job: String,
    pub(super) subject: String,
    pub(super) input: String,
    /// `own`, `control` or `peer`.
    pub(super) kind: &'static str,
    pub(super) cells: Vec<Cell>,
}

pub(super) struct Cell {
    pub(super) lens: &'static str,
    pub(super) value: Option<f64>,
    pub(super) words: String,
    /// Of the largest in the group, in percent; none for zero.
    pub(super) share: Option<f64>,
    pub(super) is_best: bool,
    /// Blocks of the threads' runtime.
    pub(super) runtime: Option<String>,
    pub(super) change: Option<Change>,
}

impl Overview {
    pub(super) fn new(table: &Table, verdict: Verdict) -> Self {
        let groups = table
            .rows
            .chunk_by(|left, right| left.group() == right.group());
        let distinct = |name: fn(&Row) -> &str| {
            (table.rows.iter())
                .map(name)
                .fold(Vec::new(), |mut names: Vec<String>, name| {
                    if !names.iter().any(|known| known == name) {
                        names.push(name.to_owned());
                    }
                    names
                })
        };
        Self {
            columns: COLUMNS,
            jobs: table.rows.iter().map(|row| job(row).to_owned()).collect(),
            inputs: distinct(|row| &row.input),
            subjects: distinct(|row| &row.subject),
            fastest: groups.clone().filter_map(fastest).collect(),
            groups: groups
                .map(|rows| Group {
                    title: title(&rows[0]),
                    rows: rows
                        .iter()
                        .map(|row| shown(table, rows, row, &verdict))
                        .collect(),
                })
                .collect(),
            unavailable: (table.sheet.lenses.iter())
                .filter_map(|(lens, run)| Some((*lens, run.unavailable.clone()?)))
                .collect(),
            has_runtime: table
                .rows
                .iter()
                .any(|row| row.runtime_allocations.is_some()),
            verdict,
        }
    }
}

/// None where there is nothing to choose from; pairs are no choice.
fn fastest(group: &[Row]) -> Option<Fastest> {
    let mut own: Vec<(f64, &Row)> = (group.iter())
        .filter(|row| kind(row) == "own" && job(row) != "inlining")
        .filter_map(|row| Some((row.time_ns?, row)))
        .collect();
    own.sort_by(|(left, _), (right, _)| left.total_cmp(right));
    let [(least, first), .., (most, last)] = own[..] else {
        return None;
    };
    let name = |row: &Row| {
        row.subject
            .split_once('/')
            .map_or(row.subject.clone(), |(_, name)| name.to_owned())
    };
    let times = most / least;
    Some(Fastest {
        title: title(first),
        job: job(first).to_owned(),
        input: first.input.clone(),
        subject: name(first),
        time: units::time(least),
        allocations: first.allocations.map(units::count),
        gain: if times < 9.95 {
            format!("{times:.1}×")
        } else {
            format!("{times:.0}×")
        },
        slowest: name(last),
    })
}

/// The job without the pair: `rewrite`, `freq`, `inlining`.
pub(super) fn job(row: &Row) -> &str {
    let (job, _) = row.group();
    job.split('/').next().unwrap_or(job)
}

/// `own`, `control` or `peer`.
pub(super) fn kind(row: &Row) -> &'static str {
    match row.subject.split('/').next() {
        Some("control") => "control",
        Some("peer") => "peer",
        _ => "own",
    }
}

fn title(row: &Row) -> String {
    match row.group() {
        (job, "") => job.to_owned(),
        (job, input) => format!("{job} on {input}"),
    }
}

fn shown(table: &Table, group: &[Row], row: &Row, verdict: &Verdict) -> ShownRow {
    let cells = COLUMNS.iter().map(|column| {
        let value = (column.value)(row);
        let most = group.iter().filter_map(column.value).fold(0.0, f64::max);
        let share = value
            .filter(|value| column.is_cost && *value > 0.0 && most > 0.0)
            .map(|value| (value / most * 1000.0).round() / 10.0);
        let mut words = value.map_or_else(|| "n/a".to_owned(), column.unit);
        if let (Some(documents), "bytes_per_second") = (row.documents_per_second, column.metric) {
            words = format!("{} docs/s", units::count(documents));
        }
        Cell {
            lens: column.lens,
            value,
            words,
            share,
            is_best: column.is_cost && table.is_best(row, column.value),
            runtime: (row.runtime_allocations)
                .filter(|_| column.metric == "allocations")
                .map(units::count),
            change: verdict.change(&row.case, column.metric).cloned(),
        }
    });
    ShownRow {
        case: row.case.clone(),
        job: job(row).to_owned(),
        subject: row.subject.clone(),
        input: row.input.clone(),
        kind: kind(row),
        cells: cells.collect(),
    }
}
