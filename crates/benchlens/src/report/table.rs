//! The joined table: what each case costs, through all lenses side by side.

use std::fmt::Write as _;
use std::path::Path;

use comfy_table::{CellAlignment, Table as Grid, TableStyle, presets};
use serde::Serialize;

use super::{markdown, plain, units};
use crate::store::{self, Doubt, Error, RunRecord};
use crate::{CaseId, CaseInfo, Dimensions, Figure, Lens, Metric, Role, Value, Work};

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For a terminal.
    Text,
    /// For a README.
    Markdown,
    /// An array of rows, null where not measured.
    Json,
    /// A row a line, empty where not measured.
    Csv,
}

/// One case in all lenses.
#[derive(Clone, Debug)]
pub struct Row {
    /// What was declared of it.
    pub info: CaseInfo,
    figures: Vec<Figure>,
}

impl Row {
    /// Its figure of a metric on its own size; `None` where that was not measured.
    pub fn figure(&self, metric: Metric) -> Option<&Figure> {
        let plain = Dimensions::default();
        (self.figures.iter()).find(|figure| figure.metric == metric && figure.at == plain)
    }

    /// The value of a metric; `None` where that was not measured.
    pub fn value(&self, metric: Metric) -> Option<Value> {
        self.figure(metric).map(|figure| figure.value)
    }

    /// The count of a metric; `None` where that was not measured.
    pub fn count(&self, metric: Metric) -> Option<u64> {
        self.value(metric)?.count()
    }

    /// Nanoseconds a call.
    pub fn time(&self) -> Option<f64> {
        self.value(Metric::Time).map(Value::as_f64)
    }

    /// Its work by the second, unit by unit, in the order of the declaration.
    pub fn rates(&self) -> impl Iterator<Item = (&Work, f64)> {
        let time = self.time();
        (self.info.work.iter()).filter_map(move |work| Some((work, work.per_second(time?))))
    }

    /// Whether all of its counts are exact, and if not, why; `None` where nothing was counted.
    pub fn exactness(&self) -> Option<Result<(), String>> {
        let counts = || {
            self.figures
                .iter()
                .filter(|row| row.value.count().is_some())
        };
        counts().next()?;
        let mut reasons: Vec<String> = Vec::new();
        for figure in counts() {
            if !figure.worth.is_exact() {
                reasons.push(format!("{}: {}", figure.metric, figure.note));
            }
        }
        Some(match reasons.is_empty() {
            true => Ok(()),
            false => Err(reasons.join("; ")),
        })
    }

    /// The subject as it is shown: its group before it, its part behind it.
    pub fn subject(&self) -> String {
        let id = self.info.id.without_input();
        match self.info.role {
            Role::Subject => id.to_string(),
            Role::Control => format!("{id} (control)"),
            Role::Peer => format!("{id} (peer)"),
        }
    }

    /// The rows that are shown together: a comparison, or all pairs of a group, which are too small to
    /// stand alone.
    pub fn block(&self) -> (&str, &str, bool) {
        match self.info.comparison() {
            (group, _, true) => (group, "", true),
            comparison => comparison,
        }
    }
}

/// The rows of one suite, and where they are from.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// The package of the suite.
    pub package: String,
    /// The suite: the bench target, if it has no name of its own.
    pub suite: String,
    /// In comparisons.
    pub rows: Vec<Row>,
    /// The machine and the last run of each lens.
    pub record: RunRecord,
    /// What makes the figures doubtful.
    pub doubts: Vec<Doubt>,
}

