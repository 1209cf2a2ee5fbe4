//! `benchlens page`: writes the last results as one HTML file.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use benchlens::evidence::witnesses::Witnesses;
use benchlens::report::lines::sources::Sources;
use benchlens::report::page::{self, Folders};
use benchlens::report::plain;

use crate::origin::Origin;
use crate::scope::{BaselineArgument, Target};
use crate::{Project, Usage, Verb, output, terminal};

/// Write the last results as a page for the browser: one file, no network
#[derive(clap::Parser)]
#[command(after_help = "Examples:
  {command} page
  {command} page --results {after} -o report.html
  {command} page --profile dhat-heap.json -o heap.html")]
pub(crate) struct WritePage {
    #[command(flatten)]
    origin: Origin,
    #[command(flatten)]
    baseline: BaselineArgument,
    /// The file to write; report.html among the results if not given
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Verb for WritePage {
    fn run(self, project: &Project) -> anyhow::Result<ExitCode> {
        if !self.origin.files.is_empty() && self.output.is_none() {
            return Err(Usage("--profile needs --output, the page to write".into()).into());
        }
        let (targets, _kept) = self.origin.targets(project)?;
        if self.output.is_some() && targets.len() > 1 {
            let names: Vec<_> = targets.iter().map(Target::name).collect();
            let reason = format!(
                "--output names one page, and there are {} benches: choose with --bench among {}",
                targets.len(),
                names.join(", ")
            );
            return Err(Usage(reason).into());
        }
        // Without sources, the page says that they are missing.
        let sources = self.origin.sources(project).ok();
        let baseline = match self.origin.files.is_empty() {
            true => self.baseline.folder(&self.origin.scope, project)?,
            false => PathBuf::new(),
        };
        for target in &targets {
            let written = (self.write(target, sources.as_ref(), &baseline)).with_context(|| {
                let results = target.results.display();
                format!("cannot make a page of the results in {results}")
            })?;
            let written = written.display().to_string();
            terminal::print(&format!("{}\n", plain(&written)))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl WritePage {
    fn write(
        &self,
        target: &Target,
        sources: Option<&Sources>,
        baseline: &Path,
    ) -> anyhow::Result<PathBuf> {
        let witnesses = Witnesses::kept(&target.results);
        let folders = Folders {
            results: &target.results,
            baseline: &target.baseline(baseline),
        };
        let known = page::Project {
            sources,
            witnesses: witnesses.as_ref(),
        };
        let html = page::render(folders, known)?;
        let beside = || target.results.join("report.html");
        let output = self.output.clone().unwrap_or_else(beside);
        output::write(&output, html.as_bytes())?;
        Ok(output)
    }
}
