//! Compares two results: their origins, one row per case and metric, and the geometric mean of each
//! metric.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use super::baseline::{KEY, read_key};
use super::key::Key;
use crate::report::{markdown, plain};
use crate::store::{self, Doubt, Error, RunRecord};
use crate::{CaseId, Dimensions, Figure, Lens, Metric, Value};

/// One figure on both sides.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The case.
    pub case: CaseId,
    /// What was measured.
    pub metric: Metric,
    /// The circumstances of the figure.
    pub at: Dimensions,
    /// The figure of the first results, if it is there.
    pub before: Option<Value>,
    /// The figure of the second results, if it is there.
    pub after: Option<Value>,
}

impl Row {
    /// The second figure divided by the first; `None` if a side is missing, or if only the first is
    /// zero.
    pub fn ratio(&self) -> Option<f64> {
        let (before, after) = (self.before?, self.after?);
        if before == after {
            return Some(1.0);
        }
        let (before, after) = (before.as_f64(), after.as_f64());
        (before != 0.0).then(|| after / before)
    }
}

/// A folder of results, or a baseline: its figures and their origin.
#[derive(Clone, Debug, Default)]
pub struct Results {
    /// The rows of all lenses.
    pub figures: Vec<Figure>,
    /// What the figures depend on besides the source, each with its name.
    pub environment: Vec<(String, String)>,
    /// Why the rows may not be from one run.
    pub doubts: Vec<Doubt>,
}

impl Results {
    /// Reads what is in `folder`. A baseline has no times.
    ///
    /// # Errors
    ///
    /// Those of [`store::read_rows`], [`store::read_record`] and [`read_key`].
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let mut lenses = Vec::new();
        for lens in [Lens::Heap, Lens::Instructions, Lens::Time] {
            match store::read_current_rows(folder, lens) {
                Err(Error::Missing { .. }) if lens == Lens::Time => {}
                rows => lenses.push((lens, rows?)),
            }
        }
        let (environment, doubts) = match store::read_record(folder) {
            Err(Error::Missing { .. }) if folder.join(KEY).exists() => {
                (of_key(&read_key(folder)?), Vec::new())
            }
            record => {
                let record = record?;
                let views: Vec<(Lens, &[Figure])> = (lenses.iter())
                    .map(|(lens, rows)| (*lens, rows.as_slice()))
                    .collect();
                (of_record(&record), store::doubts(&record, &views))
            }
        };
        Ok(Self {
            figures: lenses.into_iter().flat_map(|(_, rows)| rows).collect(),
            environment,
            doubts,
        })
    }
}

fn of_record(record: &RunRecord) -> Vec<(String, String)> {
    let environment = &record.environment;
    let mut environment = vec![
        ("cpu".to_owned(), environment.cpu.clone()),
        ("kernel".to_owned(), environment.kernel.clone()),
    ];
    environment.extend(of_key(&Key::of(record)));
    for (lens, run) in record
        .lenses
        .iter()
        .filter(|(lens, _)| **lens != Lens::Instructions)
    {
        environment.push((format!("cpu_features of {lens}"), run.features.clone()));
    }
    environment
}

fn of_key(key: &Key) -> Vec<(String, String)> {
    let fields = key.fields().into_iter();
    fields
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Two results side by side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// Properties of the environment that differ: name, before, after.
    pub environment_differences: Vec<(String, String, String)>,
    /// Why the rows of either side may not be from one run.
    pub doubts: [Vec<Doubt>; 2],
    /// Sorted by lens, case and metric; includes rows that only one side has.
    pub rows: Vec<Row>,
}

impl Comparison {
    /// Puts two results side by side. Cost: sorting the figures.
    pub fn new(before: &Results, after: &Results) -> Self {
        let differing = |(name, old): &(String, String)| {
            let (_, new) = (after.environment.iter()).find(|(other, _)| other == name)?;
            (old != new).then(|| (name.clone(), old.clone(), new.clone()))
        };
        Self {
            environment_differences: before.environment.iter().filter_map(differing).collect(),
            doubts: [before.doubts.clone(), after.doubts.clone()],
            rows: rows(&before.figures, &after.figures),
        }
    }

