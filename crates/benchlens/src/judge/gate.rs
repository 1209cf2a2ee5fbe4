//! The gate: judges the figures of a run against a baseline.
//!
//! Exact heap figures must be equal, and exact instructions must stay within a tolerance. Time is never
//! judged, nor is a figure that is inexact in the baseline. A figure that is no longer exact fails,
//! unless the baseline's value lies within the run's spread. Improvements fail too: a stale baseline
//! would hide the next regression. The gate fails closed: a case or metric missing on either side is a
//! finding, an empty side is an error, results that are not from one complete run are refused, and a
//! different key is always reported.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use thiserror::Error;

use super::sites::Site;
use crate::failure::Failure;
use crate::report::plain;
use crate::store::Doubt;
use crate::{CaseId, Dimensions, Figure, Lens, Metric, Worth};

pub use super::key::Key;

#[cfg(test)]
mod tests;

/// The default tolerance for instructions: half a percent.
pub const TOLERANCE: f64 = 0.005;

/// One side of the comparison: a baseline, or the results of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Side {
    /// What its figures are valid for.
    pub key: Key,
    /// The rows of the heap lens.
    pub heap: Vec<Figure>,
    /// The rows of the instructions lens.
    pub instructions: Vec<Figure>,
    /// Failures that the run recorded for the two lenses.
    pub failures: Vec<Failure>,
    /// Why the rows of the two lenses may not be from one run.
    pub doubts: Vec<Doubt>,
}

impl Side {
    /// Checks that the figures are from one complete run without a failure.
    ///
    /// # Errors
    ///
    /// [`Refusal`], with every reason for it.
    pub fn require_one_whole_run(&self) -> Result<(), Refusal> {
        if self.doubts.is_empty() && self.failures.is_empty() {
            return Ok(());
        }
        let mut failures = self.failures.clone();
        failures.dedup();
        Err(Refusal {
            doubts: self.doubts.clone(),
            failures,
        })
    }
}

/// Why results cannot be judged or accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why the rows may not be from one run.
    pub doubts: Vec<Doubt>,
    /// What went wrong in the run.
    pub failures: Vec<Failure>,
}

impl std::error::Error for Refusal {}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the results are not those of one whole run")?;
        for doubt in &self.doubts {
            write!(formatter, "; {doubt}")?;
        }
        for failure in &self.failures {
            write!(formatter, "; it failed: {}", plain(&failure.to_string()))?;
        }
        Ok(())
    }
}

/// Why nothing could be judged.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum Error {
    /// A lens has no rows on one side, so anything would pass.
    #[error("the {side} has no rows of the lens {lens}")]
    Empty {
        /// `baseline` or `results`.
        side: &'static str,
        /// The lens.
        lens: Lens,
    },
    /// The tolerance is negative or not a number.
    #[error("the tolerance is {0}, not a number of zero or more")]
    Tolerance(f64),
    /// No figure is exact, so anything would pass.
    #[error("none of {0} figures is exact, so that none can be judged")]
    NothingExact(usize),
    /// The results are not from one complete run.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// The verdict of the gate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// Cases that fail, sorted by name.
    pub findings: Vec<Finding>,
    /// Fields of the key that differ: name, baseline, results.
    pub key_differences: Vec<(&'static str, String, String)>,
    /// How many figures were judged.
    pub judged: usize,
    /// How many are on both sides and only shown, because they are not exact.
    pub shown: usize,
}

impl Verdict {
    /// 0 when all figures were judged and none failed, 1 when one failed, 3 when the key differs.
    pub fn exit_code(&self) -> u8 {
        match (self.findings.is_empty(), self.key_differences.is_empty()) {
            (false, _) => 1,
            (true, false) => 3,
            (true, true) => 0,
        }
    }
}

/// A case that fails; its display is one line.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The case.
    pub case: CaseId,
    /// Every figure that fails.
    pub changes: Vec<Change>,
    /// The source line of the new allocation, if there is one and it is known.
    pub site: Option<Site>,
}

