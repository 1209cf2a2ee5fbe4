//! The figures without a column in the joined table, by case, metric and circumstances.

use std::collections::BTreeMap;
use std::path::Path;

use crate::store::{self, Error, RowFile};
use crate::{CaseId, Dimensions, Metric, Value};

#[derive(Default)]
pub(super) struct Figures {
    cases: BTreeMap<CaseId, Vec<(Metric, Dimensions, Value)>>,
}

impl Figures {
    /// Reads `files` from `folder`; a missing one adds nothing.
    pub(super) fn read<const N: usize>(folder: &Path, files: [RowFile; N]) -> Result<Self, Error> {
        let mut figures = Self::default();
        for file in files {
            match store::read_current_rows(folder, file) {
                Err(Error::Missing { .. }) => {}
                rows => {
                    for row in rows? {
                        let figure = (row.metric, row.at, row.value);
                        figures.cases.entry(row.case).or_default().push(figure);
                    }
                }
            }
        }
        Ok(figures)
    }

    /// A metric by input size, in multiples of the case's own size, sorted; `None` if measured on one
    /// size only.
    pub(super) fn growth(&self, case: &CaseId, metric: Metric) -> Option<Vec<(u32, u64)>> {
        let mut growth: Vec<_> = (self.of(case, metric))
            .filter_map(|(at, value)| Some((at.size?, value.count()?)))
            .collect();
        growth.sort_unstable();
        (growth.len() > 1).then_some(growth)
    }

    /// The time of a call in each sample, sorted.
    pub(super) fn samples(&self, case: &CaseId) -> Vec<f64> {
        let mut samples: Vec<_> = (self.of(case, Metric::Time))
            .filter(|(at, _)| at.sample.is_some())
            .map(|(_, value)| value.as_f64())
            .collect();
        samples.sort_by(f64::total_cmp);
        samples
    }

    /// The time of a call by number of threads, sorted; empty if not measured.
    pub(super) fn by_threads(&self, case: &CaseId) -> Vec<(u32, f64)> {
        let mut series: Vec<_> = (self.of(case, Metric::Time))
            .filter_map(|(at, value)| Some((at.threads?, value.as_f64())))
            .collect();
        series.sort_by_key(|(threads, _)| *threads);
        series
    }

    /// The cases with any figure, sorted.
    pub(super) fn cases(&self) -> impl Iterator<Item = &CaseId> {
        self.cases.keys()
    }

    fn of(&self, case: &CaseId, metric: Metric) -> impl Iterator<Item = (Dimensions, Value)> {
        let figures = self.cases.get(case).into_iter().flatten();
        figures
            .filter(move |(own, _, _)| *own == metric)
            .map(|(_, at, value)| (*at, *value))
    }
}

/// The interquartile range of a case's times, as a share of the median. `None` with fewer than four
/// samples.
pub(super) fn spread(sorted: &[f64]) -> Option<f64> {
    let quarter = sorted.len() / 4;
    (quarter > 0).then(|| {
        let range = sorted[sorted.len() - 1 - quarter] - sorted[quarter];
        range / median(sorted)
    })
}

/// The median of the samples; for an even number, the lower of the middle two.
pub(super) fn median(sorted: &[f64]) -> f64 {
    sorted
        .get(sorted.len().saturating_sub(1) / 2)
        .copied()
        .unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_is_that_of_the_middle_half() {
        let samples = [1.0, 9.0, 10.0, 10.0, 10.0, 10.0, 11.0, 500.0];
        assert_eq!(median(&samples), 10.0);
        assert_eq!(spread(&samples), Some(0.0));
        let wide = [5.0, 8.0, 10.0, 12.0, 14.0, 20.0, 30.0, 40.0];
        assert_eq!(spread(&wide), Some((20.0 - 10.0) / 12.0));
        assert_eq!(spread(&[1.0, 2.0]), None);
    }

    #[test]
    fn series_are_told_apart_by_their_circumstances() {
        let case = CaseId::new("sum", "plain", "all");
        let at = |size, threads, sample| Dimensions {
            size,
            threads,
            sample,
        };
        let time = |nanoseconds| Value::Measured(nanoseconds);
        let rows = vec![
            (Metric::PeakBytes, at(Some(4), None, None), Value::Count(40)),
            (Metric::PeakBytes, at(Some(1), None, None), Value::Count(10)),
            (
                Metric::Allocations,
                at(Some(1), None, None),
                Value::Count(1),
            ),
            (Metric::Time, at(None, Some(2), None), time(5.0)),
            (Metric::Time, at(None, Some(1), None), time(9.0)),
            (Metric::Time, at(None, None, Some(0)), time(8.0)),
            (Metric::Time, at(None, None, Some(1)), time(7.0)),
        ];
        let figures = Figures {
            cases: [(case.clone(), rows)].into(),
        };
        let peaks = figures.growth(&case, Metric::PeakBytes);
        assert_eq!(peaks, Some(vec![(1, 10), (4, 40)]));
        assert_eq!(figures.growth(&case, Metric::Allocations), None);
        assert_eq!(figures.samples(&case), [7.0, 8.0]);
        assert_eq!(figures.by_threads(&case), [(1, 9.0), (2, 5.0)]);
        let other = CaseId::new("sum", "other", "all");
        assert!(figures.by_threads(&other).is_empty());
    }
}
