//! The gate: the measurements of a run against a baseline, judged.
//!
//! Exact heap figures must be equal and instructions must stay within a tolerance; time is never
//! judged. A fall fails like a rise, for a baseline that is too high would let the next rise
//! pass. The gate fails closed: a case, metric or row that is missing on either side is a
//! finding, an empty side is an error, and a key that differs is said and never passed over.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::sites::Site;
use crate::measurement::{Lens, Measurement, UNSTEADY_INSTRUCTIONS};

/// The tolerance for instructions when nothing else is asked for: half a percent.
pub const TOLERANCE: f64 = 0.005;

/// What a baseline holds for: `key.json`, one flat object of strings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// The compiler's version.
    pub rustc: String,
    /// The target triple.
    pub target: String,
    /// The flags of the profile.
    pub profile: String,
    /// The processor's features that the code may choose a path by.
    pub cpu_features: String,
    /// The C library's version.
    pub libc: String,
    /// How many threads the counters used.
    pub threads: String,
}

impl Key {
    fn fields(&self) -> [(&'static str, &str); 6] {
        [
            ("rustc", &self.rustc),
            ("target", &self.target),
            ("profile", &self.profile),
            ("cpu_features", &self.cpu_features),
            ("libc", &self.libc),
            ("threads", &self.threads),
        ]
    }

    fn allows_heap(&self, other: &Self) -> bool {
        self.rustc == other.rustc && self.profile == other.profile
    }
}

/// One side of the comparison: a baseline, or the results of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Side {
    /// What its figures hold for.
    pub key: Key,
    /// The rows of the heap lens.
    pub heap: Vec<Measurement>,
    /// The rows of the instructions lens.
    pub instructions: Vec<Measurement>,
    /// What the run itself says went wrong in the two lenses.
    pub failures: Vec<String>,
}

/// Why nothing could be judged.
#[derive(Debug, Error, PartialEq)]
pub enum Error {
    /// A lens has no rows on one side, so that anything would pass.
    #[error("the {side} has no rows of the lens {lens}")]
    Empty {
        /// `baseline` or `results`.
        side: &'static str,
        /// The lens.
        lens: &'static str,
    },
    /// The tolerance is negative or not a number.
    #[error("the tolerance is {0}, not a number of zero or more")]
    Tolerance(f64),
}

/// What the gate says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// Cases that fail, sorted by name.
    pub findings: Vec<Finding>,
    /// Fields of the key that differ: name, baseline, results.
    pub key_differences: Vec<(&'static str, String, String)>,
    /// What went wrong in the run that is judged.
    pub failures: Vec<String>,
    /// How many figures were judged.
    pub judged: usize,
}

impl Verdict {
    /// 0 when all figures were judged and none failed, 1 when one failed, 3 when the key differs.
    pub fn exit_code(&self) -> u8 {
        let clean = self.findings.is_empty() && self.failures.is_empty();
        match (clean, self.key_differences.is_empty()) {
            (false, _) => 1,
            (true, false) => 3,
            (true, true) => 0,
        }
    }
}

/// A case that fails; its display is one line.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Subject and input.
    pub case: String,
    /// Every figure that fails.
    pub changes: Vec<Change>,
    /// The line of source where the new allocation is, if it is one and is known.
    pub site: Option<Site>,
}

impl Finding {
    /// Whether the case allocates more than before.
    pub fn allocates_more(&self) -> bool {
        let rose = |change: &Change| match (change.before, change.after) {
            (Some(before), Some(after)) => after > before,
            _ => false,
        };
        (self.changes.iter())
            .filter(|change| matches!(&*change.metric, "allocations" | "allocated_bytes"))
            .any(rose)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:", self.case)?;
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
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Which figure.
    pub metric: String,
    /// In the baseline, if it is there.
    pub before: Option<f64>,
    /// In the results, if it is there.
    pub after: Option<f64>,
}

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let metric = &self.metric;
        match (self.before, self.after) {
            (Some(before), Some(after)) if before == after => {
                write!(formatter, "{metric} {before}, exact on one side only")
            }
            (Some(before), Some(after)) => {
                write!(
                    formatter,
                    "{metric} {before} -> {after} ({:+}",
                    after - before
                )?;
                if before > 0.0 {
                    write!(formatter, ", {:+.2} %", (after / before - 1.0) * 100.0)?;
                }
                formatter.write_str(")")?;
                if after < before {
                    formatter.write_str(", the baseline is stale")?;
                }
                Ok(())
            }
            (Some(before), None) => write!(formatter, "{metric} {before} -> missing"),
            (None, Some(after)) => write!(formatter, "{metric} missing in the baseline -> {after}"),
            (None, None) => write!(formatter, "{metric} missing on both sides"),
        }
    }
}

