//! The joined table as the page shows it.

use super::verdict::{Change, Verdict};
use crate::report::table::{Row, Table};
use crate::report::units;
use crate::{Lens, Metric, Role, Value, Work};

pub(super) struct Overview {
    pub(super) verdict: Verdict,
    /// Reasons to doubt all figures.
    pub(super) doubts: Vec<String>,
    /// Cases without a figure of a lens, and why.
    pub(super) failures: Vec<(Lens, String)>,
    pub(super) columns: &'static [Column],
    pub(super) group_names: Vec<String>,
    pub(super) inputs: Vec<String>,
    pub(super) subjects: Vec<String>,
    /// Subjects that were counted, which may have profiles.
    pub(super) counted: Vec<String>,
    /// The fastest of each group.
    pub(super) fastest: Vec<Fastest>,
    pub(super) groups: Vec<Group>,
    /// Lenses that could not run, and why.
    pub(super) unavailable: Vec<(Lens, String)>,
    pub(super) has_runtime: bool,
    pub(super) has_inexact: bool,
}

/// The fastest subject of its group.
pub(super) struct Fastest {
    pub(super) title: String,
    pub(super) group: String,
    pub(super) input: String,
    pub(super) subject: String,
    pub(super) time: String,
    /// Allocations per call, if counted.
    pub(super) allocations: Option<String>,
    /// How many times faster it is than the slowest, and the name of the slowest.
    pub(super) gain: String,
    pub(super) slowest: String,
}

/// A column of figures.
pub(super) struct Column {
    pub(super) name: &'static str,
    /// Its key in the page's script.
    pub(super) key: &'static str,
    pub(super) lens: Lens,
    shows: Shows,
}

enum Shows {
    /// A metric where less is better, with a best value and a bar.
    Cost(Metric, fn(Value) -> String),
    /// Work per second.
    Rate,
}

impl Column {
    const fn cost(name: &'static str, metric: Metric, unit: fn(Value) -> String) -> Self {
        Self {
            name,
            key: metric.name(),
            lens: metric.lens(),
            shows: Shows::Cost(metric, unit),
        }
    }

    fn value(&self, row: &Row) -> Option<Value> {
        match self.shows {
            Shows::Cost(metric, _) => row.value(metric),
            Shows::Rate => {
                let bytes = row.rates().find(|(work, _)| work.unit == Work::BYTES);
                let (_, rate) = bytes.or_else(|| row.rates().next())?;
                Some(Value::Measured(rate))
            }
        }
    }
}

const COLUMNS: &[Column] = &[
    Column::cost("time", Metric::Time, |time| units::time(time.as_f64())),
    Column {
        name: "throughput",
        key: "bytes_per_second",
        lens: Lens::Time,
        shows: Shows::Rate,
    },
    Column::cost("allocations", Metric::Allocations, counted),
    Column::cost("bytes", Metric::AllocatedBytes, in_bytes),
    Column::cost("peak", Metric::PeakBytes, in_bytes),
    Column::cost("instructions", Metric::Instructions, counted),
];

fn counted(value: Value) -> String {
    units::count(value.count().unwrap_or_default())
}

fn in_bytes(value: Value) -> String {
    units::bytes(value.count().unwrap_or_default())
}

/// Rows that do the same work.
pub(super) struct Group {
    pub(super) title: String,
    pub(super) rows: Vec<ShownRow>,
}

pub(super) struct ShownRow {
    /// Its index in the table, which the page's script uses as its key.
    pub(super) place: usize,
    pub(super) case: String,
    pub(super) group: String,
    pub(super) subject: String,
    pub(super) input: String,
    /// `own`, `control` or `peer`: a CSS class.
    pub(super) kind: &'static str,
    pub(super) cells: Vec<Cell>,
}

pub(super) struct Cell {
    pub(super) lens: Lens,
    /// The figure for the page's script; a count is written as an integer.
    pub(super) value: Option<String>,
    pub(super) words: String,
    /// The figure as a percentage of the group's largest; `None` for zero.
    pub(super) share: Option<f64>,
    pub(super) is_best: bool,
    /// Why it is not exact, if it is an inexact count.
    pub(super) inexact: Option<String>,
    /// Blocks that the threads' runtime allocated.
    pub(super) runtime: Option<String>,
    pub(super) change: Option<Change>,
}

impl Overview {
    pub(super) fn new(table: &Table, verdict: Verdict) -> Self {
        let groups = table
            .rows
            .chunk_by(|left, right| left.info.comparison() == right.info.comparison());
        let mut place = 0;
        let shown_groups: Vec<Group> = groups
            .clone()
            .map(|rows| Group {
                title: title(&rows[0]),
                rows: (rows.iter())
                    .map(|row| {
                        place += 1;
                        shown(table, rows, row, place - 1, &verdict)
                    })
                    .collect(),
            })
            .collect();
        let mut cells = shown_groups
            .iter()
            .flat_map(|group| &group.rows)
            .flat_map(|row| &row.cells);
        Self {
            doubts: table.doubts.iter().map(ToString::to_string).collect(),
            failures: failures(table),
            columns: COLUMNS,
            group_names: distinct(table.rows.iter().map(|row| row.info.id.group.clone())),
            inputs: distinct(table.rows.iter().map(|row| row.info.id.input.clone())),
            subjects: distinct(table.rows.iter().map(Row::subject)),
            counted: distinct(
                table
                    .rows
                    .iter()
                    .filter(|row| is_counted(row))
                    .map(Row::subject),
            ),
            fastest: groups.filter_map(fastest).collect(),
            unavailable: (table.record.lenses.iter())
                .filter_map(|(lens, run)| Some((*lens, run.unavailable.clone()?)))
                .collect(),
            has_runtime: (table.rows.iter())
                .any(|row| row.count(Metric::RuntimeAllocations).is_some()),
            has_inexact: cells.any(|cell| cell.inexact.is_some()),
            groups: shown_groups,
            verdict,
        }
    }
}

