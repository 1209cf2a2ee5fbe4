//! The joined table: what each subject costs on each input, through all lenses side by side.

use std::fmt::Write as _;
use std::path::Path;

use comfy_table::{CellAlignment, Table as Grid, TableStyle, presets};
use serde::Serialize;

use super::units;
use crate::measurement::{self, Lens, Measurement};
use crate::store::{self, Error, Sheet};

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

/// One case in all lenses; what was not measured is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Row {
    /// Subject and input.
    pub case: String,
    /// The subject.
    pub subject: String,
    /// The input.
    pub input: String,
    /// Nanoseconds a call.
    pub time_ns: Option<f64>,
    /// Bytes of input a second.
    pub bytes_per_second: Option<f64>,
    /// Heap blocks a call; of a threaded counter its own.
    #[serde(serialize_with = "whole")]
    pub allocations: Option<f64>,
    /// Heap bytes a call; of a threaded counter its own.
    #[serde(serialize_with = "whole")]
    pub allocated_bytes: Option<f64>,
    /// The most heap bytes live at once.
    #[serde(serialize_with = "whole")]
    pub peak_bytes: Option<f64>,
    /// Instructions a call, on all threads.
    #[serde(serialize_with = "whole")]
    pub instructions: Option<f64>,
    /// Documents a second, where the input consists of documents.
    #[serde(skip)]
    pub documents_per_second: Option<f64>,
    /// Heap blocks of the threads' runtime, which differ from run to run.
    #[serde(skip)]
    pub runtime_allocations: Option<f64>,
}

impl Row {
    /// The job and the input: rows of one group do the same work, the control and the peers with the
    /// rewriters, and both sides of a pair.
    pub fn group(&self) -> (&str, &str) {
        match self.subject.split_once('/') {
            Some(("inlining", _)) => (&self.subject, ""),
            Some(("freq", _)) => ("freq", &self.input),
            _ => ("rewrite", &self.input),
        }
    }

    /// The job and the input of rows that are shown together: a group, or all pairs, which are too
    /// small to stand alone.
    pub fn block(&self) -> (&str, &str) {
        match self.group() {
            (job, "") => (job.split('/').next().unwrap_or(job), ""),
            group => group,
        }
    }

    /// Whether the row is a floor to compare with and no algorithm.
    pub fn is_control(&self) -> bool {
        self.subject.starts_with("control/")
    }
}

fn whole<S: serde::Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    value.map(|value| value as u64).serialize(serializer)
}

/// The joined rows and the sheet of the run.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// In groups of one job and input.
    pub rows: Vec<Row>,
    /// The machine and the state of each lens.
    pub sheet: Sheet,
}