impl Table {
    /// Joins what the lenses left in `folder`.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] if no lens left anything, and what [`store::read_rows`] finds wrong.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let mut lenses: Vec<(Lens, Vec<Figure>)> = Vec::new();
        let mut missing = None;
        for lens in Lens::ALL {
            match store::read_rows(folder, lens) {
                Ok(rows) => lenses.push((lens, rows)),
                Err(error @ Error::Missing { .. }) => missing = Some(error),
                Err(error) => return Err(error),
            }
        }
        if let Some(error) = missing
            && lenses.is_empty()
        {
            return Err(error);
        }
        let suite = store::read_cases(folder)?;
        let record = store::read_record(folder)?;
        let views: Vec<(Lens, &[Figure])> = (lenses.iter())
            .map(|(lens, rows)| (*lens, rows.as_slice()))
            .collect();
        let doubts = store::doubts(&record, &views);
        let figures = lenses.into_iter().flat_map(|(_, rows)| rows);
        Ok(Self {
            package: suite.package,
            suite: suite.suite,
            rows: join(suite.cases, figures),
            record,
            doubts,
        })
    }

    /// Keeps only the rows whose case is selected.
    pub fn retain(&mut self, select: impl Fn(&CaseId) -> bool) {
        self.rows.retain(|row| select(&row.info.id));
    }

    /// Whether no other row of the comparison has less of `metric`; never so where there is no other,
    /// and never of a control.
    pub fn is_best(&self, row: &Row, metric: Metric) -> bool {
        let others = || {
            (self.rows.iter()).filter(|other| {
                other.info.role != Role::Control && other.info.comparison() == row.info.comparison()
            })
        };
        let value = |row: &Row| row.value(metric).map(Value::as_f64);
        let best = others().filter_map(value).fold(f64::MAX, f64::min);
        row.info.role != Role::Control
            && others().count() > 1
            && value(row).is_some_and(|value| value <= best)
    }

    /// The table as text in a format.
    pub fn render(&self, format: Format) -> String {
        match format {
            Format::Text => self.text(presets::NOTHING, &|text| plain(text).into_owned()),
            Format::Markdown => self.text(presets::ASCII_MARKDOWN, &markdown),
            Format::Json => {
                let mut json = serde_json::to_string_pretty(&self.flat_rows()).unwrap_or_default();
                json.push('\n');
                json
            }
            Format::Csv => self.csv(),
        }
    }

    fn flat_rows(&self) -> Vec<FlatRow<'_>> {
        (self.rows.iter())
            .map(|row| FlatRow::of(self, row))
            .collect()
    }

    fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for row in self.flat_rows() {
            // Writing to memory does not fail, and every row has the same columns.
            let _ = writer.serialize(row);
        }
        let bytes = writer.into_inner().unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn text(&self, style: TableStyle, safe: &dyn Fn(&str) -> String) -> String {
        let columns: Vec<&Column> = (COLUMNS.iter())
            .filter(|column| {
                !column.is_optional || self.rows.iter().any(|row| !row.info.work.is_empty())
            })
            .collect();
        let mut grid = Grid::new();
        let header = ["subject", "input"].into_iter();
        grid.load_style(style)
            .set_header(header.chain(columns.iter().map(|column| column.title)));
        for column in grid.column_iter_mut().skip(2) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        let mut previous = None;
        for row in &self.rows {
            let block = row.block();
            if previous.is_some_and(|previous| previous != block) {
                grid.add_row(vec![""; columns.len() + 2]);
            }
            let names = [safe(&row.subject()), safe(&row.info.id.input)];
            let cells = columns.iter().map(|column| (column.cell)(self, row));
            grid.add_row(names.into_iter().chain(cells));
            previous = Some(block);
        }
        let mut text = String::new();
        // A terminal's width must not change what a pipe gets.
        for line in grid.to_string().lines() {
            let _ = writeln!(text, "{}", line.trim_end());
        }
        text.push('\n');
        self.legend(&mut text, safe);
        text
    }

    fn legend(&self, text: &mut String, safe: &dyn Fn(&str) -> String) {
        for (lens, run) in &self.record.lenses {
            if let Some(reason) = &run.unavailable {
                let _ = writeln!(text, "{lens} n/a: {}", safe(reason));
            }
        }
        for doubt in &self.doubts {
            let _ = writeln!(text, "not of one run: {doubt}");
        }
        text.push_str("* best of its group. A group is one job on one input.\n");
        let any = |is: fn(&Row) -> bool| self.rows.iter().any(is);
        if any(|row| matches!(row.exactness(), Some(Err(_)))) {
            text.push_str("~ differs from run to run: shown, not judged.\n");
        }
        if any(|row| row.count(Metric::RuntimeAllocations).is_some()) {
            text.push_str("+n: blocks of the threads' runtime.\n");
        }
    }
}

/// A column of figures.
struct Column {
    title: &'static str,
    /// Left out where no case declares its work.
    is_optional: bool,
    cell: fn(&Table, &Row) -> String,
}