    /// The geometric mean of the ratios of each metric, with the number of rows in it and the
    /// number of rows left out because they have no positive ratio.
    ///
    /// Metrics are not mixed, so a case with three heap figures does not weigh three times as much.
    pub fn means(&self) -> Vec<Mean> {
        let mut means: BTreeMap<(Lens, Metric), Mean> = BTreeMap::new();
        for row in &self.rows {
            let mean = means
                .entry((row.metric.lens(), row.metric))
                .or_insert_with(|| Mean {
                    metric: row.metric,
                    logarithms: 0.0,
                    compared: 0,
                    left_out: 0,
                });
            match row.ratio() {
                Some(ratio) if ratio.is_finite() && ratio > 0.0 => {
                    mean.logarithms += ratio.ln();
                    mean.compared += 1;
                }
                _ => mean.left_out += 1,
            }
        }
        means.into_values().collect()
    }

    /// Differences between the environments, the figures that differ, and the means, as Markdown.
    pub fn to_markdown(&self) -> String {
        let mut text = self.origins();
        text.push_str("| case | metric | before | after | change |\n");
        text.push_str("| --- | --- | ---: | ---: | ---: |\n");
        let changed: Vec<_> = (self.rows.iter())
            .filter(|row| row.before != row.after)
            .collect();
        let figure = |value: Option<Value>| value.map_or("missing".to_owned(), |v| v.to_string());
        for row in &changed {
            let change = row.ratio().map_or("n/a".to_owned(), |ratio| {
                format!("{:+.2} %", (ratio - 1.0) * 100.0)
            });
            let (before, after) = (figure(row.before), figure(row.after));
            let case = markdown(&row.case.to_string());
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "| {case} | {}{} | {before} | {after} | {change} |",
                row.metric, row.at
            );
        }
        let equal = self.rows.len() - changed.len();
        let _ = writeln!(
            text,
            "\n{equal} of {} figures are equal.\n",
            self.rows.len()
        );
        text.push_str("| lens | metric | geometric mean | figures | without a ratio |\n");
        text.push_str("| --- | --- | ---: | ---: | ---: |\n");
        for mean in self.means() {
            let ratio = mean
                .ratio()
                .map_or("n/a".to_owned(), |ratio| format!("{ratio:.4}"));
            let lens = mean.metric.lens();
            let _ = writeln!(
                text,
                "| {lens} | {} | {ratio} | {} | {} |",
                mean.metric, mean.compared, mean.left_out
            );
        }
        text
    }

    fn origins(&self) -> String {
        let mut text = String::new();
        if !self.environment_differences.is_empty() {
            text.push_str("Not measured in the same environment:\n\n");
            text.push_str("| | before | after |\n| --- | --- | --- |\n");
            for (name, before, after) in &self.environment_differences {
                let [name, before, after] = [name, before, after].map(|text| markdown(text));
                let _ = writeln!(text, "| {name} | {before} | {after} |");
            }
            text.push('\n');
        }
        for (side, doubts) in ["before", "after"].into_iter().zip(&self.doubts) {
            for doubt in doubts {
                let doubt = doubt.to_string();
                let _ = writeln!(text, "{side}: not from one run: {}\n", plain(&doubt));
            }
        }
        text
    }
}

/// The geometric mean of one metric's ratios.
#[derive(Clone, Debug, PartialEq)]
pub struct Mean {
    /// The metric.
    pub metric: Metric,
    logarithms: f64,
    /// How many rows are in the mean.
    pub compared: usize,
    /// How many rows have no positive ratio: one side is missing or zero.
    pub left_out: usize,
}

impl Mean {
    /// The mean; `None` where no row has a ratio.
    pub fn ratio(&self) -> Option<f64> {
        (self.compared > 0).then(|| (self.logarithms / self.compared as f64).exp())
    }
}

/// The figures of both sides, place by place; sorted by lens, case and metric.
pub(crate) fn rows(before: &[Figure], after: &[Figure]) -> Vec<Row> {
    let (before, after) = (by_place(before), by_place(after));
    let places: BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
    (places.into_iter())
        .map(|place @ (_, case, metric, at)| Row {
            case: case.clone(),
            metric,
            at,
            before: before.get(&place).copied(),
            after: after.get(&place).copied(),
        })
        .collect()
}

type Place<'a> = (Lens, &'a CaseId, Metric, Dimensions);

fn by_place(rows: &[Figure]) -> BTreeMap<Place<'_>, Value> {
    rows.iter()
        .map(|row| {
            (
                (row.metric.lens(), &row.case, row.metric, row.at),
                row.value,
            )
        })
        .collect()
}

#[cfg(test)]
mod tests;