impl Table {
    /// Joins what the lenses left in `folder`.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] if no lens left anything, and whatever [`store::read_rows`] finds wrong.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let mut measurements = Vec::new();
        let mut missing = None;
        for lens in [Lens::Time, Lens::Heap, Lens::Instructions] {
            match store::read_rows(folder, lens) {
                Ok(rows) => measurements.extend(rows),
                Err(error @ Error::Missing { .. }) => missing = Some(error),
                Err(error) => return Err(error),
            }
        }
        match missing {
            Some(error) if measurements.is_empty() => Err(error),
            _ => Ok(Self {
                rows: join(&measurements),
                sheet: store::read_sheet(folder)?,
            }),
        }
    }

    /// Keeps only the rows whose case is selected.
    pub fn retain(&mut self, select: impl Fn(&str) -> bool) {
        self.rows.retain(|row| select(&row.case));
    }

    /// Whether no other row of the group has less of `metric`; never so where there is no other, and
    /// never of the control.
    pub fn is_best(&self, row: &Row, metric: fn(&Row) -> Option<f64>) -> bool {
        let group = || {
            (self.rows.iter()).filter(|other| !other.is_control() && other.group() == row.group())
        };
        let best = group().filter_map(metric).fold(f64::MAX, f64::min);
        !row.is_control() && group().count() > 1 && metric(row).is_some_and(|value| value <= best)
    }

    /// The table as text in a format.
    pub fn render(&self, format: Format) -> String {
        match format {
            Format::Text => self.text(presets::NOTHING),
            Format::Markdown => self.text(presets::ASCII_MARKDOWN),
            Format::Json => {
                let mut json = serde_json::to_string_pretty(&self.rows).unwrap_or_default();
                json.push('\n');
                json
            }
            Format::Csv => self.csv(),
        }
    }

    fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for row in &self.rows {
            // Writing to memory does not fail, and every row has the same columns.
            let _ = writer.serialize(row);
        }
        let bytes = writer.into_inner().unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn text(&self, style: TableStyle) -> String {
        let mut text = String::new();
        let mut grid = Grid::new();
        grid.load_style(style).set_header(HEADER);
        for column in grid.column_iter_mut().skip(2) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        let mut previous = None;
        for row in &self.rows {
            let block = row.block();
            if previous.is_some_and(|previous| previous != block) {
                grid.add_row([""; HEADER.len()]);
            }
            grid.add_row(self.cells(row));
            previous = Some(block);
        }
        // A terminal's width must not change what a pipe gets.
        for line in grid.to_string().lines() {
            let _ = writeln!(text, "{}", line.trim_end());
        }
        text.push('\n');
        for (lens, run) in &self.sheet.lenses {
            if let Some(reason) = &run.unavailable {
                let _ = writeln!(text, "{lens} n/a: {reason}");
            }
        }
        text.push_str("* best of its group. A group is one job on one input.\n");
        if self
            .rows
            .iter()
            .any(|row| row.runtime_allocations.is_some())
        {
            text.push_str("+n: blocks of the threads' runtime; they differ from run to run.\n");
        }
        text
    }

    fn cells(&self, row: &Row) -> [String; HEADER.len()] {
        let cell = |metric: fn(&Row) -> Option<f64>, unit: fn(f64) -> String| match metric(row) {
            None => "n/a".to_owned(),
            Some(value) => {
                let mark = if self.is_best(row, metric) { "* " } else { "" };
                format!("{mark}{}", unit(value))
            }
        };
        let throughput = match (row.documents_per_second, row.bytes_per_second) {
            (Some(documents), Some(bytes)) => {
                format!(
                    "{} docs/s, {}",
                    units::count(documents),
                    units::bytes_per_second(bytes)
                )
            }
            (None, Some(bytes)) => units::bytes_per_second(bytes),
            _ => "n/a".to_owned(),
        };
        let mut allocations = cell(|row| row.allocations, units::count);
        if let Some(runtime) = row.runtime_allocations {
            let _ = write!(allocations, " +{}", units::count(runtime));
        }
        [
            row.subject.clone(),
            row.input.clone(),
            cell(|row| row.time_ns, units::time),
            throughput,
            allocations,
            cell(|row| row.allocated_bytes, units::bytes),
            cell(|row| row.peak_bytes, units::bytes),
            cell(|row| row.instructions, units::count),
        ]
    }
}

const HEADER: [&str; 8] = [
    "subject",
    "input",
    "time/op",
    "throughput",
    "allocs/op",
    "bytes/op",
    "peak bytes",
    "instructions/op",
];

