//! `table`: the figures of the last run.

use std::process::ExitCode;

use benchlens::report::table;

use crate::scope::Scope;
use crate::{Project, Usage, Verb, terminal};

/// Show the joined table of the last `cargo bench`
#[derive(clap::Parser)]
#[command(after_help = "Examples:
  {command} table
  {command} table --format markdown >table.md
  {command} table --results {after} --format json

In JSON and CSV a row is a case: what was not measured is null or empty, `exact` says whether its
counts are the same in every run, and `reason` why a figure is missing or not exact.")]
pub(crate) struct ShowTable {
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// With JSON, also the declaration of each case: group, subject, input, role, throughput
    #[arg(long)]
    declared: bool,
    #[command(flatten)]
    scope: Scope,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For a terminal
    Text,
    /// For a README
    Markdown,
    /// An array of rows, null where not measured
    Json,
    /// One row per line, empty where not measured
    Csv,
}

impl Verb for ShowTable {
    fn run(self, project: &Project) -> anyhow::Result<ExitCode> {
        let format = match (self.format, self.declared) {
            (Format::Json, true) => table::Format::Declared,
            (_, true) => return Err(Usage("--declared goes with --format json".into()).into()),
            (Format::Text, _) => table::Format::Text,
            (Format::Markdown, _) => table::Format::Markdown,
            (Format::Json, _) => table::Format::Json,
            (Format::Csv, _) => table::Format::Csv,
        };
        let tables = self.scope.tables(project)?;
        let mut text = table::render(&tables, format);
        if !text.ends_with('\n') {
            text.push('\n');
        }
        terminal::print(&text)?;
        Ok(ExitCode::SUCCESS)
    }
}
