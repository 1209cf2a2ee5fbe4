//! Compares two profiles of any program: their totals, and the lines whose cost changed.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Context;
use benchlens::judge::cause::{self, Cause, LineChange, Side};
use benchlens::judge::compare::{Comparison, Results};
use benchlens::profile::stored::Profiles;
use benchlens::report::lines::LineView;
use benchlens::report::lines::sources::Sources;
use benchlens::report::markdown;
use benchlens::{CaseId, Metric, store};

use crate::foreign::as_results_called;
use crate::origin::Origin;
use crate::scope::Target;
use crate::{Project, Usage, lines, terminal};

/// How many lines of each metric are shown.
const SHOWN: usize = 20;

pub(super) fn compare(origin: &Origin, project: &Project) -> anyhow::Result<ExitCode> {
    let [before, after] = origin.files.as_slice() else {
        let reason = "--profile is given twice, for what was before and what is after";
        return Err(Usage(reason.into()).into());
    };
    let sources = origin.sources(project)?;
    let sides =
        [before, after].map(|file| as_results_called(std::slice::from_ref(file), "profile"));
    let [before, after] = sides;
    let (before, after) = (before?, after?);
    let (old, new) = (before.target(), after.target());
    let comparison = Comparison::new(&read(&old)?, &read(&new)?);
    let mut text = comparison.to_markdown();
    let views = [view(&old, &sources)?, view(&new, &sources)?];
    let side = |view| Side {
        view,
        sources: &sources,
    };
    for metric in [
        Metric::Allocations,
        Metric::AllocatedBytes,
        Metric::Instructions,
    ] {
        let cause = cause::of(side(&views[0]), side(&views[1]), metric);
        if let Some(Cause::Moved(changes) | Cause::Source(changes)) = cause {
            write_lines(&mut text, metric, &changes);
        }
    }
    terminal::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn read(target: &Target) -> anyhow::Result<Results> {
    Ok(Results::read(&target.results)?)
}

fn view(target: &Target, sources: &Sources) -> anyhow::Result<LineView> {
    let cases = store::read_cases(&target.results)?.cases;
    let case: &CaseId = &cases.first().context("a profile is one case")?.id;
    let mut profiles = Profiles::of(&target.results)?;
    let view = lines::view(&mut profiles, case, sources, false)?;
    view.context("a profile is of one lens")
}

fn write_lines(text: &mut String, metric: Metric, changes: &[LineChange]) {
    if changes.is_empty() {
        return;
    }
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "\n| line | source | {metric} before | after | change |\n"
    );
    text.push_str("| --- | --- | ---: | ---: | ---: |\n");
    for change in changes.iter().take(SHOWN) {
        let place = match change.line {
            0 => markdown(&change.place),
            line => format!("{}:{line}", markdown(&change.place)),
        };
        let _ = writeln!(
            text,
            "| {place} | {} | {} | {} | {:+} |",
            markdown(&change.source),
            change.before,
            change.after,
            change.difference()
        );
    }
    if let Some(more) = changes.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        let _ = writeln!(text, "\n{more} more lines changed.");
    }
}
