//! `benchlens page`: the last results as one HTML file.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use benchlens::evidence::witnesses::Witnesses;
use benchlens::report::page::{self, Folders};
use benchlens::store;

use crate::project::{BaselineArgument, ResultsArgument};
use crate::{Project, Verb, terminal};

/// Write the last results as a page for the browser: one file, no network
#[derive(clap::Parser)]
#[command(
    name = "page",
    after_help = "Examples:
  {command} page
  {command} page --results {results} -o /tmp/report.html"
)]
pub(crate) struct WritePage {
    #[command(flatten)]
    results: ResultsArgument,
    #[command(flatten)]
    baseline: BaselineArgument,
    /// Folder of the project's sources
    #[arg(long, value_name = "DIR", default_value = ".")]
    source: PathBuf,
    /// The file to write; report.html among the results if not given
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Verb for WritePage {
    fn run(self, project: &Project) -> anyhow::Result<ExitCode> {
        let results = self.results.folder(project);
        let written = (self.write(&results, project)).with_context(|| {
            format!("cannot make a page of the results in {}", results.display())
        })?;
        terminal::print(&format!("{}\n", written.display()))?;
        Ok(ExitCode::SUCCESS)
    }
}

impl WritePage {
    /// What is not at hand, such as the source or the witnesses to what was inlined, is left out, and
    /// the page says so.
    fn write(&self, results: &Path, project: &Project) -> anyhow::Result<PathBuf> {
        let sources = project.sources(&self.source).ok();
        let witnesses = Witnesses::kept(results);
        let baseline = self.baseline.folder(project);
        let folders = Folders {
            results,
            baseline: &baseline,
        };
        let known = page::Project {
            sources: sources.as_ref(),
            witnesses: witnesses.as_ref(),
        };
        let html = page::render(folders, known)?;
        let output = (self.output.clone()).unwrap_or_else(|| results.join("report.html"));
        store::folder::write(&output, html.as_bytes())?;
        Ok(output)
    }
}