/// Judges `results` by `baseline`. `tolerance` is a ratio: 0.005 is half a percent.
///
/// # Errors
///
/// [`Error::Empty`] where a lens that is to be judged has no rows on one side, and
/// [`Error::Tolerance`].
pub fn judge(baseline: &Side, results: &Side, tolerance: f64) -> Result<Verdict, Error> {
    if !tolerance.is_finite() || tolerance < 0.0 {
        return Err(Error::Tolerance(tolerance));
    }
    for (side, lens, rows) in [
        ("baseline", "heap", &baseline.heap),
        ("baseline", "instructions", &baseline.instructions),
        ("results", "heap", &results.heap),
        ("results", "instructions", &results.instructions),
    ] {
        if rows.is_empty() {
            return Err(Error::Empty { side, lens });
        }
    }
    let mut verdict = Verdict {
        key_differences: (baseline.key.fields().into_iter())
            .zip(results.key.fields())
            .filter(|((_, before), (_, after))| before != after)
            .map(|((name, before), (_, after))| (name, before.to_owned(), after.to_owned()))
            .collect(),
        failures: results.failures.clone(),
        ..Verdict::default()
    };
    let mut changes: BTreeMap<&str, Vec<Change>> = BTreeMap::new();
    if baseline.key.allows_heap(&results.key) {
        verdict.judged += collect(&baseline.heap, &results.heap, tolerance, &mut changes);
    }
    if verdict.key_differences.is_empty() {
        let (before, after) = (&baseline.instructions, &results.instructions);
        verdict.judged += collect(before, after, tolerance, &mut changes);
    }
    verdict.findings = (changes.into_iter())
        .map(|(case, changes)| Finding {
            case: case.to_owned(),
            changes,
            site: None,
        })
        .collect();
    Ok(verdict)
}

fn collect<'a>(
    before: &'a [Measurement],
    after: &'a [Measurement],
    tolerance: f64,
    changes: &mut BTreeMap<&'a str, Vec<Change>>,
) -> usize {
    let (before, after) = (by_figure(before), by_figure(after));
    let figures: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let mut judged = 0;
    for figure @ &(case, metric) in figures {
        let (before, after) = (before.get(figure), after.get(figure));
        if let (Some(before), Some(after)) = (before, after) {
            match passes(before, after, tolerance) {
                Some(true) => {
                    judged += 1;
                    continue;
                }
                Some(false) => judged += 1,
                None => continue,
            }
        }
        changes.entry(case).or_default().push(Change {
            metric: metric.to_owned(),
            before: before.map(|row| row.value),
            after: after.map(|row| row.value),
        });
    }
    judged
}

fn by_figure(rows: &[Measurement]) -> BTreeMap<(&str, &str), &Measurement> {
    rows.iter()
        .map(|row| ((row.case.as_str(), row.metric.as_str()), row))
        .collect()
}

