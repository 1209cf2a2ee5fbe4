//! How the figures of a run differ from a saved baseline.

use std::fmt::Write as _;

use super::{Row, Table};
use crate::{Dimensions, Figure, Metric, Value, Worth};

/// The metrics with a column.
const SHOWN: [Metric; 5] = [
    Metric::Time,
    Metric::Allocations,
    Metric::AllocatedBytes,
    Metric::PeakBytes,
    Metric::Instructions,
];

impl Row {
    /// The suffix of a changed figure: ` (+1.50 %)`, or ` (+2)` if a percentage is meaningless.
    /// Figures with a range differ only if the ranges do not overlap.
    pub(super) fn change(&self, metric: Metric) -> Option<String> {
        let (before, low, high) = values(&self.before, metric)?;
        let (now, now_low, now_high) = values(&self.figures, metric)?;
        let varies = low < high || now_low < now_high;
        if before == now || varies && low <= now_high && now_low <= high {
            return None;
        }
        let percent = (now.as_f64() / before.as_f64() - 1.0) * 100.0;
        Some(match (before, now) {
            (Value::Count(before), Value::Count(now)) if before == 0 || percent.abs() < 0.005 => {
                format!(" ({:+})", i128::from(now) - i128::from(before))
            }
            _ => format!(" ({percent:+.2} %)"),
        })
    }

    fn is_compared(&self, metric: Metric) -> bool {
        values(&self.before, metric).is_some() && values(&self.figures, metric).is_some()
    }
}

impl Table {
    /// Adds a line on what the figures are compared with, and how many differ.
    pub(super) fn compared(&self, text: &mut String, bench: &str, safe: &dyn Fn(&str) -> String) {
        if self.baselines.is_empty() {
            return;
        }
        let figures = || (self.rows.iter()).flat_map(|row| SHOWN.map(|metric| (row, metric)));
        let compared = figures().filter(|(row, metric)| row.is_compared(*metric));
        let changed = figures().filter(|(row, metric)| row.change(*metric).is_some());
        let new = self.rows.iter().filter(|row| row.before.is_empty()).count();
        let _ = write!(
            text,
            "{}(change) since `{}`: {} of {} figures differ",
            safe(bench),
            safe(&self.baselines.join("`, `")),
            changed.count(),
            compared.count(),
        );
        let _ = match new {
            0 => writeln!(text, "."),
            1 => writeln!(text, "; 1 case is not in it."),
            _ => writeln!(text, "; {new} cases are not in it."),
        };
    }
}

/// A figure with its lower and upper bound.
fn values(figures: &[Figure], metric: Metric) -> Option<(Value, f64, f64)> {
    let plain = Dimensions::default();
    let find =
        |metric| (figures.iter()).find(|figure| figure.metric == metric && figure.at == plain);
    let figure = find(metric)?;
    let value = figure.value.as_f64();
    let end = |metric| find(metric).map_or(value, |figure| figure.value.as_f64());
    let (low, high) = match (metric, figure.worth) {
        (Metric::Time, _) => (end(Metric::TimeLow), end(Metric::TimeHigh)),
        (_, Worth::Shown(Some((low, high)))) => (low as f64, high as f64),
        _ => (value, value),
    };
    Some((figure.value, low, high))
}
