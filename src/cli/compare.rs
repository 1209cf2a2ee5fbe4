//! `benchlens compare`: two results folders side by side.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use benchlens::judge::compare::{Comparison, Results};

use super::Verb;

/// Put two results folders side by side, as Markdown
#[derive(clap::Parser)]
#[command(
    name = "compare",
    after_help = "Examples:
  benchlens compare results/baseline results/record/2026-11-24-x86_64-2-cores

What the figures depend on stands first where it differs: processor, compiler, C library, features."
)]
pub(super) struct Compare {
    /// The results to compare with
    before: PathBuf,
    /// The results to compare
    after: PathBuf,
}

impl Verb for Compare {
    fn run(self) -> anyhow::Result<ExitCode> {
        let read = |folder: &PathBuf| {
            let results = Results::read(folder);
            results.with_context(|| format!("cannot read the results in {}", folder.display()))
        };
        let comparison = Comparison::new(&read(&self.before)?, &read(&self.after)?);
        super::print(&comparison.to_markdown())?;
        Ok(ExitCode::SUCCESS)
    }
}
