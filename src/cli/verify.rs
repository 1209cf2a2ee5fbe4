//! `benchlens verify`: checks every subject against the oracle, without measuring.

use std::process::ExitCode;

use anyhow::Context;
use benchlens::Suite;
use benchlens::report::plain;
use benchlens_suite::cases::{self, counting::Feeds};
use indicatif::{ProgressBar, ProgressStyle};

use super::Verb;

/// Check every algorithm's answer on every input against the oracle, without measuring
#[derive(clap::Parser)]
#[command(after_help = "Examples:\n  benchlens verify")]
pub(super) struct Verify {}

impl Verb for Verify {
    fn run(self) -> anyhow::Result<ExitCode> {
        let folder = tempfile::tempdir().context("cannot make a temporary folder for the feeds")?;
        let mut suite = Suite::default();
        cases::declare(&mut suite, &Feeds::in_folder(folder.path())?);
        let count = suite.describe().len();
        let style = ProgressStyle::with_template("{pos}/{len} {wide_msg}")?;
        let progress = ProgressBar::new(count as u64).with_style(style);
        let wrong = suite.verify_each(|case| {
            progress.set_message(case.id.to_string());
            progress.inc(1);
        });
        progress.finish_and_clear();
        for (case, reason) in &wrong {
            let message = format!("{case}: wrong answer: {reason}");
            super::print(&format!("{}\n", plain(&message)))?;
        }
        let right = count - wrong.len();
        super::print(&format!(
            "{right} of {count} cases give the oracle's answer, {} do not\n",
            wrong.len()
        ))?;
        Ok(ExitCode::from(u8::from(!wrong.is_empty() || right == 0)))
    }
}
