//! `benchlens graph`: the call graph as a picture.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use benchlens::profile::callgrind::InstructionProfile;
use benchlens::profile::stored::Profiles;
use benchlens::report::Setting;
use benchlens::report::callgraph::{self, CallGraph, Limits};
use benchlens::report::table::Row;
use benchlens::{CaseId, Lens, Metric};

use crate::named::Named;
use crate::origin::Origin;
use crate::{Project, Usage, Verb, output, terminal};

/// Draw who calls whom in a case: boxes by cost, arrows by calls, the hottest path marked
#[derive(clap::Parser)]
#[command(after_help = "Examples:
  {command} graph {subject} >graph.svg
  {command} graph {subject} --input {input} -o graph.svg
  {command} profile {subject} && {command} graph {subject} --by samples -o graph.svg
  {command} graph --profile callgrind.out.4711 -o graph.svg

Instructions are exact, and their arrows carry the number of calls. Samples, which the verb profile takes,
show inlined functions and system calls, too.")]
pub(crate) struct Graph {
    #[command(flatten)]
    case: Named,
    /// What boxes and arrows stand for
    #[arg(long, value_enum, default_value_t = By::Instructions)]
    by: By,
    /// Fold inlined functions into the physical function that contains them, as callgrind does
    #[arg(long)]
    no_inlines: bool,
    /// Draw at most N functions
    #[arg(long, value_name = "N", default_value_t = 80,
          value_parser = clap::value_parser!(u32).range(1..))]
    nodes: u32,
    /// Leave out functions with a smaller share, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 0.5)]
    share: f64,
    /// The file to write; standard output if not given
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    origin: Origin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum By {
    /// What callgrind counted
    Instructions,
    /// Samples of processor time
    Samples,
}

impl Verb for Graph {
    fn run(self, project: &Project) -> anyhow::Result<ExitCode> {
        if !(0.0..=100.0).contains(&self.share) {
            let reason = format!("--share {} is not a percentage", self.share);
            return Err(Usage(reason).into());
        }
        let (targets, _kept) = self.origin.targets(project)?;
        let is_fit = |row: &Row| match self.by {
            By::Instructions => row.count(Metric::Instructions).is_some(),
            By::Samples => true,
        };
        let (target, case) = self.case.find(&targets, project, is_fit)?;
        let graph = self.graph(&target.results, &case, project)?;
        let unit = match self.by {
            By::Instructions => "instructions",
            By::Samples => "processor time",
        };
        let svg = callgraph::render(&graph, &format!("{case}, {unit}"), Setting::Alone);
        match &self.output {
            Some(path) => output::write(path, svg.as_bytes())?,
            None => terminal::print(&svg)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Graph {
    fn graph(&self, results: &Path, case: &CaseId, project: &Project) -> anyhow::Result<CallGraph> {
        let limits = Limits {
            nodes: self.nodes as usize,
            share: self.share / 100.0,
        };
        let profiles = Profiles::of(results)?;
        match self.by {
            By::Samples => {
                let samples = profiles.samples(case)?;
                let samples = samples.with_context(|| no_samples(case, project))?;
                Ok(CallGraph::of_samples(&samples, self.no_inlines, limits))
            }
            By::Instructions => {
                let path = profiles.path(Lens::Instructions, case);
                let path = path.with_context(|| format!("no rows of {case}"))?;
                let counted = InstructionProfile::read(&path).with_context(|| {
                    let results = results.display();
                    format!("{results} has no instruction profile of {case} that can be read")
                })?;
                Ok(CallGraph::of_instructions(&counted, limits))
            }
        }
    }
}

/// The advice for a case that was not sampled since it was measured.
pub(crate) fn no_samples(case: &CaseId, project: &Project) -> String {
    format!(
        "{case} was not sampled since it was measured: run `{} profile {case}`",
        project.command
    )
}
