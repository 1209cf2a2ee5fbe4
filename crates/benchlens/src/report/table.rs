//! The joined table: the cost of each case in all lenses, side by side.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;

use columns::{COLUMNS, Column};
use notes::Notes;

use super::grid::{Grid, Look};
use super::{markdown, plain};
use crate::store::{self, Doubt, Error, RunRecord};
use crate::{CaseId, CaseInfo, Dimensions, Figure, Lens, Metric, Role, SuiteInfo, Value, Work};

/// The format of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For a terminal.
    Text,
    /// For a README.
    Markdown,
    /// An array of rows, null where not measured.
    #[cfg(feature = "profiles")]
    Json,
    /// The same with the declaration of each case: group, subject, input, role, throughput.
    #[cfg(feature = "profiles")]
    Declared,
    /// One row per line, empty where not measured.
    #[cfg(feature = "profiles")]
    Csv,
}

/// One case in all lenses.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its declaration.
    pub info: CaseInfo,
    figures: Vec<Figure>,
    /// Why lenses have no figure for it.
    failures: Vec<(Lens, String)>,
    /// The figures that it is compared with.
    before: Vec<Figure>,
}

impl Row {
    /// Its figure of a metric at its own input size; `None` if not measured.
    pub fn figure(&self, metric: Metric) -> Option<&Figure> {
        let plain = Dimensions::default();
        (self.figures.iter()).find(|figure| figure.metric == metric && figure.at == plain)
    }

    /// The value of a metric; `None` if not measured.
    pub fn value(&self, metric: Metric) -> Option<Value> {
        self.figure(metric).map(|figure| figure.value)
    }

    /// The count of a metric; `None` if not measured.
    pub fn count(&self, metric: Metric) -> Option<u64> {
        self.value(metric)?.count()
    }

    /// Nanoseconds per call.
    pub fn time(&self) -> Option<f64> {
        self.value(Metric::Time).map(Value::as_f64)
    }

    /// Its work per second in each unit, in the order of the declaration.
    pub fn rates(&self) -> impl Iterator<Item = (&Work, f64)> {
        let time = self.time();
        (self.info.work.iter()).filter_map(move |work| Some((work, work.per_second(time?))))
    }

    /// Whether all of its counts are exact, or why not; `None` if nothing was counted.
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

    /// The subject as shown: with its group before it and its role after it.
    pub fn subject(&self) -> String {
        let id = self.info.id.without_input();
        match self.info.role {
            Role::Subject => id.to_string(),
            Role::Control => format!("{id} (control)"),
            Role::Peer => format!("{id} (peer)"),
        }
    }

    /// The key of the rows shown together: a comparison, or all pairs of a group.
    pub fn block(&self) -> (&str, &str, bool) {
        match self.info.comparison() {
            (group, _, true) => (group, "", true),
            comparison => comparison,
        }
    }
}

/// The rows of one suite, and their origin.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// The package of the suite.
    pub package: String,
    /// The suite's name, by default that of its bench target.
    pub suite: String,
    /// The rows, grouped by comparison.
    pub rows: Vec<Row>,
    /// The machine and the last run of each lens.
    pub record: RunRecord,
    /// Reasons to doubt the figures.
    pub doubts: Vec<Doubt>,
    /// The names of the baselines that the rows are compared with.
    baselines: Vec<String>,
}

