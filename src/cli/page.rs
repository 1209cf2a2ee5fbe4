//! `benchlens page`: the last results as one HTML file.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use benchlens::report::page::Folders;
use benchlens_suite::case::page;

use super::Verb;

/// Write the last results as a page for the browser: one file, no network
#[derive(clap::Parser)]
#[command(
    name = "page",
    after_help = "Examples:
  benchlens page
  benchlens page --results results/record/2026-01-31-x86_64-2-cores -o /tmp/report.html"
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
        let folders = Folders {
            results: &self.results,
            baseline: &self.baseline,
        };
        let output = self.output.as_deref();
        let written = page::write(folders, &self.source, output).with_context(|| {
            format!(
                "cannot make a page of the results in {}",
                self.results.display()
            )
        })?;
        super::print(&format!("{}\n", written.display()))?;
        Ok(ExitCode::SUCCESS)
    }
}
