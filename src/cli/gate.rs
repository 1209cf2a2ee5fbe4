//! `benchlens gate`: the last results against the baseline.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use benchlens::judge::gate::{self, Change, Finding, Side, Verdict};
use benchlens::judge::{baseline, sites};
use benchlens::report::plain;

use super::Verb;
use super::lines::Places;

/// Judge the last results by the baseline: exact heap figures, and instructions
#[derive(clap::Parser)]
#[command(
    name = "gate",
    after_help = "Examples:\n  cargo bench && benchlens gate\n\n\
                  Exit codes: 0 nothing changed; 1 a case rose, fell or is missing; 2 a file is broken or \
                  missing, or the results are not those of one whole run without a failure; 3 another \
                  machine or compiler made the baseline."
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
            Ok(code) => Ok(code),
            Err(error) => {
                super::complain(format_args!("gate: {}", super::explained(&error)));
                Ok(ExitCode::from(2))
            }
        }
    }
}

impl Gate {
    fn judge(&self) -> anyhow::Result<ExitCode> {
        let before = self.read_baseline()?;
        let known = sites::read(&self.baseline)?;
        let after = baseline::read_results(&self.places.results)?;
        let tolerance = self.tolerance / 100.0;
        let located = |mut verdict: Verdict| {
            for finding in (verdict.findings.iter_mut()).filter(|it| it.allocates_more()) {
                let now = self.places.sites([&finding.case]);
                finding.site = sites::risen(&known, &now).cloned();
            }
            verdict
        };
        match gate::judge(&before, &after, tolerance) {
            Err(gate::Error::Refused(refusal)) => {
                super::complain_of_refusal("gate", &refusal);
                if refusal.doubts.is_empty() {
                    // What failed is told by its figures too.
                    let verdict = located(gate::differences(&before, &after, tolerance)?);
                    super::print(&findings(&verdict))?;
                }
                super::complain(format_args!("gate: nothing was judged"));
                Ok(ExitCode::from(2))
            }
            verdict => {
                let verdict = located(verdict?);
                super::print(&text(&verdict))?;
                Ok(ExitCode::from(verdict.exit_code()))
            }
        }
    }

    fn read_baseline(&self) -> anyhow::Result<Side> {
        let folder = self.baseline.display();
        match baseline::read_baseline(&self.baseline) {
            Err(benchlens::store::Error::Missing { path }) => anyhow::bail!(
                "no baseline to judge by in {folder}, {} is missing: `benchlens accept` makes one of \
                 the last run",
                path.display()
            ),
            side => side.with_context(|| format!("no baseline to judge by in {folder}")),
        }
    }
}

fn findings(verdict: &Verdict) -> String {
    verdict.findings.iter().map(|it| line(it) + "\n").collect()
}

fn text(verdict: &Verdict) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    for (name, before, after) in &verdict.key_differences {
        let _ = writeln!(
            text,
            "{name} differs: the baseline has `{}`, this run `{}`",
            plain(before),
            plain(after)
        );
    }
    if !verdict.key_differences.is_empty() {
        let _ = writeln!(
            text,
            "instructions are not comparable, and not judged: they hold for one key only"
        );
    }
    text.push_str(&findings(verdict));
    let (judged, failed) = (verdict.judged, verdict.findings.len());
    let _ = write!(text, "{judged} figures judged, {failed} cases failed");
    let _ = match verdict.shown {
        0 => writeln!(text),
        shown => writeln!(text, "; {shown} figures are not exact and only shown"),
    };
    text
}

/// A finding in one line, with what to do about each of its figures.
fn line(finding: &Finding) -> String {
    let mut line = format!("{}:", plain(&finding.case.to_string()));
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
        _ if change.is_stale() => ": run `benchlens accept`",
        (None, Some(_)) => ", run `benchlens accept` if it is new",
        _ => "",
    }
}
