//! `benchlens table`: what the last run of the suite measured.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use benchlens::report::table::{self, Table};

use super::Verb;

/// Show the joined table of the last `cargo bench`
#[derive(clap::Parser)]
#[command(
    name = "table",
    after_help = "Examples:
  benchlens table
  benchlens table --format markdown >table.md
  benchlens table --results results/record/2026-11-24-x86_64-2-cores --format json"
)]
pub(super) struct ShowTable {
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Where the benches left their rows
    #[arg(long, value_name = "DIR", default_value = "results/latest")]
    results: PathBuf,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// For a terminal
    Text,
    /// For a README
    Markdown,
    /// An array of rows, null where not measured
    Json,
    /// A row a line, empty where not measured
    Csv,
}

impl From<Format> for table::Format {
    fn from(format: Format) -> Self {
        match format {
            Format::Text => Self::Text,
            Format::Markdown => Self::Markdown,
            Format::Json => Self::Json,
            Format::Csv => Self::Csv,
        }
    }
}

impl Verb for ShowTable {
    fn run(self) -> anyhow::Result<ExitCode> {
        let table = Table::read(&self.results)
            .with_context(|| format!("cannot read the results in {}", self.results.display()))?;
        let mut text = table.render(self.format.into());
        if !text.ends_with('\n') {
            text.push('\n');
        }
        super::print(&text)?;
        Ok(ExitCode::SUCCESS)
    }
}
