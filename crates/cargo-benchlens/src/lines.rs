//! `benchlens lines`: the cost of each source line of a case.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use benchlens::judge::sites::{self, Site};
use benchlens::profile::stored::Profiles;
use benchlens::report::lines::sources::Sources;
use benchlens::report::lines::{LineView, Measured, text};
use benchlens::report::plain;
use benchlens::{CaseId, Lens};

use crate::named::Named;
use crate::origin::Origin;
use crate::{Format, Project, Verb, terminal};

/// Show the cost of each source line of a case: allocations, bytes, instructions
#[derive(clap::Parser)]
#[command(after_help = "Examples:
  {command} lines {subject}
  {command} lines {subject}/{input} --no-inlines
  {command} lines {subject} --input {input} --format json
  {command} lines --profile callgrind.out.4711 --crate mine

A line's own figures hold the code that was inlined into it from std and other crates; `cum` is with
the project's functions below it. What was called outside of the project is listed at the end, so
that the figures add up to those of `{command} table`. A lens that left no profile has n/a.")]
pub(crate) struct Lines {
    #[command(flatten)]
    case: Named,
    /// Fold inlined functions into the physical function that contains them
    #[arg(long)]
    no_inlines: bool,
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    origin: Origin,
}

impl Verb for Lines {
    fn run(self, project: &Project) -> anyhow::Result<ExitCode> {
        let (targets, _kept) = self.origin.targets(project)?;
        let (target, case) = self.case.find(&targets, project, is_counted)?;
        let mut profiles = Profiles::of(&target.results)?;
        let sources = self.origin.sources(project)?;
        let view = view(&mut profiles, &case, &sources, self.no_inlines)?;
        let view = view.with_context(|| {
            let results = target.results.display();
            format!("{results} has no profile of {case}: run `cargo bench` to measure it again")
        })?;
        warn_of_missing(&view);
        warn_without_lines(std::slice::from_ref(&view), project);
        match self.format {
            Format::Json => terminal::print_json(&view)?,
            Format::Text => terminal::print_styled(&text::render(&view))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Whether a case was measured by a lens with profiles.
pub(crate) fn is_counted(row: &benchlens::report::table::Row) -> bool {
    use benchlens::Metric::{Allocations, Instructions};
    row.count(Allocations).is_some() || row.count(Instructions).is_some()
}

/// Where the cases allocate, from the profiles in `results` and the sources.
pub(crate) fn sites<'a>(
    results: &Path,
    sources: Option<&Sources>,
    cases: impl IntoIterator<Item = &'a CaseId>,
) -> Vec<Site> {
    let (Some(sources), Ok(profiles)) = (sources, Profiles::of(results)) else {
        return Vec::new();
    };
    (cases.into_iter())
        .filter_map(|case| {
            let profile = profiles.heap(case).ok()??;
            LineView::new(case, Some(&profile), None, sources, false).ok()
        })
        .flat_map(|view| sites::of_view(&view))
        .collect()
}

/// The view of a case; `None` if neither lens left a profile.
pub(crate) fn view(
    profiles: &mut Profiles,
    case: &CaseId,
    sources: &Sources,
    folded: bool,
) -> anyhow::Result<Option<LineView>> {
    let heap = profiles.heap(case)?;
    let instructions = profiles.instructions(case)?;
    let samples = profiles.samples(case)?;
    if heap.is_none() && instructions.is_none() && samples.is_none() {
        return Ok(None);
    }
    let measured = Measured {
        heap: heap.as_ref(),
        instructions: instructions.as_ref(),
        samples: samples.as_ref(),
    };
    let view = LineView::of(case, measured, sources, folded);
    let view = view.with_context(|| format!("cannot show {case} line by line"))?;
    Ok(Some(view))
}

/// Explains why views have functions but no lines.
pub(crate) fn warn_without_lines(views: &[LineView], project: &Project) {
    let has_functions = views.iter().any(|view| !view.external.is_empty());
    if !has_functions || views.iter().any(|view| !view.files.is_empty()) {
        return;
    }
    let folded = match views.iter().any(|view| view.folded) {
        true => {
            "its code may be inlined into other crates' functions, which stand for it here; and "
        }
        false => "",
    };
    terminal::warn(format_args!(
        "no line of the project is in it: {folded}without debug information there are none, and \
         `{} run` asks the compiler for it",
        project.command
    ));
}

/// Explains which lens is n/a in a view, and why instructions are not by inlined function.
pub(crate) fn warn_of_missing(view: &LineView) {
    let case = view.case.to_string();
    let case = plain(&case);
    let missing = [
        (Lens::Heap, view.total.allocations),
        (Lens::Instructions, view.total.instructions),
    ];
    for (lens, _) in missing.iter().filter(|(_, figure)| figure.is_none()) {
        terminal::warn(format_args!(
            "{case} has no profile of the lens {lens}, whose figures are n/a here"
        ));
    }
}
