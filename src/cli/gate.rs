//! `benchlens gate`: the last results against the baseline.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use benchlens::judge::gate::{self, Change, Finding, Verdict};
use benchlens::judge::{baseline, sites};

use super::Verb;
use super::lines::Places;

/// Judge the last results by the baseline: exact heap figures, and instructions
#[derive(clap::Parser)]
#[command(
    name = "gate",
    after_help = "Exit codes: 0 nothing changed; 1 a case rose, fell or is missing; 2 a file is broken or \
                  missing; 3 another machine or compiler made the baseline."
)]
pub(super) struct Gate {
    /// Folder of the baseline
    #[arg(long, default_value = "results/baseline")]
    baseline: PathBuf,
    #[command(flatten)]
    places: Places,
    /// How far instructions may move, in percent
    #[arg(long, default_value_t = 0.5)]
    tolerance: f64,
}

impl Verb for Gate {
    fn run(self) -> anyhow::Result<ExitCode> {
        match self.judge() {
            Ok(verdict) => {
                super::print(&text(&verdict))?;
                Ok(ExitCode::from(verdict.exit_code()))
            }
            Err(error) => {
                super::complain(format_args!("gate: {}", super::explained(&error)));
                Ok(ExitCode::from(2))
            }
        }
    }
}

impl Gate {
    fn judge(&self) -> anyhow::Result<Verdict> {
        let before = baseline::read_baseline(&self.baseline).with_context(|| {
            format!(
                "no baseline to judge by in {} (`benchlens accept` makes one of the last run)",
                self.baseline.display()
            )
        })?;
        let known = sites::read(&self.baseline)?;
        let after = baseline::read_results(&self.places.results)?;
        let mut verdict = gate::judge(&before, &after, self.tolerance / 100.0)?;
        for finding in (verdict.findings.iter_mut()).filter(|finding| finding.allocates_more()) {
            let now = self.places.sites(&[&finding.case]);
            finding.site = sites::risen(&known, &now).cloned();
        }
        Ok(verdict)
    }
}

fn text(verdict: &Verdict) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    for (name, before, after) in &verdict.key_differences {
        let _ = writeln!(
            text,
            "{name} differs: the baseline has `{before}`, this run `{after}`"
        );
    }
    if !verdict.key_differences.is_empty() {
        let _ = writeln!(
            text,
            "instructions are not judged: they hold for one key only"
        );
    }
    for finding in &verdict.findings {
        let _ = writeln!(text, "{}", line(finding));
    }
    for failure in &verdict.failures {
        let _ = writeln!(text, "the run itself failed: {failure}");
    }
    let (judged, failed) = (verdict.judged, verdict.findings.len());
    let _ = writeln!(text, "{judged} figures judged, {failed} cases failed");
    text
}

/// A finding in one line, with what to do about each of its figures.
fn line(finding: &Finding) -> String {
    let mut line = format!("{}:", finding.case);
    for (index, change) in finding.changes.iter().enumerate() {
        let separator = if index == 0 { " " } else { "; " };
        // Writing to a string cannot fail.
        let _ = write!(line, "{separator}{change}{}", advice(change));
    }
    if let Some(site) = &finding.site {
        let _ = write!(line, "; at {site}");
    }
    line
}

fn advice(change: &Change) -> &'static str {
    match (change.before, change.after) {
        (Some(before), Some(after)) if after < before => ": run `benchlens accept`",
        (None, Some(_)) => ", run `benchlens accept` if it is new",
        _ => "",
    }
}
