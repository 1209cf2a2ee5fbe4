//! The columns of the joined table: a figure each, or a value computed from figures.

use std::fmt::Write as _;

use super::notes::Notes;
use super::{Row, Table};
use crate::report::units;
use crate::{Metric, Value, Work};

/// A column of figures.
pub(super) struct Column {
    pub(super) title: &'static str,
    /// The metric that it shows, if it is not computed.
    metric: Option<Metric>,
    /// Omitted if no case declares its work.
    pub(super) is_optional: bool,
    cell: fn(&Table, &Row) -> String,
}

impl Column {
    /// The cell of a row, with its change and the number of its note.
    pub(super) fn text(&self, table: &Table, row: &Row, notes: &mut Notes) -> String {
        let mut cell = (self.cell)(table, row);
        if let Some(metric) = self.metric {
            cell.push_str(&row.change(metric).unwrap_or_default());
            if let Some(note) = row.note(metric) {
                let _ = write!(cell, " [{}]", notes.number(note));
            }
        }
        cell
    }
}

pub(super) const COLUMNS: [Column; 6] = [
    Column {
        title: "time/op",
        metric: Some(Metric::Time),
        is_optional: false,
        cell: |table, row| {
            cell(table, row, Metric::Time, |value| {
                units::time(value.as_f64())
            })
        },
    },
    Column {
        title: "throughput",
        metric: None,
        is_optional: true,
        cell: |_, row| throughput(row),
    },
    Column {
        title: "allocs/op",
        metric: Some(Metric::Allocations),
        is_optional: false,
        cell: |table, row| {
            let mut allocations = cell(table, row, Metric::Allocations, counted);
            if let Some(runtime) = row.count(Metric::RuntimeAllocations) {
                let _ = write!(allocations, " +{}", units::count(runtime));
            }
            allocations
        },
    },
    Column {
        title: "bytes/op",
        metric: Some(Metric::AllocatedBytes),
        is_optional: false,
        cell: |table, row| cell(table, row, Metric::AllocatedBytes, in_bytes),
    },
    Column {
        title: "peak bytes",
        metric: Some(Metric::PeakBytes),
        is_optional: false,
        cell: |table, row| cell(table, row, Metric::PeakBytes, in_bytes),
    },
    Column {
        title: "instructions/op",
        metric: Some(Metric::Instructions),
        is_optional: false,
        cell: |table, row| cell(table, row, Metric::Instructions, counted),
    },
];

/// What stands before the best figure of a group.
pub(super) const BEST: &str = "* ";

fn cell(table: &Table, row: &Row, metric: Metric, unit: fn(Value) -> String) -> String {
    let Some(figure) = row.figure(metric) else {
        return "n/a".to_owned();
    };
    let best = if table.is_best(row, metric) { BEST } else { "" };
    let is_shown = figure.value.count().is_some() && !figure.worth.is_exact();
    let shown = if is_shown { "~" } else { "" };
    format!("{best}{shown}{}", unit(figure.value))
}

fn counted(value: Value) -> String {
    units::count(value.count().unwrap_or_default())
}

fn in_bytes(value: Value) -> String {
    units::bytes(value.count().unwrap_or_default())
}

fn throughput(row: &Row) -> String {
    let rates: Vec<String> = (row.rates())
        .map(|(work, rate)| match work.unit.as_str() {
            Work::BYTES => units::bytes_per_second(rate),
            unit => units::per_second(rate, unit),
        })
        .collect();
    match rates.is_empty() {
        true => "n/a".to_owned(),
        false => rates.join(", "),
    }
}
