//! `benchlens gate`: judges the last results by the baseline.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use benchlens::judge::gate::{self, Change, Finding, Side, Verdict};
use benchlens::judge::{baseline, sites};
use benchlens::report::{amount, plain};

use crate::lines;
use crate::project::Home;
use crate::scope::{BaselineArgument, Scope, Target};
use crate::{Project, Verb, failure, terminal};

/// Judge the last results by the baseline: exact heap figures, and instructions
#[derive(clap::Parser)]
#[command(after_help = "Examples:\n  cargo bench && {command} gate\n\n\
                  Exit codes: 0 nothing changed; 1 a case rose, fell or is missing; 2 a file is broken or \
                  missing, or the results are not those of one whole run without a failure; 3 another \
                  machine or compiler made the baseline.")]
pub(crate) struct Gate {
    #[command(flatten)]
    baseline: BaselineArgument,
    #[command(flatten)]
    scope: Scope,
    /// Tolerance for instructions, in percent
    #[arg(long, default_value_t = 0.5)]
    tolerance: f64,
}

impl Verb for Gate {
    fn run(self, project: &Project) -> anyhow::Result<ExitCode> {
        match self.judge(project) {
            Ok(code) => Ok(code),
            Err(error) => {
                terminal::warn(format_args!("gate: {}", failure::explained(&error)));
                Ok(ExitCode::from(2))
            }
        }
    }
}

impl Gate {
    fn judge(&self, project: &Project) -> anyhow::Result<ExitCode> {
        let baseline = self.baseline.folder(&self.scope, project)?;
        let mut codes = Vec::new();
        let targets = self.scope.targets(project)?;
        for target in &targets {
            codes.push(self.judge_target(target, &baseline, project)?);
        }
        // A broken file takes precedence over a change, and a change over another key.
        let worst = [2, 1, 3].into_iter().find(|code| codes.contains(code));
        Ok(ExitCode::from(worst.unwrap_or(0)))
    }

    fn judge_target(
        &self,
        target: &Target,
        baseline: &Path,
        project: &Project,
    ) -> anyhow::Result<u8> {
        let folder = target.baseline(baseline);
        let before = read_baseline(&folder, project)?;
        let known = sites::read(&folder)?;
        let mut after = baseline::read_results(&target.results)?;
        failure::warn_and_drop_failed_cases("gate", &target.prefix(), &mut after, project);
        let tolerance = self.tolerance / 100.0;
        let located = |mut verdict: Verdict| {
            let mut risen = (verdict.findings.iter_mut())
                .filter(|it| it.allocates_more())
                .peekable();
            if risen.peek().is_some() {
                let sources = self.scope.sources(project).ok();
                for finding in risen {
                    let now = lines::sites(&target.results, sources.as_ref(), [&finding.case]);
                    finding.site = sites::largest_increase(&known, &now).cloned();
                }
            }
            verdict
        };
        let prefix = target.prefix();
        match gate::judge(&before, &after, tolerance) {
            Err(gate::Error::Refused(refusal)) => {
                failure::warn_of_refusal("gate", &prefix, &refusal);
                if refusal.doubts.is_empty() {
                    // The run is whole, so missing and changed figures are listed beside its failures.
                    let verdict = located(gate::differences(&before, &after, tolerance)?);
                    terminal::print(&findings(&verdict, &prefix, project))?;
                }
                terminal::warn(format_args!("gate: {prefix}nothing was judged"));
                Ok(2)
            }
            verdict => {
                let verdict = located(verdict?);
                terminal::print(&text(&verdict, &prefix, project))?;
                Ok(match (verdict.exit_code(), project.home) {
                    // In a workspace, heap figures are judged even if the key differs, so that is no failure.
                    (3, Home::Workspace) => 0,
                    (code, _) => code,
                })
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

fn findings(verdict: &Verdict, bench: &str, project: &Project) -> String {
    (verdict.findings.iter())
        .map(|it| format!("{bench}{}\n", line(it, project)))
        .collect()
}

fn text(verdict: &Verdict, bench: &str, project: &Project) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    for (name, before, after) in &verdict.key_differences {
        let _ = writeln!(
            text,
            "{bench}{name} differs: the baseline has `{}`, this run `{}`",
            plain(before),
            plain(after)
        );
    }
    if !verdict.key_differences.is_empty() {
        let _ = writeln!(
            text,
            "{bench}instructions are not comparable and not judged, since they are valid for one key only"
        );
    }
    text.push_str(&findings(verdict, bench, project));
    let (judged, failed) = (verdict.judged, verdict.findings.len());
    let (judged, failed) = (
        amount(judged as u64, "figure"),
        amount(failed as u64, "case"),
    );
    let _ = write!(text, "{bench}{judged} judged, {failed} failed");
    let _ = match verdict.shown {
        0 => writeln!(text),
        1 => writeln!(text, "; 1 figure is not exact and only shown"),
        shown => writeln!(text, "; {shown} figures are not exact and only shown"),
    };
    text
}

/// A finding in one line, with advice on each figure.
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
