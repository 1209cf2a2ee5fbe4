//! `benchlens profile`: where processor time goes in a case.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use benchlens::CaseId;
use benchlens::profile::samples::{SampleProfile, SamplerKind};
use benchlens::profile::stored::Profiles;
use benchlens::report::callgraph::{self, CallGraph, Limits};
use benchlens::report::flame;
use benchlens::report::functions::{FunctionView, Sort};
use benchlens::report::lines::text;
use benchlens::report::{Setting, plain};
use benchlens::run::repeat::Until;
use benchlens::sampling::{self, Plan};
use benchlens::store;

use crate::named::CaseName;
use crate::scope::{Scope, Target};
use crate::{Format, Project, Usage, Verb, lines, output, terminal};

/// Sample where the processor's time goes in a case: its functions, its lines, its system calls
#[derive(clap::Parser)]
#[command(after_help = "Examples:
  {command} profile {subject}
  {command} profile {subject} --input {input} --seconds 10 --cum
  {command} profile {subject} --flame flame.svg --graph graph.svg
  {command} lines {subject}
  {command} export {subject} --to firefox --by samples >samples.json

The case is called again and again in its own executable, as it was measured. perf samples it where the
kernel permits that, and else a timer in the process; --by chooses. The samples are kept with the run, for
the verbs lines, graph, export and page. ± is the half width of the interval that holds the true share 19
times of 20.")]
pub(crate) struct Profile {
    #[command(flatten)]
    case: CaseName,
    /// What takes the samples; by default perf, if the kernel lets it see system calls and it sees most of the time
    #[arg(long, value_enum)]
    by: Option<By>,
    /// How long the case is repeated
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 3.0,
        conflicts_with = "calls"
    )]
    seconds: f64,
    /// Repeat the case N times instead
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    calls: Option<u64>,
    /// Samples in a second of processor time
    #[arg(long, value_name = "N", default_value_t = 997,
          value_parser = clap::value_parser!(u32).range(1..=20_000))]
    frequency: u32,
    /// How many bytes of a stack are copied with each sample; a deeper one is cut
    #[arg(long, value_name = "BYTES", default_value_t = 32 << 10,
          value_parser = clap::value_parser!(u32).range(1024..=65_528))]
    stack: u32,
    /// Sort by the time of a function with what it calls
    #[arg(long)]
    cum: bool,
    /// Fold inlined functions into the physical function that contains them
    #[arg(long)]
    no_inlines: bool,
    /// Show N functions
    #[arg(long, value_name = "N", default_value_t = 30)]
    count: usize,
    /// Show the lines of the source, too, with their allocations, instructions and samples
    #[arg(long)]
    lines: bool,
    /// Write a flame graph, an SVG
    #[arg(long, value_name = "FILE")]
    flame: Option<PathBuf>,
    /// Write the call graph as a picture, an SVG
    #[arg(long, value_name = "FILE")]
    graph: Option<PathBuf>,
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    scope: Scope,
}

/// What takes the samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum By {
    /// The kernel, through the command perf
    Perf,
    /// A timer in the process
    Timer,
}

impl Verb for Profile {
    fn run(self, project: &Project) -> anyhow::Result<ExitCode> {
        let plan = self.plan()?;
        let targets = self.scope.targets(project)?;
        let (target, case) = self.case.find(&targets, project)?;
        let profile = self.take(&target, &case, &plan)?;
        let name = case.to_string();
        if let Some(path) = &self.flame {
            let title = format!("{name}, processor time");
            let svg = flame::render(&profile, &title, Setting::Alone);
            output::write(path, svg.as_bytes())?;
        }
        if let Some(path) = &self.graph {
            let graph = CallGraph::of_samples(&profile, self.no_inlines, Limits::default());
            let svg = callgraph::render(&graph, &format!("{name}, processor time"), Setting::Alone);
            output::write(path, svg.as_bytes())?;
        }
        let sort = match self.cum {
            true => Sort::Cumulative,
            false => Sort::Own,
        };
        let view = FunctionView::new(&case, &profile, sort, self.no_inlines);
        match self.format {
            Format::Json => terminal::print_json(&view)?,
            Format::Text => terminal::print(&view.render(self.count))?,
        }
        if self.lines {
            self.show_lines(&target, &case, project)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Profile {
    fn plan(&self) -> anyhow::Result<Plan> {
        let until = match self.calls {
            Some(calls) => Until::Calls(calls),
            None => match Duration::try_from_secs_f64(self.seconds) {
                Ok(time) if time >= Duration::from_millis(1) => Until::Time(time),
                _ => {
                    let reason = format!("--seconds {} is not a time to repeat for", self.seconds);
                    return Err(Usage(reason).into());
                }
            },
        };
        Ok(Plan {
            sampler: self.by.map(|by| match by {
                By::Perf => SamplerKind::Perf,
                By::Timer => SamplerKind::Timer,
            }),
            until,
            frequency: self.frequency,
            stack: self.stack,
        })
    }

    /// Samples the case, and keeps the samples with its run.
    fn take(&self, target: &Target, case: &CaseId, plan: &Plan) -> anyhow::Result<SampleProfile> {
        let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
        let results = &target.results;
        let profile = sampling::take(results, case, plan, &folder.path().join("repeated"))?;
        if profile.samples.is_empty() {
            let outside = profile.facts.outside;
            anyhow::bail!(
                "no sample of {} in its calls ({outside} outside of them): it waits, or it is short; \
                 try --seconds {}",
                plain(&case.to_string()),
                (self.seconds * 4.0).ceil()
            );
        }
        keep(results, case, &profile)?;
        Ok(profile)
    }

    fn show_lines(&self, target: &Target, case: &CaseId, project: &Project) -> anyhow::Result<()> {
        let sources = self.scope.sources(project)?;
        let mut profiles = Profiles::of(&target.results)?;
        if let Some(view) = lines::view(&mut profiles, case, &sources, self.no_inlines)? {
            terminal::print("\n")?;
            terminal::print_styled(&text::render(&view))?;
        }
        Ok(())
    }
}

fn keep(results: &Path, case: &CaseId, profile: &SampleProfile) -> anyhow::Result<()> {
    let path = Profiles::of(results)?.path_of_samples(case);
    let path = path.with_context(|| format!("no rows of {case}"))?;
    store::folder::write(&path, &profile.to_json()?)?;
    Ok(())
}
