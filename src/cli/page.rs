//! `benchlens page`: the last results as one HTML file.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use benchlens::evidence::witnesses::Witnesses;
use benchlens::report::page::{self, Folders, Project};
use benchlens::store;

use super::{Verb, lines};

/// Write the last results as a page for the browser: one file, no network
#[derive(clap::Parser)]
#[command(
    name = "page",
    after_help = "Examples:
  benchlens page
  benchlens page --results results/record/2026-11-24-x86_64-2-cores -o /tmp/report.html"
)]
pub(super) struct WritePage {
    /// Where the benches left their rows and profiles
    #[arg(long, value_name = "DIR", default_value = "results/latest")]
    results: PathBuf,
    /// What the gate compares with; need not be there
    #[arg(long, value_name = "DIR", default_value = "results/baseline")]
    baseline: PathBuf,
    /// Folder of the project's sources
    #[arg(long, value_name = "DIR", default_value = ".")]
    source: PathBuf,
    /// The file to write; report.html among the results if not given
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Verb for WritePage {
    fn run(self) -> anyhow::Result<ExitCode> {
        let written = self.write().with_context(|| {
            format!(
                "cannot make a page of the results in {}",
                self.results.display()
            )
        })?;
        super::print(&format!("{}\n", written.display()))?;
        Ok(ExitCode::SUCCESS)
    }
}

impl WritePage {
    /// What is not at hand, such as the source or the witnesses to what was inlined, is left out, and
    /// the page says so.
    fn write(&self) -> anyhow::Result<PathBuf> {
        let sources = lines::sources(&self.source).ok();
        let witnesses = Witnesses::kept(&self.results);
        let folders = Folders {
            results: &self.results,
            baseline: &self.baseline,
        };
        let project = Project {
            sources: sources.as_ref(),
            witnesses: witnesses.as_ref(),
        };
        let html = page::render(folders, project)?;
        let output = (self.output.clone()).unwrap_or_else(|| self.results.join("report.html"));
        store::folder::write(&output, html.as_bytes())?;
        Ok(output)
    }
}