impl Finding {
    /// Whether the case allocates more than in the baseline.
    pub fn allocates_more(&self) -> bool {
        (self.changes.iter())
            .filter(|change| matches!(change.metric, Metric::Allocations | Metric::AllocatedBytes))
            .any(|change| (change.before.zip(change.after)).is_some_and(|(old, new)| new > old))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:", plain(&self.case.to_string()))?;
        for (index, change) in self.changes.iter().enumerate() {
            let separator = if index == 0 { " " } else { "; " };
            write!(formatter, "{separator}{change}")?;
        }
        if let Some(site) = &self.site {
            write!(formatter, "; at {site}")?;
        }
        Ok(())
    }
}

/// A figure that fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which figure.
    pub metric: Metric,
    /// The circumstances of the figure.
    pub at: Dimensions,
    /// The baseline's value, if present.
    pub before: Option<u64>,
    /// The run's value, if present.
    pub after: Option<u64>,
    /// Why it is no longer exact, if that is the failure.
    pub no_longer_exact: Option<String>,
}

impl Change {
    /// Whether the run is below the baseline, which would hide the next regression.
    pub fn is_stale(&self) -> bool {
        self.no_longer_exact.is_none()
            && (self.before.zip(self.after)).is_some_and(|(before, after)| after < before)
    }
}

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}", self.metric, self.at)?;
        match (self.before, self.after) {
            (Some(before), Some(after)) => {
                write!(formatter, " {before} -> {after}")?;
                if let Some(why) = &self.no_longer_exact {
                    return write!(formatter, ", no longer exact: {}", plain(why));
                }
                let difference = i128::from(after) - i128::from(before);
                write!(formatter, " ({difference:+}")?;
                if before > 0 {
                    let percent = difference as f64 / before as f64 * 100.0;
                    write!(formatter, ", {percent:+.2} %")?;
                }
                formatter.write_str(if self.is_stale() {
                    "), the baseline is stale"
                } else {
                    ")"
                })
            }
            (Some(before), None) => write!(formatter, " {before} -> missing"),
            (None, Some(after)) => write!(formatter, " missing in the baseline -> {after}"),
            (None, None) => formatter.write_str(" missing on both sides"),
        }
    }
}

/// Judges `results` against `baseline`. `tolerance` is a ratio: 0.005 is half a percent.
///
/// # Errors
///
/// [`Error::Refused`] if the results are not from one complete run, those of [`differences`], and
/// [`Error::NothingExact`] if nothing was judged under the same key.
pub fn judge(baseline: &Side, results: &Side, tolerance: f64) -> Result<Verdict, Error> {
    results.require_one_whole_run()?;
    let verdict = differences(baseline, results, tolerance)?;
    match verdict.exit_code() == 0 && verdict.judged == 0 {
        true => Err(Error::NothingExact(verdict.shown)),
        false => Ok(verdict),
    }
}

/// The differences that [`judge`] would find, even if the results are not from one complete run. For
/// display, never as a pass.
///
/// # Errors
///
/// [`Error::Empty`] if a judged lens has no rows on one side, and [`Error::Tolerance`].
pub fn differences(baseline: &Side, results: &Side, tolerance: f64) -> Result<Verdict, Error> {
    let tolerance = Tolerance::of(tolerance)?;
    for (side, name) in [(baseline, "baseline"), (results, "results")] {
        for (rows, lens) in [
            (&side.heap, Lens::Heap),
            (&side.instructions, Lens::Instructions),
        ] {
            if rows.is_empty() {
                return Err(Error::Empty { side: name, lens });
            }
        }
    }
    let mut verdict = Verdict {
        key_differences: (baseline.key.fields().into_iter())
            .zip(results.key.fields())
            .filter(|((_, before), (_, after))| before != after)
            .map(|((name, before), (_, after))| (name, before.to_owned(), after.to_owned()))
            .collect(),
        ..Verdict::default()
    };
    let mut changes: BTreeMap<&CaseId, Vec<Change>> = BTreeMap::new();
    if baseline.key.allows_heap(&results.key) {
        let (before, after) = (&baseline.heap, &results.heap);
        collect(before, after, tolerance, &mut verdict, &mut changes);
    }
    if verdict.key_differences.is_empty() {
        let (before, after) = (&baseline.instructions, &results.instructions);
        collect(before, after, tolerance, &mut verdict, &mut changes);
    }
    verdict.findings = (changes.into_iter())
        .map(|(case, changes)| Finding {
            case: case.clone(),
            changes,
            site: None,
        })
        .collect();
    Ok(verdict)
}