fn join(measurements: &[Measurement]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for measurement in measurements {
        let index = rows
            .iter()
            .position(|row| row.case == measurement.case)
            .unwrap_or_else(|| {
                let (subject, input) = measurement
                    .case
                    .rsplit_once('/')
                    .unwrap_or((&measurement.case, ""));
                rows.push(Row {
                    case: measurement.case.clone(),
                    subject: subject.to_owned(),
                    input: input.to_owned(),
                    ..Row::default()
                });
                rows.len() - 1
            });
        let row = &mut rows[index];
        let slot = match measurement.metric.as_str() {
            "time_ns" => &mut row.time_ns,
            "bytes_per_second" => &mut row.bytes_per_second,
            "documents_per_second" => &mut row.documents_per_second,
            "allocations" => &mut row.allocations,
            "allocated_bytes" => &mut row.allocated_bytes,
            "peak_bytes" => &mut row.peak_bytes,
            "runtime_allocations" => &mut row.runtime_allocations,
            measurement::INSTRUCTIONS | measurement::UNSTEADY_INSTRUCTIONS => &mut row.instructions,
            _ => continue,
        };
        *slot = Some(measurement.value);
    }
    // The rows of a group stand together whatever the order in which the lenses came to them.
    let mut groups: Vec<(String, String)> = Vec::new();
    let place = |groups: &[(String, String)], row: &Row| {
        let (job, input) = row.group();
        groups
            .iter()
            .position(|group| group.0 == job && group.1 == input)
    };
    for row in &rows {
        if place(&groups, row).is_none() {
            let (job, input) = row.group();
            groups.push((job.to_owned(), input.to_owned()));
        }
    }
    rows.sort_by_key(|row| place(&groups, row));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let row = |case: &str, lens, metric: &str, value| {
            Measurement::new(case, lens, metric, value, "", true)
        };
        let rows = join(&[
            row("rewrite/alg_two/seed", Lens::Time, "time_ns", 150.0),
            row("rewrite/alg_two/dense", Lens::Time, "time_ns", 1e6),
            row("peer/regex/seed", Lens::Time, "time_ns", 100.0),
            row("control/copy/seed", Lens::Time, "time_ns", 1.0),
            row("rewrite/alg_two/seed", Lens::Heap, "allocations", 0.0),
            row("rewrite/alg_one/seed", Lens::Heap, "allocations", 2.0),
        ]);
        Table {
            rows,
            sheet: Sheet::default(),
        }
    }

    #[test]
    fn rows_are_joined_and_grouped() {
        let cases: Vec<_> = table().rows.into_iter().map(|row| row.case).collect();
        assert_eq!(
            cases,
            [
                "rewrite/alg_two/seed",
                "peer/regex/seed",
                "control/copy/seed",
                "rewrite/alg_one/seed",
                "rewrite/alg_two/dense",
            ]
        );
    }

    #[test]
    fn the_best_is_marked_and_zero_is_zero() {
        let text = table().render(Format::Text);
        let line = |name: &str| {
            text.lines()
                .find(|line| line.contains(name))
                .unwrap()
                .to_owned()
        };
        assert!(line("alg_two  ").contains("* 0"), "{text}");
        assert!(line("regex").contains("* 100 ns"), "{text}");
        assert!(!line("copy").contains('*'), "{text}");
        assert!(line("alg_one").contains("n/a"), "{text}");
    }

    #[test]
    fn all_pairs_are_one_block_and_each_has_its_own_best() {
        let row = |case: &str, value| {
            Measurement::new(case, Lens::Heap, "allocations", value, "blocks", true)
        };
        let rows = join(&[
            row("freq/pull/feeds", 9.0),
            row("inlining/boxed_reader/called", 1.0),
            row("inlining/boxed_reader/inlined", 0.0),
            row("inlining/alg_one/called", 2.0),
            row("inlining/alg_one/inlined", 1.0),
        ]);
        let sheet = Sheet::default();
        let text = Table { rows, sheet }.render(Format::Text);
        let lines: Vec<_> = text.lines().map(|line| line.replace(' ', "")).collect();
        assert!(
            lines[1].starts_with("freq") && lines[2].is_empty(),
            "{text}"
        );
        let marked: Vec<_> = lines[3..7].iter().map(|line| line.contains('*')).collect();
        assert_eq!(marked, [false, true, false, true], "{text}");
    }

    #[test]
    fn json_has_null_where_nothing_was_measured() {
        let rows: serde_json::Value = serde_json::from_str(&table().render(Format::Json)).unwrap();
        let first = rows[0].as_object().unwrap();
        let mut keys: Vec<_> = first.keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(
            keys,
            [
                "allocated_bytes",
                "allocations",
                "bytes_per_second",
                "case",
                "input",
                "instructions",
                "peak_bytes",
                "subject",
                "time_ns"
            ]
        );
        assert_eq!(first["allocations"], 0);
        assert!(first["instructions"].is_null());
    }

    #[test]
    fn a_folder_without_results_is_no_empty_table() {
        let folder = tempfile::tempdir().unwrap();
        let error = Table::read(folder.path()).unwrap_err();
        assert!(matches!(error, Error::Missing { .. }), "{error}");
    }
}
