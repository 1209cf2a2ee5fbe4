//! The figures that the joined table has no column for, by case and metric.

use std::collections::BTreeMap;
use std::path::Path;

use crate::store::{self, Error, RowFile};

#[derive(Default)]
pub(super) struct Figures(BTreeMap<String, BTreeMap<String, f64>>);

impl Figures {
    /// Reads `files` from `folder`; one that is not there adds nothing.
    pub(super) fn read<const N: usize>(folder: &Path, files: [RowFile; N]) -> Result<Self, Error> {
        let mut figures = Self::default();
        for file in files {
            match store::read_rows(folder, file) {
                Err(Error::Missing { .. }) => {}
                rows => {
                    for row in rows? {
                        let metrics = figures.0.entry(row.case).or_default();
                        metrics.insert(row.metric, row.value);
                    }
                }
            }
        }
        Ok(figures)
    }

    pub(super) fn get(&self, case: &str, metric: &str) -> Option<f64> {
        self.0.get(case)?.get(metric).copied()
    }

    /// A metric on the input, twice and four times the input; none if one of them is missing.
    pub(super) fn growth(&self, case: &str, metric: &str) -> Option<[f64; 3]> {
        let at = |size: &str| self.get(case, &format!("{metric}_{size}"));
        Some([at("1n")?, at("2n")?, at("4n")?])
    }

    /// The time of a call in each sample, sorted.
    pub(super) fn samples(&self, case: &str) -> Vec<f64> {
        let mut samples = self.matching(case, "sample_", "_ns");
        samples.sort_by(|(_, left), (_, right)| left.total_cmp(right));
        samples.into_iter().map(|(_, time)| time).collect()
    }

    /// Documents a second by number of threads; one entry a case, sorted by name.
    pub(super) fn by_threads(&self) -> Vec<(&str, Vec<(u64, f64)>)> {
        let series = |case: &String| {
            let mut series = self.matching(case, "documents_per_second_", "_threads");
            series.sort_by_key(|(threads, _)| *threads);
            series
        };
        (self.0.keys())
            .map(|case| (case.as_str(), series(case)))
            .filter(|(_, series)| !series.is_empty())
            .collect()
    }

    fn matching(&self, case: &str, before: &str, after: &str) -> Vec<(u64, f64)> {
        let number = |metric: &str| {
            let number = metric.strip_prefix(before)?.strip_suffix(after)?;
            number.parse().ok()
        };
        (self.0.get(case).into_iter().flatten())
            .filter_map(|(metric, value)| Some((number(metric)?, *value)))
            .collect()
    }
}

/// How far the times of a case lie apart: the range of its middle half, as a share of the median.
/// None with less than four samples.
pub(super) fn spread(sorted: &[f64]) -> Option<f64> {
    let quarter = sorted.len() / 4;
    (quarter > 0).then(|| {
        let range = sorted[sorted.len() - 1 - quarter] - sorted[quarter];
        range / median(sorted)
    })
}

/// The middle of the samples; of an even number the lower of the two.
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
}