/// A ratio in billionths, so that counts are compared as integers.
#[derive(Clone, Copy)]
struct Tolerance(u64);

impl Tolerance {
    const UNIT: f64 = 1e9;

    fn of(ratio: f64) -> Result<Self, Error> {
        match ratio.is_finite() && ratio >= 0.0 {
            // The cast saturates.
            true => Ok(Self((ratio * Self::UNIT).round() as u64)),
            false => Err(Error::Tolerance(ratio)),
        }
    }

    fn allows(self, before: u64, after: u64) -> bool {
        let difference = u128::from(before.abs_diff(after));
        difference * Self::UNIT as u128 <= u128::from(before) * u128::from(self.0)
    }
}

fn collect<'a>(
    before: &'a [Figure],
    after: &'a [Figure],
    tolerance: Tolerance,
    verdict: &mut Verdict,
    changes: &mut BTreeMap<&'a CaseId, Vec<Change>>,
) {
    let (before, after) = (by_place(before), by_place(after));
    let places: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    for place @ &(case, metric, at) in places {
        let (before, after) = (before.get(place), after.get(place));
        let mut no_longer_exact = None;
        if let (Some(before), Some(after)) = (before, after) {
            match judge_figure(before, after, tolerance) {
                Judgement::Shown => {
                    verdict.shown += 1;
                    continue;
                }
                Judgement::Passed => {
                    verdict.judged += 1;
                    continue;
                }
                Judgement::Failed => {}
                Judgement::NoLongerExact => no_longer_exact = Some(why_not_exact(after)),
            }
            verdict.judged += 1;
        }
        let count = |figure: Option<&&Figure>| figure.and_then(|figure| figure.value.count());
        changes.entry(case).or_default().push(Change {
            metric,
            at,
            before: count(before),
            after: count(after),
            no_longer_exact,
        });
    }
}

/// Identifies a figure on both sides.
type Place<'a> = (&'a CaseId, Metric, Dimensions);

fn by_place(rows: &[Figure]) -> BTreeMap<Place<'_>, &Figure> {
    rows.iter()
        .map(|row| ((&row.case, row.metric, row.at), row))
        .collect()
}

/// The judgement on a figure that is on both sides.
enum Judgement {
    Shown,
    Passed,
    Failed,
    NoLongerExact,
}

fn judge_figure(before: &Figure, after: &Figure, tolerance: Tolerance) -> Judgement {
    let (Some(old), Some(new)) = (before.value.count(), after.value.count()) else {
        // A time is never judged, and a count must not become a time.
        return match before.value.count().is_none() && after.value.count().is_none() {
            true => Judgement::Shown,
            false => Judgement::Failed,
        };
    };
    match (before.worth, after.worth) {
        (Worth::Shown(_), _) => Judgement::Shown,
        (Worth::Exact, Worth::Shown(Some((low, high)))) if (low..=high).contains(&old) => {
            Judgement::Shown
        }
        (Worth::Exact, Worth::Shown(_)) => Judgement::NoLongerExact,
        (Worth::Exact, Worth::Exact) => {
            let passes = match before.metric.lens() {
                Lens::Instructions => tolerance.allows(old, new),
                Lens::Heap | Lens::Time => old == new,
            };
            if passes {
                Judgement::Passed
            } else {
                Judgement::Failed
            }
        }
    }
}

fn why_not_exact(figure: &Figure) -> String {
    match (figure.note.as_str(), figure.worth) {
        ("", Worth::Shown(Some((low, high)))) => format!("counted {low} to {high}"),
        ("", _) => "the run does not vouch for it".to_owned(),
        (note, _) => note.to_owned(),
    }
}
