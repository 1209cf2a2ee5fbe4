//! The table for programs: one row per case; a figure that was not measured is `null` in JSON and empty
//! in CSV.

use std::collections::HashMap;

use serde::Serialize;

use super::{Row, Table};
use crate::store::RunRecord;
use crate::{CaseId, Metric, Role, Work};

/// One case.
#[derive(Serialize)]
pub(super) struct FlatRow<'a> {
    package: &'a str,
    bench: &'a str,
    /// The full name. Two cases may share one.
    case: String,
    /// Distinguishes cases with the same name, in the order they run, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    ordinal: Option<u32>,
    time_ns: Option<f64>,
    allocations: Option<u64>,
    allocated_bytes: Option<u64>,
    peak_bytes: Option<u64>,
    instructions: Option<u64>,
    /// Whether all of its counts are exact.
    exact: Option<bool>,
    /// Why a figure is missing or not exact.
    reason: Option<String>,
}

/// One case with its declaration.
#[derive(Serialize)]
pub(super) struct DeclaredRow<'a> {
    #[serde(flatten)]
    row: FlatRow<'a>,
    group: &'a str,
    subject: &'a str,
    input: &'a str,
    role: Role,
    bytes_per_second: Option<f64>,
    runtime_allocations: Option<u64>,
}

pub(super) fn rows(table: &Table) -> Vec<FlatRow<'_>> {
    let mut named: HashMap<String, usize> = HashMap::new();
    for row in &table.rows {
        *named.entry(name(row)).or_default() += 1;
    }
    let is_shared = |row: &Row| named[&name(row)] > 1;
    (table.rows.iter())
        .map(|row| flat(table, row, is_shared(row)))
        .collect()
}

pub(super) fn declared(table: &Table) -> Vec<DeclaredRow<'_>> {
    (rows(table).into_iter().zip(&table.rows))
        .map(|(flat, row)| {
            let id = &row.info.id;
            let bytes = row.rates().find(|(work, _)| work.unit == Work::BYTES);
            DeclaredRow {
                row: flat,
                group: &id.group,
                subject: &id.subject,
                input: &id.input,
                role: row.info.role,
                bytes_per_second: bytes.map(|(_, rate)| rate),
                runtime_allocations: row.count(Metric::RuntimeAllocations),
            }
        })
        .collect()
}

/// The rows of all tables as an array.
pub(super) fn json<'a, R: Serialize>(tables: &'a [Table], rows: fn(&'a Table) -> Vec<R>) -> String {
    let rows: Vec<R> = tables.iter().flat_map(rows).collect();
    let mut json = serde_json::to_string_pretty(&rows).unwrap_or_default();
    json.push('\n');
    json
}

pub(super) fn csv(tables: &[Table]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory does not fail, and every row has the same columns.
    let _ = writer.write_record([
        "package",
        "bench",
        "case",
        "ordinal",
        "time_ns",
        "allocations",
        "allocated_bytes",
        "peak_bytes",
        "instructions",
        "exact",
        "reason",
    ]);
    fn field(value: Option<impl ToString>) -> String {
        value.map_or_else(String::new, |value| value.to_string())
    }
    for row in tables.iter().flat_map(rows) {
        let _ = writer.write_record([
            row.package.to_owned(),
            row.bench.to_owned(),
            row.case,
            field(row.ordinal),
            field(row.time_ns),
            field(row.allocations),
            field(row.allocated_bytes),
            field(row.peak_bytes),
            field(row.instructions),
            field(row.exact),
            field(row.reason),
        ]);
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Row {
    /// Why some of its figures are missing or not exact; `None` where there is nothing to explain.
    fn reason(&self, record: &RunRecord) -> Option<String> {
        let inexact = self.exactness().and_then(Result::err);
        let failed = (self.failures.iter()).map(|(lens, reason)| format!("{lens}: {reason}"));
        let unavailable = (record.lenses.iter()).filter_map(|(lens, run)| {
            let is_there = self.figures.iter().any(|row| row.metric.lens() == *lens);
            let reason = run.unavailable.as_ref().filter(|_| !is_there)?;
            Some(format!("{lens}: {reason}"))
        });
        let reasons: Vec<String> = inexact
            .into_iter()
            .chain(failed)
            .chain(unavailable)
            .collect();
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }
}

fn name(row: &Row) -> String {
    let first = CaseId {
        ordinal: 0,
        ..row.info.id.clone()
    };
    first.to_string()
}

fn flat<'a>(table: &'a Table, row: &Row, is_shared: bool) -> FlatRow<'a> {
    FlatRow {
        package: &table.package,
        bench: &table.suite,
        case: name(row),
        ordinal: is_shared.then_some(row.info.id.ordinal),
        time_ns: row.time(),
        allocations: row.count(Metric::Allocations),
        allocated_bytes: row.count(Metric::AllocatedBytes),
        peak_bytes: row.count(Metric::PeakBytes),
        instructions: row.count(Metric::Instructions),
        exact: row.exactness().map(|exactness| exactness.is_ok()),
        reason: row.reason(&table.record),
    }
}
