//! What the gate says of the run, and how each figure differs from the baseline's.

use std::collections::BTreeMap;

use super::Folders;
use crate::judge::baseline;
use crate::judge::compare::Comparison;
use crate::judge::gate::{self, Side};
use crate::measurement::Lens;
use crate::report::units;
use crate::store::Error;

/// The words above the table, and the changes in its cells.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    /// `passed`, `failed` or `unknown`.
    pub(super) state: &'static str,
    pub(super) headline: String,
    /// A finding each.
    pub(super) findings: Vec<String>,
    changes: BTreeMap<(String, String), Change>,
}

/// A figure that is not the baseline's.
#[derive(Clone, Debug)]
pub(super) struct Change {
    /// `worse`, `better`, or `moved` where the gate does not mind.
    pub(super) kind: &'static str,
    /// `+2`, `−0.71 %`.
    pub(super) words: String,
    /// What it was.
    pub(super) before: String,
}

impl Verdict {
    /// Judges the results by the baseline, or says why there is no verdict.
    pub(super) fn read(folders: Folders<'_>) -> Self {
        let without = |headline: String| Self {
            state: "unknown",
            headline,
            ..Self::default()
        };
        if !folders.baseline.join("key.json").exists() {
            return without(format!(
                "There is no baseline in {}: `benchlens accept` makes this run the one to compare with.",
                folders.baseline.display()
            ));
        }
        let sides = baseline::read_baseline(folders.baseline)
            .and_then(|before| Ok((before, baseline::read_results(folders.results)?)));
        match sides {
            Err(Error::Missing { path }) => without(format!(
                "Nothing was judged: {} is missing.",
                path.display()
            )),
            Err(error) => without(format!("Nothing was judged: {error}.")),
            Ok((before, after)) => match gate::judge(&before, &after, gate::TOLERANCE) {
                Err(error) => without(format!("Nothing was judged: {error}.")),
                Ok(verdict) => Self::of(&verdict, &before, &after),
            },
        }
    }

    fn of(verdict: &gate::Verdict, before: &Side, after: &Side) -> Self {
        let mut findings: Vec<String> = (verdict.key_differences.iter())
            .map(|(name, before, after)| {
                format!("{name} differs: the baseline has {before}, this run {after}")
            })
            .collect();
        findings.extend(verdict.findings.iter().map(ToString::to_string));
        let judged = verdict.judged;
        let (state, headline) = match verdict.exit_code() {
            0 => (
                "passed",
                format!("The gate passes: {judged} figures are the baseline's."),
            ),
            3 => (
                "unknown",
                format!(
                    "The baseline was made elsewhere, so instructions are not judged; {judged} other figures are its."
                ),
            ),
            _ => (
                "failed",
                format!(
                    "The gate stops this run: {} of its cases differ from the baseline.",
                    verdict.findings.len()
                ),
            ),
        };
        Self {
            state,
            headline,
            findings,
            changes: changes(verdict, before, after),
        }
    }

    /// How the figure differs from the baseline's, if it does.
    pub(super) fn change(&self, case: &str, metric: &str) -> Option<&Change> {
        self.changes.get(&(case.to_owned(), metric.to_owned()))
    }
}

fn changes(
    verdict: &gate::Verdict,
    before: &Side,
    after: &Side,
) -> BTreeMap<(String, String), Change> {
    let judged = |case: &str, metric: &str| {
        (verdict.findings.iter())
            .filter(|finding| finding.case == case)
            .any(|finding| finding.changes.iter().any(|change| change.metric == metric))
    };
    let mut rows = Comparison::new(&before.heap, &after.heap).rows;
    if verdict.key_differences.is_empty() {
        rows.extend(Comparison::new(&before.instructions, &after.instructions).rows);
    }
    (rows.into_iter())
        .filter_map(|row| {
            let after = row.after?;
            let judged = judged(&row.case, &row.metric);
            let (kind, words, before) = match row.before {
                Some(before) if before == after => return None,
                None => ("moved", "new".to_owned(), "not there".to_owned()),
                Some(before) => {
                    let words = words(row.lens, before, after);
                    // What rounds to nothing and is not judged is no news.
                    if !judged && matches!(words.as_str(), "+0.00 %" | "−0.00 %") {
                        return None;
                    }
                    let kind = match (judged, after > before) {
                        (false, _) => "moved",
                        (true, true) => "worse",
                        (true, false) => "better",
                    };
                    (kind, words, units::count(before))
                }
            };
            let change = Change {
                kind,
                words,
                before,
            };
            Some(((row.case, row.metric), change))
        })
        .collect()
}

fn words(lens: Lens, before: f64, after: f64) -> String {
    let sign = if after > before { '+' } else { '−' };
    let difference = (after - before).abs();
    if lens == Lens::Heap || before == 0.0 {
        return format!("{sign}{}", units::count(difference));
    }
    format!("{sign}{:.2} %", difference / before * 100.0)
}
