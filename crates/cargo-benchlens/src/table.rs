//! `benchlens table`: what the last run of the suite measured.

use std::process::ExitCode;

use anyhow::Context;
use benchlens::report::table::{self, Table};

use crate::project::ResultsArgument;
use crate::{Project, Verb, terminal};

/// Show the joined table of the last `cargo bench`
#[derive(clap::Parser)]
#[command(
    name = "table",
    after_help = "Examples:
  {command} table
  {command} table --format markdown >table.md
  {command} table --results {results} --format json"
)]
pub(crate) struct ShowTable {
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    results: ResultsArgument,
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
    fn run(self, project: &Project) -> anyhow::Result<ExitCode> {
        let results = self.results.folder(project);
        let table = Table::read(&results)
            .with_context(|| format!("cannot read the results in {}", results.display()))?;
        let mut text = table.render(self.format.into());
        if !text.ends_with('\n') {
            text.push('\n');
        }
        terminal::print(&text)?;
        Ok(ExitCode::SUCCESS)
    }
}
