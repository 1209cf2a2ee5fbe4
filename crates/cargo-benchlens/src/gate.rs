//! `benchlens gate`: the last results against the baseline.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use benchlens::judge::gate::{self, Change, Finding, Side, Verdict};
use benchlens::judge::{baseline, sites};
use benchlens::report::plain;

use crate::lines::Places;
use crate::project::BaselineArgument;
use crate::{Project, Verb, failure, terminal};

/// Judge the last results by the baseline: exact heap figures, and instructions
#[derive(clap::Parser)]
#[command(
    name = "gate",
    after_help = "Examples:\n  cargo bench && {command} gate\n\n\
                  Exit codes: 0 nothing changed; 1 a case rose, fell or is missing; 2 a file is broken or \
                  missing, or the results are not those of one whole run without a failure; 3 another \
                  machine or compiler made the baseline."
)]
pub(crate) struct Gate {
    #[command(flatten)]
    baseline: BaselineArgument,
    #[command(flatten)]
    places: Places,
    /// How far instructions may move, in percent
    #[arg(long, default_value_t = 0.5)]
    tolerance: f64,
}

impl Verb for Gate {
    fn run(self, project: &Project) -> anyhow::Result<ExitCode> {
        match self.judge(project) {
            Ok(code) => Ok(code),
            Err(error) => {
                terminal::complain(format_args!("gate: {}", failure::explained(&error)));
                Ok(ExitCode::from(2))
            }
        }
    }
}

impl Gate {
    fn judge(&self, project: &Project) -> anyhow::Result<ExitCode> {
        let folder = self.baseline.folder(project);
        let before = read_baseline(&folder, project)?;
        let known = sites::read(&folder)?;
        let after = baseline::read_results(&self.places.results(project))?;
        let tolerance = self.tolerance / 100.0;
        let located = |mut verdict: Verdict| {
            for finding in (verdict.findings.iter_mut()).filter(|it| it.allocates_more()) {
                let now = self.places.sites(project, [&finding.case]);
                finding.site = sites::risen(&known, &now).cloned();
            }
            verdict
        };
        match gate::judge(&before, &after, tolerance) {
            Err(gate::Error::Refused(refusal)) => {
                failure::complain_of_refusal("gate", &refusal);
                if refusal.doubts.is_empty() {
                    // What failed is told by its figures too.
                    let verdict = located(gate::differences(&before, &after, tolerance)?);
                    terminal::print(&findings(&verdict, project))?;
                }
                terminal::complain(format_args!("gate: nothing was judged"));
                Ok(ExitCode::from(2))
            }
            verdict => {
                let verdict = located(verdict?);
                terminal::print(&text(&verdict, project))?;
                Ok(ExitCode::from(verdict.exit_code()))
            }
        }
    }
}

fn read_baseline(folder: &Path, project: &Project) -> anyhow::Result<Side> {
    let name = folder.display();
    match baseline::read_baseline(folder) {
        Err(benchlens::store::Error::Missing { path }) => anyhow::bail!(
            "no baseline to judge by in {name}, {} is missing: `{} accept` makes one of the last run",
            path.display(),
            project.command
        ),
        side => side.with_context(|| format!("no baseline to judge by in {name}")),
    }
}

fn findings(verdict: &Verdict, project: &Project) -> String {
    (verdict.findings.iter())
        .map(|it| line(it, project) + "\n")
        .collect()
}

fn text(verdict: &Verdict, project: &Project) -> String {
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
    text.push_str(&findings(verdict, project));
    let (judged, failed) = (verdict.judged, verdict.findings.len());
    let _ = write!(text, "{judged} figures judged, {failed} cases failed");
    let _ = match verdict.shown {
        0 => writeln!(text),
        shown => writeln!(text, "; {shown} figures are not exact and only shown"),
    };
    text
}

/// A finding in one line, with what to do about each of its figures.
fn line(finding: &Finding, project: &Project) -> String {
    let mut line = format!("{}:", plain(&finding.case.to_string()));
    for (index, change) in finding.changes.iter().enumerate() {
        let separator = if index == 0 { " " } else { "; " };
        // Writing to a string cannot fail.
        let _ = write!(line, "{separator}{change}{}", advice(change, project));
    }
    if let Some(site) = &finding.site {
        let _ = write!(line, "; at {site}");
    }
    line
}

fn advice(change: &Change, project: &Project) -> String {
    let accept = format!("run `{} accept`", project.command);
    match (change.before, change.after) {
        _ if change.is_stale() => format!(": {accept}"),
        (None, Some(_)) => format!(", {accept} if it is new"),
        _ => String::new(),
    }
}