const COLUMNS: [Column; 6] = [
    Column {
        title: "time/op",
        is_optional: false,
        cell: |table, row| {
            cell(table, row, Metric::Time, |value| {
                units::time(value.as_f64())
            })
        },
    },
    Column {
        title: "throughput",
        is_optional: true,
        cell: |_, row| throughput(row),
    },
    Column {
        title: "allocs/op",
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
        is_optional: false,
        cell: |table, row| cell(table, row, Metric::AllocatedBytes, in_bytes),
    },
    Column {
        title: "peak bytes",
        is_optional: false,
        cell: |table, row| cell(table, row, Metric::PeakBytes, in_bytes),
    },
    Column {
        title: "instructions/op",
        is_optional: false,
        cell: |table, row| cell(table, row, Metric::Instructions, counted),
    },
];

fn cell(table: &Table, row: &Row, metric: Metric, unit: fn(Value) -> String) -> String {
    let Some(figure) = row.figure(metric) else {
        return "n/a".to_owned();
    };
    let best = if table.is_best(row, metric) { "* " } else { "" };
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

/// A row for programs: `null` in JSON, empty in CSV, where a figure was not measured.
#[derive(Serialize)]
struct FlatRow<'a> {
    package: &'a str,
    bench: &'a str,
    case: String,
    group: &'a str,
    subject: &'a str,
    input: &'a str,
    ordinal: Option<u32>,
    role: Role,
    time_ns: Option<f64>,
    bytes_per_second: Option<f64>,
    allocations: Option<u64>,
    allocated_bytes: Option<u64>,
    peak_bytes: Option<u64>,
    runtime_allocations: Option<u64>,
    instructions: Option<u64>,
    exact: Option<bool>,
    reason: Option<String>,
}

impl<'a> FlatRow<'a> {
    fn of(table: &'a Table, row: &'a Row) -> Self {
        let id = &row.info.id;
        let bytes = row.rates().find(|(work, _)| work.unit == Work::BYTES);
        let exactness = row.exactness();
        Self {
            package: &table.package,
            bench: &table.suite,
            case: CaseId {
                ordinal: 0,
                ..id.clone()
            }
            .to_string(),
            group: &id.group,
            subject: &id.subject,
            input: &id.input,
            ordinal: Some(id.ordinal).filter(|ordinal| *ordinal > 0),
            role: row.info.role,
            time_ns: row.time(),
            bytes_per_second: bytes.map(|(_, rate)| rate),
            allocations: row.count(Metric::Allocations),
            allocated_bytes: row.count(Metric::AllocatedBytes),
            peak_bytes: row.count(Metric::PeakBytes),
            runtime_allocations: row.count(Metric::RuntimeAllocations),
            instructions: row.count(Metric::Instructions),
            exact: exactness.as_ref().map(Result::is_ok),
            reason: exactness.and_then(Result::err),
        }
    }
}

/// A row for each case that has figures; those of a comparison together, in the order in which the
/// comparisons were declared.
pub(crate) fn join(cases: Vec<CaseInfo>, figures: impl Iterator<Item = Figure>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for info in cases {
        if !rows.iter().any(|row| row.info.id == info.id) {
            let figures = Vec::new();
            rows.push(Row { info, figures });
        }
    }
    for figure in figures {
        let known = rows.iter_mut().find(|row| row.info.id == figure.case);
        match known {
            Some(row) => row.figures.push(figure),
            // A figure without a declaration is shown all the same.
            None => rows.push(Row {
                info: CaseInfo::of(figure.case.clone()),
                figures: vec![figure],
            }),
        }
    }
    rows.retain(|row| !row.figures.is_empty());
    let mut comparisons: Vec<(String, String, bool)> = Vec::new();
    let place = |comparisons: &[(String, String, bool)], row: &Row| {
        let (group, part, is_pair) = row.info.comparison();
        (comparisons.iter()).position(|known| {
            (known.0.as_str(), known.1.as_str(), known.2) == (group, part, is_pair)
        })
    };
    for row in &rows {
        if place(&comparisons, row).is_none() {
            let (group, part, is_pair) = row.info.comparison();
            comparisons.push((group.to_owned(), part.to_owned(), is_pair));
        }
    }
    rows.sort_by_key(|row| place(&comparisons, row));
    rows
}

#[cfg(test)]
mod tests;
