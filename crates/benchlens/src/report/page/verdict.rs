//! The gate's verdict on the run, and how each figure differs from the baseline's.

use std::collections::BTreeMap;

use super::Folders;
use crate::judge::baseline::{self, KEY};
use crate::judge::compare::{Row, rows};
use crate::judge::gate::{self, Side};
use crate::report::units;
use crate::store::Error;
use crate::{CaseId, Dimensions, Lens, Metric};

/// The text above the table, and the changes in its cells.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    /// `passed`, `failed` or `unknown`.
    pub(super) state: &'static str,
    pub(super) headline: String,
    /// One finding each.
    pub(super) findings: Vec<String>,
    changes: BTreeMap<(CaseId, Metric), Change>,
}

/// A figure that differs from the baseline's.
#[derive(Clone, Debug)]
pub(super) struct Change {
    /// `worse`, `better`, or `moved` if the gate does not judge it.
    pub(super) kind: &'static str,
    /// `+2`, `−0.71 %`.
    pub(super) words: String,
    /// The baseline's value.
    pub(super) before: String,
}

impl Verdict {
    /// Judges the results against the baseline, or says why there is no verdict.
    pub(super) fn read(folders: Folders<'_>) -> Self {
        let without = |headline: String| Self {
            state: "unknown",
            headline,
            ..Self::default()
        };
        let folder = folders.baseline.display();
        if !folders.baseline.join(KEY).exists() {
            return without(format!("There is no baseline in {folder} to judge by."));
        }
        let sides = baseline::read_baseline(folders.baseline)
            .and_then(|before| Ok((before, baseline::read_results(folders.results)?)));
        let (before, after) = match sides {
            Err(Error::Missing { path }) => {
                return without(format!(
                    "Nothing was judged: {} is missing.",
                    path.display()
                ));
            }
            Err(error) => return without(format!("Nothing was judged: {error}.")),
            Ok(sides) => sides,
        };
        match gate::judge(&before, &after, gate::TOLERANCE) {
            Err(gate::Error::Refused(refusal)) => Self {
                findings: (refusal.doubts.iter().map(ToString::to_string))
                    .chain(refusal.failures.iter().map(ToString::to_string))
                    .collect(),
                ..without(
                    "Nothing was judged: these figures are not from one complete run.".to_owned(),
                )
            },
            Err(error) => without(format!("Nothing was judged: {error}.")),
            Ok(verdict) => Self::of(&verdict, &before, &after),
        }
    }

    fn of(verdict: &gate::Verdict, before: &Side, after: &Side) -> Self {
        let mut findings: Vec<String> = (verdict.key_differences.iter())
            .map(|(name, before, after)| {
                let [before, after] = [before, after].map(|value| match value.as_str() {
                    "" => "nothing known",
                    value => value,
                });
                format!("{name} differs: the baseline has {before}; this run has {after}")
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
                    "The baseline was made on another machine or by another compiler, so instructions are not comparable; the other {judged} figures match."
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
    pub(super) fn change(&self, case: &CaseId, metric: Metric) -> Option<&Change> {
        self.changes.get(&(case.clone(), metric))
    }
}

fn changes(
    verdict: &gate::Verdict,
    before: &Side,
    after: &Side,
) -> BTreeMap<(CaseId, Metric), Change> {
    let judged = |row: &Row| {
        (verdict.findings.iter())
            .filter(|finding| finding.case == row.case)
            .any(|finding| (finding.changes.iter()).any(|change| change.metric == row.metric))
    };
    let mut both = rows(&before.heap, &after.heap);
    if verdict.key_differences.is_empty() {
        both.extend(rows(&before.instructions, &after.instructions));
    }
    (both.into_iter())
        .filter(|row| row.at == Dimensions::default())
        .filter_map(|row| {
            let change = change(&row, judged(&row))?;
            Some(((row.case, row.metric), change))
        })
        .collect()
}

fn change(row: &Row, is_judged: bool) -> Option<Change> {
    let after = row.after?.count()?;
    let Some(before) = row.before.and_then(crate::Value::count) else {
        return Some(Change {
            kind: "moved",
            words: "new".to_owned(),
            before: "not there".to_owned(),
        });
    };
    if before == after {
        return None;
    }
    let words = words(row.metric.lens(), before, after);
    // An unjudged change that rounds to zero is not shown.
    if !is_judged && matches!(words.as_str(), "+0.00 %" | "−0.00 %") {
        return None;
    }
    Some(Change {
        kind: match (is_judged, after > before) {
            (false, _) => "moved",
            (true, true) => "worse",
            (true, false) => "better",
        },
        words,
        before: units::count(before),
    })
}

fn words(lens: Lens, before: u64, after: u64) -> String {
    let sign = if after > before { '+' } else { '−' };
    let difference = after.abs_diff(before);
    if lens == Lens::Heap || before == 0 {
        return format!("{sign}{}", units::count(difference));
    }
    format!("{sign}{:.2} %", difference as f64 / before as f64 * 100.0)
}
