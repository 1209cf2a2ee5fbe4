//! `ci`: a workflow that compares each pull request with its base.

use std::process::ExitCode;

use crate::{Project, Verb, terminal};

/// Print a workflow for GitHub that compares each pull request with its base
#[derive(clap::Parser)]
#[command(after_help = "Examples:
  {command} ci
  mkdir -p .github/workflows && {command} ci >.github/workflows/benchlens.yml

Both revisions are built and counted on one machine, so no baseline has to be kept, and no figure is
compared with one of another processor.")]
pub(crate) struct Ci {}

const WORKFLOW: &str = include_str!("ci/workflow.yml");

impl Verb for Ci {
    fn run(self, _: &Project) -> anyhow::Result<ExitCode> {
        terminal::print(WORKFLOW)?;
        Ok(ExitCode::SUCCESS)
    }
}