impl Table {
    /// Joins the results of the lenses in `folder`.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] if there are no results, and those of [`store::read_current_rows`].
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let mut lenses: Vec<(Lens, Vec<Figure>)> = Vec::new();
        let mut missing = None;
        for lens in Lens::ALL {
            match store::read_current_rows(folder, lens) {
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
        let mut figures = Vec::new();
        for (_, rows) in lenses {
            figures.extend(rows);
        }
        Ok(Self {
            doubts,
            ..Self::of(suite, figures, record)
        })
    }

    /// The figures of a suite, and the reasons for missing ones.
    pub(crate) fn of(suite: SuiteInfo, figures: Vec<Figure>, record: RunRecord) -> Self {
        let mut failures = Vec::new();
        for (lens, run) in &record.lenses {
            let of_cases = run.failures.iter();
            failures.extend(
                of_cases.filter_map(|it| Some((*lens, it.case.clone()?, it.reason.clone()))),
            );
        }
        Self {
            package: suite.package,
            suite: suite.suite,
            rows: join(suite.cases, figures, failures),
            record,
            ..Self::default()
        }
    }

    /// Shows the change of each figure from the baseline `name`, which has these `figures`.
    pub fn compare_with(&mut self, name: &str, figures: Vec<Figure>) {
        if figures.is_empty() {
            return;
        }
        for figure in figures {
            if let Some(row) = (self.rows.iter_mut()).find(|row| row.info.id == figure.case) {
                row.before.push(figure);
            }
        }
        self.baselines.push(name.to_owned());
    }

    /// The name of its package and bench target.
    pub fn name(&self) -> String {
        format!("{}/{}", self.package, self.suite)
    }

    /// Keeps only the rows whose case is selected.
    pub fn retain(&mut self, select: impl Fn(&CaseId) -> bool) {
        self.rows.retain(|row| select(&row.info.id));
    }

    /// Whether no other row of the comparison has less of `metric`. Never true without other rows, or
    /// for a control.
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

    /// Renders the table in a format.
    pub fn render(&self, format: Format) -> String {
        render(std::slice::from_ref(self), format)
    }

    fn sizes_of_blocks(&self) -> HashMap<(&str, &str, bool), usize> {
        let mut sizes = HashMap::new();
        for row in &self.rows {
            *sizes.entry(row.block()).or_default() += 1;
        }
        sizes
    }

    fn legend(&self, text: &mut String, name: &str, safe: &dyn Fn(&str) -> String) {
        for (lens, run) in &self.record.lenses {
            for failure in run.failures.iter().filter(|it| it.case.is_none()) {
                let _ = writeln!(text, "{}{lens}: {}", safe(name), safe(&failure.reason));
            }
        }
        for doubt in &self.doubts {
            let _ = writeln!(text, "{}not from one run: {doubt}", safe(name));
        }
        self.compared(text, name, safe);
    }
}

/// Renders the tables of a workspace's bench targets as one. If there are several, each row names its
/// target.
pub fn render(tables: &[Table], format: Format) -> String {
    match format {
        Format::Text => text(tables, Look::Plain, &|text| plain(text).into_owned()),
        Format::Markdown => text(tables, Look::Markdown, &markdown),
        #[cfg(feature = "profiles")]
        Format::Json => flat::json(tables, flat::rows),
        #[cfg(feature = "profiles")]
        Format::Csv => flat::csv(tables),
        #[cfg(feature = "profiles")]
        Format::Declared => flat::json(tables, flat::declared),
    }
}

fn text(tables: &[Table], look: Look, safe: &dyn Fn(&str) -> String) -> String {
    let has_work = |row: &Row| !row.info.work.is_empty();
    let columns: Vec<&Column> = (COLUMNS.iter())
        .filter(|column| !column.is_optional || rows(tables).any(has_work))
        .collect();
    let are_several = tables.len() > 1;
    let names: &[&str] = match are_several {
        true => &["bench", "subject", "input"],
        false => &["subject", "input"],
    };
    let titles = columns.iter().map(|column| &column.title);
    let header = names.iter().chain(titles).map(|title| (*title).to_owned());
    let mut grid = Grid::new(look, names.len(), header.collect());
    let mut has_best = false;
    let mut previous = None;
    let mut notes = Notes::default();
    for (place, table) in tables.iter().enumerate() {
        let bench = are_several.then(|| safe(&table.name()));
        let sizes = table.sizes_of_blocks();
        for row in &table.rows {
            let block = (place, row.block());
            let is_alone = sizes[&row.block()] == 1;
            // Rows without a comparison need no space between them.
            if previous
                .is_some_and(|(before, was_alone)| before != block && !(is_alone && was_alone))
            {
                grid.add(Vec::new());
            }
            let mut cells: Vec<String> = bench.iter().cloned().collect();
            cells.extend([safe(&row.subject()), safe(&row.info.id.input)]);
            for column in &columns {
                let cell = column.text(table, row, &mut notes);
                has_best |= cell.starts_with(columns::BEST);
                cells.push(cell);
            }
            grid.add(cells);
            previous = Some((block, is_alone));
        }
    }
    let mut text = String::new();
    // The output must not depend on the terminal's width.
    for line in grid.lines() {
        let _ = writeln!(text, "{line}");
    }
    text.push('\n');
    legend(tables, has_best, &mut text, safe);
    notes.write(&mut text, safe);
    text
}

fn legend(tables: &[Table], has_best: bool, text: &mut String, safe: &dyn Fn(&str) -> String) {
    let mut unavailable: Vec<(Lens, &str)> = Vec::new();
    for (lens, run) in tables.iter().flat_map(|table| &table.record.lenses) {
        if let Some(reason) = run.unavailable.as_deref()
            && let Err(place) = unavailable.binary_search(&(*lens, reason))
        {
            unavailable.insert(place, (*lens, reason));
        }
    }
    for (lens, reason) in unavailable {
        let _ = writeln!(text, "{lens} n/a: {}", safe(reason));
    }
    for table in tables {
        let name = match tables.len() {
            1 => String::new(),
            _ => format!("{}: ", table.name()),
        };
        table.legend(text, &name, safe);
    }
    if has_best {
        text.push_str("* best of its group. A group is one job on one input.\n");
    }
    let any = |is: fn(&Row) -> bool| rows(tables).any(is);
    if any(|row| matches!(row.exactness(), Some(Err(_)))) {
        text.push_str("~ differs from run to run: shown, not judged.\n");
    }
    if any(|row| row.count(Metric::RuntimeAllocations).is_some()) {
        text.push_str("+n: blocks of the threads' runtime.\n");
    }
}

fn rows(tables: &[Table]) -> impl Iterator<Item = &Row> {
    tables.iter().flat_map(|table| &table.rows)
}

/// A row for each case with figures or failures. Rows of a comparison are together, in the order of
/// declaration.
pub(crate) fn join(
    cases: Vec<CaseInfo>,
    figures: Vec<Figure>,
    failures: Vec<(Lens, CaseId, String)>,
) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    // A map, since a bench may have thousands of cases.
    let mut places: HashMap<CaseId, usize> = HashMap::new();
    let mut place = |rows: &mut Vec<Row>, info: CaseInfo| {
        *places.entry(info.id.clone()).or_insert_with(|| {
            rows.push(Row {
                info,
                figures: Vec::new(),
                failures: Vec::new(),
                before: Vec::new(),
            });
            rows.len() - 1
        })
    };
    for info in cases {
        place(&mut rows, info);
    }
    // Figures without a declaration are shown too.
    for figure in figures {
        let at = place(&mut rows, CaseInfo::of(figure.case.clone()));
        rows[at].figures.push(figure);
    }
    for (lens, case, reason) in failures {
        let at = place(&mut rows, CaseInfo::of(case));
        rows[at].failures.push((lens, reason));
    }
    rows.retain(|row| !row.figures.is_empty() || !row.failures.is_empty());
    let mut comparisons: Vec<Vec<Row>> = Vec::new();
    for row in rows {
        let is_of = |known: &&mut Vec<Row>| known[0].info.comparison() == row.info.comparison();
        match comparisons.iter_mut().find(is_of) {
            Some(known) => known.push(row),
            None => comparisons.push(vec![row]),
        }
    }
    let mut rows = Vec::new();
    for comparison in comparisons {
        rows.extend(comparison);
    }
    rows
}

mod change;
mod columns;
#[cfg(feature = "profiles")]
mod flat;
mod notes;
#[cfg(test)]
mod tests;