/// `None` where the figure is shown and not judged.
fn passes(before: &Measurement, after: &Measurement, tolerance: f64) -> Option<bool> {
    match before.lens {
        Lens::Time => None,
        Lens::Instructions if before.metric == UNSTEADY_INSTRUCTIONS => None,
        // A comparison with something that is not a number is false, and so fails.
        Lens::Instructions => Some((after.value - before.value).abs() <= before.value * tolerance),
        Lens::Heap if !before.exact && !after.exact => None,
        Lens::Heap => Some(before.exact == after.exact && before.value == after.value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(case: &str, lens: Lens, metric: &str, value: f64, exact: bool) -> Measurement {
        Measurement {
            case: case.to_owned(),
            lens,
            metric: metric.to_owned(),
            value,
            unit: String::new(),
            exact,
        }
    }

    fn side(allocations: f64, instructions: f64) -> Side {
        Side {
            key: Key::default(),
            heap: vec![
                row(
                    "rewrite/alg_two/seed",
                    Lens::Heap,
                    "allocations",
                    allocations,
                    true,
                ),
                row("freq/per_core/feeds", Lens::Heap, "peak_bytes", 7.0, false),
            ],
            instructions: vec![row(
                "rewrite/alg_two/seed",
                Lens::Instructions,
                "instructions",
                instructions,
                true,
            )],
            failures: Vec::new(),
        }
    }

    fn judged(before: &Side, after: &Side) -> Verdict {
        judge(before, after, TOLERANCE).unwrap()
    }

    #[test]
    fn equal_sides_pass_and_something_was_judged() {
        let verdict = judged(&side(2.0, 1000.0), &side(2.0, 1000.0));
        assert_eq!((verdict.exit_code(), verdict.judged), (0, 2));
    }

    #[test]
    fn one_allocation_more_or_less_fails_in_one_line() {
        let more = judged(&side(0.0, 1000.0), &side(1.0, 1000.0));
        assert_eq!(more.exit_code(), 1);
        assert_eq!(
            more.findings[0].to_string(),
            "rewrite/alg_two/seed: allocations 0 -> 1 (+1)"
        );
        let less = judged(&side(2.0, 1000.0), &side(1.0, 1000.0));
        assert_eq!(less.exit_code(), 1);
        assert!(
            less.findings[0]
                .to_string()
                .contains("2 -> 1 (-1, -50.00 %)")
        );
        assert!(
            less.findings[0]
                .to_string()
                .ends_with("the baseline is stale")
        );
    }

    #[test]
    fn instructions_pass_to_the_tolerance_and_no_further_both_ways() {
        for (after, code) in [
            (1005.0, 0),
            (995.0, 0),
            (1006.0, 1),
            (994.0, 1),
            (f64::NAN, 1),
        ] {
            let verdict = judged(&side(1.0, 1000.0), &side(1.0, after));
            assert_eq!(verdict.exit_code(), code, "{after}");
        }
    }

    #[test]
    fn unsteady_instructions_are_not_judged_but_may_not_be_missing() {
        let mut before = side(1.0, 1000.0);
        let unsteady = |value| {
            let case = "rewrite/parallel/dense";
            row(
                case,
                Lens::Instructions,
                UNSTEADY_INSTRUCTIONS,
                value,
                false,
            )
        };
        before.instructions.push(unsteady(100.0));
        let mut after = before.clone();
        after.instructions[1] = unsteady(110.0);
        assert_eq!(judged(&before, &after).exit_code(), 0);
        after.instructions.pop();
        assert_eq!(judged(&before, &after).exit_code(), 1);
        after.instructions.push(Measurement {
            metric: "instructions".to_owned(),
            ..unsteady(100.0)
        });
        assert_eq!(judged(&before, &after).exit_code(), 1);
    }

    #[test]
    fn what_is_missing_on_either_side_fails() {
        let whole = side(1.0, 1000.0);
        let mut less = whole.clone();
        less.heap.remove(1);
        assert_eq!(judged(&whole, &less).exit_code(), 1);
        assert_eq!(judged(&less, &whole).exit_code(), 1);
        let mut other_metric = whole.clone();
        other_metric.heap[0].metric = "blocks".to_owned();
        assert_eq!(judged(&whole, &other_metric).findings[0].changes.len(), 2);
    }

    #[test]
    fn an_inexact_figure_is_not_judged_but_may_not_hide_an_exact_one() {
        let whole = side(1.0, 1000.0);
        let mut peak = whole.clone();
        peak.heap[1].value = 900.0;
        assert_eq!(judged(&whole, &peak).exit_code(), 0);
        let mut hidden = whole.clone();
        hidden.heap[0].exact = false;
        assert_eq!(judged(&whole, &hidden).exit_code(), 1);
    }

    #[test]
    fn another_key_judges_no_instructions_and_heap_only_under_the_same_compiler() {
        let before = side(1.0, 1000.0);
        let mut libc = side(1.0, 2000.0);
        libc.key.libc = "2.40".to_owned();
        assert_eq!(judged(&before, &libc).exit_code(), 3);
        assert_eq!(judged(&before, &libc).key_differences[0].0, "libc");
        libc.heap[0].value = 2.0;
        assert_eq!(judged(&before, &libc).exit_code(), 1);
        let mut rustc = side(2.0, 2000.0);
        rustc.key.rustc = "1.96.0".to_owned();
        let verdict = judged(&before, &rustc);
        assert_eq!((verdict.exit_code(), verdict.judged), (3, 0));
    }

    #[test]
    fn a_run_that_failed_is_never_green() {
        let whole = side(1.0, 1000.0);
        let mut failed = whole.clone();
        failed.failures.push("a/b: wrong answer".to_owned());
        assert_eq!(judged(&whole, &failed).exit_code(), 1);
    }

    #[test]
    fn an_empty_side_is_an_error_and_never_green() {
        let whole = side(1.0, 1000.0);
        let mut no_heap = whole.clone();
        no_heap.heap.clear();
        let mut no_instructions = whole.clone();
        no_instructions.instructions.clear();
        for empty in [no_heap, no_instructions, Side::default()] {
            assert!(judge(&whole, &empty, TOLERANCE).is_err());
            assert!(judge(&empty, &whole, TOLERANCE).is_err());
            assert!(judge(&empty, &empty, TOLERANCE).is_err());
        }
        assert!(judge(&whole, &whole, f64::NAN).is_err());
        assert!(judge(&whole, &whole, -0.1).is_err());
    }

    #[test]
    fn a_key_is_exactly_its_six_strings() {
        let json = serde_json::to_string(&Key::default()).unwrap();
        assert!(serde_json::from_str::<Key>(&json).is_ok());
        assert!(serde_json::from_str::<Key>("{}").is_err());
        assert!(serde_json::from_str::<Key>(&json.replace("libc", "glibc")).is_err());
    }
}