fn failures(table: &Table) -> Vec<(Lens, String)> {
    (table.record.lenses.iter())
        .flat_map(|(lens, run)| {
            let failures = run.failures.iter();
            failures.map(move |failure| (*lens, failure.to_string()))
        })
        .collect()
}

fn is_counted(row: &Row) -> bool {
    [Metric::Allocations, Metric::Instructions]
        .into_iter()
        .any(|metric| row.count(metric).is_some())
}

/// Each name once, in order of appearance.
fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    names.fold(Vec::new(), |mut known, name| {
        if !known.contains(&name) {
            known.push(name);
        }
        known
    })
}

/// The fastest subject of a group; `None` if there is only one subject, or for a pair.
fn fastest(group: &[Row]) -> Option<Fastest> {
    let mut own: Vec<(f64, &Row)> = (group.iter())
        .filter(|row| row.info.role == Role::Subject && row.info.pair.is_none())
        .filter_map(|row| Some((row.time()?, row)))
        .collect();
    own.sort_by(|(left, _), (right, _)| left.total_cmp(right));
    let [(least, first), .., (most, last)] = own[..] else {
        return None;
    };
    let times = most / least;
    Some(Fastest {
        title: title(first),
        group: first.info.id.group.clone(),
        input: first.info.id.input.clone(),
        subject: short(first),
        time: units::time(least),
        allocations: first.count(Metric::Allocations).map(units::count),
        gain: if times < 9.95 {
            format!("{times:.1}×")
        } else {
            format!("{times:.0}×")
        },
        slowest: short(last),
    })
}

/// The subject without its group.
pub(super) fn short(row: &Row) -> String {
    let id = crate::CaseId {
        group: String::new(),
        ..row.info.id.without_input()
    };
    id.to_string()
}

/// The CSS class for the role of a case.
pub(super) const fn kind(row: &Row) -> &'static str {
    match row.info.role {
        Role::Subject => "own",
        Role::Control => "control",
        Role::Peer => "peer",
    }
}

fn title(row: &Row) -> String {
    match row.info.comparison() {
        (group, subject, true) => format!("{group}: {subject}"),
        (group, "", false) => group.to_owned(),
        ("", input, false) => input.to_owned(),
        (group, input, false) => format!("{group} on {input}"),
    }
}

fn shown(table: &Table, group: &[Row], row: &Row, place: usize, verdict: &Verdict) -> ShownRow {
    let cells = COLUMNS.iter().map(|column| match column.shows {
        Shows::Cost(metric, unit) => cost(table, group, row, column, metric, unit, verdict),
        Shows::Rate => rate(row, column),
    });
    ShownRow {
        place,
        case: row.info.id.to_string(),
        group: row.info.id.group.clone(),
        subject: row.subject(),
        input: row.info.id.input.clone(),
        kind: kind(row),
        cells: cells.collect(),
    }
}

fn cost(
    table: &Table,
    group: &[Row],
    row: &Row,
    column: &Column,
    metric: Metric,
    unit: fn(Value) -> String,
    verdict: &Verdict,
) -> Cell {
    let figure = row.figure(metric);
    let value = |row: &Row| column.value(row).map(Value::as_f64);
    let most = group.iter().filter_map(value).fold(0.0, f64::max);
    let share = value(row)
        .filter(|value| *value > 0.0 && most > 0.0)
        .map(|value| (value / most * 1000.0).round() / 10.0);
    let inexact = figure.filter(|it| it.value.count().is_some() && !it.worth.is_exact());
    Cell {
        lens: column.lens,
        value: figure.map(|figure| figure.value.to_string()),
        words: figure.map_or_else(|| "n/a".to_owned(), |figure| unit(figure.value)),
        share,
        is_best: table.is_best(row, metric),
        inexact: inexact.map(|figure| match figure.note.is_empty() {
            true => "not exact".to_owned(),
            false => figure.note.clone(),
        }),
        runtime: (row.count(Metric::RuntimeAllocations))
            .filter(|_| metric == Metric::Allocations)
            .map(units::count),
        change: verdict.change(&row.info.id, metric).cloned(),
    }
}

fn rate(row: &Row, column: &Column) -> Cell {
    let words = row.rates().next().map(|(work, rate)| in_unit(work, rate));
    Cell {
        lens: column.lens,
        value: column.value(row).map(|value| value.to_string()),
        words: words.unwrap_or_else(|| "n/a".to_owned()),
        share: None,
        is_best: false,
        inexact: None,
        runtime: None,
        change: None,
    }
}

/// A rate in the unit of its work.
pub(super) fn in_unit(work: &Work, rate: f64) -> String {
    match work.unit.as_str() {
        Work::BYTES => units::bytes_per_second(rate),
        unit => units::per_second(rate, unit),
    }
}
