//! `benchlens compare`: two results folders side by side.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use benchlens::judge::compare::{Comparison, Results};

use crate::{Project, Verb, terminal};

/// Put two results folders side by side, as Markdown
#[derive(clap::Parser)]
#[command(
    name = "compare",
    after_help = "Examples:
  {command} compare {baseline} {results}

What the figures depend on stands first where it differs: processor, compiler, C library, features."
)]
pub(crate) struct Compare {
    /// The results to compare with
    before: PathBuf,
    /// The results to compare
    after: PathBuf,
}

impl Verb for Compare {
    fn run(self, _: &Project) -> anyhow::Result<ExitCode> {
        let read = |folder: &PathBuf| {
            let results = Results::read(folder);
            results.with_context(|| format!("cannot read the results in {}", folder.display()))
        };
        let comparison = Comparison::new(&read(&self.before)?, &read(&self.after)?);
        terminal::print(&comparison.to_markdown())?;
        Ok(ExitCode::SUCCESS)
    }
}
