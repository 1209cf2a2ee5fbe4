//! Two results side by side: one row a case and metric, and the geometric mean of each lens.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::measurement::{Lens, Measurement};

/// One figure on both sides.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Subject and input.
    pub case: String,
    /// The lens.
    pub lens: Lens,
    /// The metric.
    pub metric: String,
    /// The figure of the first results, if it is there.
    pub before: Option<f64>,
    /// The figure of the second results, if it is there.
    pub after: Option<f64>,
}

impl Row {
    /// How many times the first figure the second is; `None` where a side is missing or the first
    /// is zero and the second is not.
    pub fn ratio(&self) -> Option<f64> {
        match (self.before?, self.after?) {
            (before, after) if before == after => Some(1.0),
            (0.0, _) => None,
            (before, after) => Some(after / before),
        }
    }
}

/// Two results side by side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// Sorted by lens, case and metric; nothing that either side has is left out.
    pub rows: Vec<Row>,
}

impl Comparison {
    /// Puts the rows of two results side by side. Sorting is the cost.
    pub fn new(before: &[Measurement], after: &[Measurement]) -> Self {
        let (before, after) = (by_figure(before), by_figure(after));
        let figures: BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
        let rows = (figures.into_iter())
            .map(|figure @ (lens, case, metric)| Row {
                case: case.to_owned(),
                lens,
                metric: metric.to_owned(),
                before: before.get(&figure).copied(),
                after: after.get(&figure).copied(),
            })
            .collect();
        Self { rows }
    }

    /// The geometric mean of the ratios of each lens and metric, with the number of rows in it and the
    /// number of rows that have no positive ratio and so could not be.
    ///
    /// Metrics are not mixed: a case with three heap figures must not weigh three times.
    pub fn means(&self) -> Vec<Mean> {
        let mut means: BTreeMap<(Lens, &str), Mean> = BTreeMap::new();
        for row in &self.rows {
            let mean = means
                .entry((row.lens, &row.metric))
                .or_insert_with(|| Mean {
                    lens: row.lens,
                    metric: row.metric.clone(),
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

    /// The figures that differ and the means, as Markdown.
    pub fn to_markdown(&self) -> String {
        let mut text = String::from("| case | metric | before | after | change |\n");
        text.push_str("| --- | --- | ---: | ---: | ---: |\n");
        let changed: Vec<_> = (self.rows.iter())
            .filter(|row| row.before != row.after)
            .collect();
        let figure = |value: Option<f64>| value.map_or("missing".to_owned(), |v| v.to_string());
        for row in &changed {
            let change = row.ratio().map_or("n/a".to_owned(), |ratio| {
                format!("{:+.2} %", (ratio - 1.0) * 100.0)
            });
            let (before, after) = (figure(row.before), figure(row.after));
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "| {} | {} | {before} | {after} | {change} |",
                row.case, row.metric
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
            let lens = mean.lens;
            let _ = writeln!(
                text,
                "| {lens} | {} | {ratio} | {} | {} |",
                mean.metric, mean.compared, mean.left_out
            );
        }
        text
    }
}

/// The geometric mean of one metric's ratios.
#[derive(Clone, Debug, PartialEq)]
pub struct Mean {
    /// The lens.
    pub lens: Lens,
    /// The metric.
    pub metric: String,
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

fn by_figure(rows: &[Measurement]) -> BTreeMap<(Lens, &str, &str), f64> {
    rows.iter()
        .map(|row| {
            (
                (row.lens, row.case.as_str(), row.metric.as_str()),
                row.value,
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(case: &str, value: f64) -> Measurement {
        Measurement {
            case: case.to_owned(),
            lens: Lens::Instructions,
            metric: "instructions".to_owned(),
            value,
            unit: String::new(),
            exact: true,
        }
    }

    #[test]
    fn the_mean_of_double_and_half_is_one() {
        let before = [row("a", 100.0), row("b", 100.0)];
        let after = [row("a", 200.0), row("b", 50.0)];
        let means = Comparison::new(&before, &after).means();
        assert!((means[0].ratio().unwrap() - 1.0).abs() < 1e-12);
        assert_eq!((means[0].compared, means[0].left_out), (2, 0));
    }

    #[test]
    fn a_missing_case_and_a_first_allocation_are_shown_and_counted() {
        let before = [row("a", 0.0), row("b", 100.0), row("d", 0.0)];
        let after = [row("a", 3.0), row("c", 7.0), row("d", 0.0)];
        let comparison = Comparison::new(&before, &after);
        let means = comparison.means();
        assert_eq!((means[0].compared, means[0].left_out), (1, 3));
        let text = comparison.to_markdown();
        assert!(
            text.contains("| a | instructions | 0 | 3 | n/a |"),
            "{text}"
        );
        assert!(
            text.contains("| b | instructions | 100 | missing | n/a |"),
            "{text}"
        );
        assert!(
            text.contains("| c | instructions | missing | 7 | n/a |"),
            "{text}"
        );
        assert!(text.contains("1 of 4 figures are equal"), "{text}");
    }
}
