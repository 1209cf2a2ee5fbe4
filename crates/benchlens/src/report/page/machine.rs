//! The machine and the run, and the reasons to doubt the run's figures.

use super::figures::{Figures, spread};
use crate::report::table::Table;
use crate::store::{Environment, LensRun, RunRecord};
use crate::{CaseId, Lens};

pub(super) struct Machine {
    pub(super) facts: Vec<(String, String)>,
    pub(super) runs: Vec<(Lens, LensRun)>,
    pub(super) warnings: Vec<String>,
    /// Cases with widely spread samples: name, spread in percent, number of samples.
    pub(super) spread: Vec<(String, String, usize)>,
}

/// The interquartile range, as a share of the median, above which samples are reported as noisy.
const WIDE: f64 = 0.1;
const SHOWN: usize = 12;

/// One line: what was measured, where and when.
pub(super) fn summary(table: &Table) -> String {
    let mut subjects: Vec<CaseId> = (table.rows.iter())
        .map(|row| row.info.id.without_input())
        .collect();
    subjects.sort_unstable();
    subjects.dedup();
    let environment = &table.record.environment;
    let dates = table.record.lenses.values().map(|run| run.date.as_str());
    format!(
        "{} subjects, {} cases, measured on {} with {} cores, {} UTC",
        subjects.len(),
        table.rows.len(),
        environment.cpu,
        environment.cores,
        dates.max().unwrap_or("never")
    )
}

impl Machine {
    pub(super) fn new(table: &Table, figures: &Figures) -> Self {
        let record = &table.record;
        let mut wide: Vec<_> = (table.rows.iter())
            .filter_map(|row| {
                let samples = figures.samples(&row.info.id);
                let spread = spread(&samples).filter(|spread| *spread > WIDE)?;
                Some((row.info.id.to_string(), spread, samples.len()))
            })
            .collect();
        wide.sort_by(|(_, left, _), (_, right, _)| right.total_cmp(left));
        let mut warnings: Vec<String> = (table.doubts.iter())
            .map(|doubt| format!("Not of one run: {doubt}."))
            .collect();
        warnings.extend(other_path(record));
        warnings.extend(load(record));
        warnings.extend(governor(&record.environment));
        warnings.extend(runs(record));
        if !wide.is_empty() {
            warnings.push(format!(
                "The interquartile range of the samples is wider than {:.0} % of the median in {} of {} cases.",
                WIDE * 100.0,
                wide.len(),
                table.rows.len()
            ));
        }
        let has_few = |id: &CaseId| figures.samples(id).len() < 4;
        if table.rows.iter().all(|row| has_few(&row.info.id)) {
            warnings.push(
                "The run was quick, with too few samples to judge the spread of the times."
                    .to_owned(),
            );
        }
        Self {
            facts: facts(record),
            runs: record.lenses.clone().into_iter().collect(),
            warnings,
            spread: (wide.into_iter().take(SHOWN))
                .map(|(case, spread, samples)| (case, format!("{:.0} %", spread * 100.0), samples))
                .collect(),
        }
    }
}

fn facts(record: &RunRecord) -> Vec<(String, String)> {
    let environment = &record.environment;
    let mut facts: Vec<(String, String)> = [
        ("processor", environment.cpu.clone()),
        ("cores", environment.cores.to_string()),
        ("frequency governor", environment.governor.clone()),
        ("kernel", environment.kernel.clone()),
        ("C library", environment.libc.clone()),
        ("compiler", environment.rustc.clone()),
        ("target", environment.target.clone()),
        ("profile", environment.profile.clone()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec();
    let features = record.lenses.iter();
    facts.extend(features.map(|(lens, run)| (format!("features, {lens}"), run.features.clone())));
    facts.retain(|(_, value)| !value.is_empty());
    facts
}

/// Valgrind hides some processor features, so the counted code may take another path than the timed
/// code.
fn other_path(record: &RunRecord) -> Option<String> {
    let features = |lens| {
        let run = record.lenses.get(&lens)?;
        Some(
            run.features
                .split(' ')
                .filter(|feature| !feature.is_empty()),
        )
    };
    let counted: Vec<&str> = features(Lens::Instructions)?.collect();
    let hidden: Vec<&str> = (features(Lens::Time)?)
        .filter(|feature| !counted.contains(feature))
        .collect();
    (!hidden.is_empty() && !counted.is_empty()).then(|| {
        format!(
            "Code that chooses its path by {} was timed on another path than its instructions were counted on.",
            hidden.join(", ")
        )
    })
}

fn load(record: &RunRecord) -> Option<String> {
    let cores = record.environment.cores as f64;
    let run = record.lenses.get(&Lens::Time)?;
    if let Some(load) = run.load_before.filter(|load| *load > cores / 2.0) {
        return Some(format!(
            "The machine was busy when the times were taken: the load average was {load:.1} before the start, on {} cores.",
            record.environment.cores
        ));
    }
    let load = run.load_after.filter(|load| *load > cores)?;
    Some(format!(
        "The machine became busy while the times were taken: the load average was {load:.1} at the end, on {} cores.",
        record.environment.cores
    ))
}

fn governor(environment: &Environment) -> Option<String> {
    match environment.governor.as_str() {
        "performance" => None,
        "unknown" | "" => Some(
            "How the processor's frequency is chosen is not known here, as in most virtual machines; other guests may share its cores."
                .to_owned(),
        ),
        governor => Some(format!(
            "The processor's frequency is scaled by the governor {governor}, so short and long cases may run at different speeds."
        )),
    }
}

fn runs(record: &RunRecord) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut commits: Vec<_> = (record.lenses.values())
        .map(|run| run.commit.as_str())
        .collect();
    commits.dedup();
    if commits.len() > 1 {
        warnings.push(format!(
            "The lenses measured different commits: {}.",
            commits.join(", ")
        ));
    }
    for (lens, run) in &record.lenses {
        if let Some(reason) = &run.unavailable {
            warnings.push(format!("The lens {lens} could not measure: {reason}."));
        }
        let failures = run.failures.iter();
        warnings.extend(failures.map(|failure| format!("{lens}: {failure}")));
    }
    warnings
}
