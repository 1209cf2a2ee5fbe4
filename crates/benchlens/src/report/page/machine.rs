//! The sheet of the machine and of the run, and what makes its times doubtful.

use super::figures::{Figures, spread};
use crate::measurement::Lens;
use crate::report::table::Table;
use crate::store::{LensRun, Sheet};

pub(super) struct Machine {
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) runs: Vec<(Lens, LensRun)>,
    pub(super) warnings: Vec<String>,
    /// Cases whose samples lie far apart: name, spread in percent, samples.
    pub(super) spread: Vec<(String, String, usize)>,
}

/// A middle half of the samples as wide as this, as a share of their median, is noise.
const WIDE: f64 = 0.1;
const SHOWN: usize = 12;

/// One line on what was measured, where and when.
pub(super) fn summary(table: &Table) -> String {
    let mut subjects: Vec<_> = table.rows.iter().map(|row| &row.subject).collect();
    subjects.sort_unstable();
    subjects.dedup();
    let dates = table.sheet.lenses.values().map(|run| run.date.as_str());
    format!(
        "{} subjects, {} cases, measured on {} with {} cores, {} UTC",
        subjects.len(),
        table.rows.len(),
        table.sheet.cpu,
        table.sheet.cores,
        dates.max().unwrap_or("never")
    )
}

impl Machine {
    pub(super) fn new(table: &Table, figures: &Figures) -> Self {
        let sheet = &table.sheet;
        let mut wide: Vec<_> = (table.rows.iter())
            .filter_map(|row| {
                let samples = figures.samples(&row.case);
                let spread = spread(&samples).filter(|spread| *spread > WIDE)?;
                Some((row.case.clone(), spread, samples.len()))
            })
            .collect();
        wide.sort_by(|(_, left, _), (_, right, _)| right.total_cmp(left));
        let mut warnings = warnings(sheet);
        if !wide.is_empty() {
            warnings.push(format!(
                "The middle half of the samples is wider than {:.0} % of the median in {} of {} cases.",
                WIDE * 100.0,
                wide.len(),
                table.rows.len()
            ));
        }
        if table
            .rows
            .iter()
            .all(|row| figures.samples(&row.case).len() < 4)
        {
            warnings.push(
                "The run was quick, with too few samples to tell how far the times lie apart."
                    .to_owned(),
            );
        }
        Self {
            facts: facts(sheet),
            runs: sheet.lenses.clone().into_iter().collect(),
            warnings,
            spread: (wide.into_iter().take(SHOWN))
                .map(|(case, spread, samples)| (case, format!("{:.0} %", spread * 100.0), samples))
                .collect(),
        }
    }
}

fn facts(sheet: &Sheet) -> Vec<(&'static str, String)> {
    let facts = [
        ("processor", sheet.cpu.clone()),
        ("cores", sheet.cores.to_string()),
        ("features", sheet.cpu_features.clone()),
        ("frequency governor", sheet.governor.clone()),
        ("kernel", sheet.kernel.clone()),
        ("C library", sheet.libc.clone()),
        ("compiler", sheet.rustc.clone()),
        ("target", sheet.target.clone()),
        ("profile", sheet.profile.clone()),
    ];
    facts
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

fn warnings(sheet: &Sheet) -> Vec<String> {
    let mut warnings = Vec::new();
    let cores = sheet.cores as f64;
    if let Some(run) = sheet.lenses.get(&Lens::Time) {
        if let Some(load) = run.load_before.filter(|load| *load > cores / 2.0) {
            warnings.push(format!(
                "The machine was busy when the times were taken: {load:.1} threads wanted to run on {} cores before the start.",
                sheet.cores
            ));
        } else if let Some(load) = run.load_after.filter(|load| *load > cores) {
            warnings.push(format!(
                "The machine became busy while the times were taken: {load:.1} threads wanted to run on {} cores at the end.",
                sheet.cores
            ));
        }
    }
    match sheet.governor.as_str() {
        "performance" => {}
        "unknown" | "" => warnings.push(
            "How the processor's frequency is chosen is not known here, as in most virtual machines; other guests may share its cores."
                .to_owned(),
        ),
        governor => warnings.push(format!(
            "The processor's frequency is scaled by the governor {governor}, so short and long cases may run at different speeds."
        )),
    }
    let mut commits: Vec<_> = sheet
        .lenses
        .values()
        .map(|run| run.commit.as_str())
        .collect();
    commits.dedup();
    if commits.len() > 1 {
        warnings.push(format!(
            "The lenses looked at different commits: {}.",
            commits.join(", ")
        ));
    }
    for (lens, run) in &sheet.lenses {
        if let Some(reason) = &run.unavailable {
            warnings.push(format!("The lens {lens} could not measure: {reason}."));
        }
        warnings.extend(
            run.failures
                .iter()
                .map(|failure| format!("{lens}: {failure}")),
        );
    }
    warnings
}
