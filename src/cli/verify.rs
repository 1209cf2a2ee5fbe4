//! `benchlens verify`: every subject against the oracle, without measuring.

use std::process::ExitCode;

use anyhow::Context;
use benchlens_suite::case::{self, Error};
use indicatif::{ProgressBar, ProgressStyle};

use super::Verb;

/// Check every algorithm's answer on every input against the oracle, without measuring
#[derive(clap::Parser)]
#[command(name = "verify", after_help = "Examples:\n  benchlens verify")]
pub(super) struct Verify {}

impl Verb for Verify {
    fn run(self) -> anyhow::Result<ExitCode> {
        let folder = tempfile::tempdir().context("cannot make a temporary folder for the feeds")?;
        let cases = case::suite(folder.path())?;
        let style = ProgressStyle::with_template("{pos}/{len} {wide_msg}")?;
        let progress = ProgressBar::new(cases.len() as u64).with_style(style);
        let failures = case::verify_all(&cases, |case| {
            progress.set_message(case.name());
            progress.inc(1);
        });
        progress.finish_and_clear();
        let (mut wrong, mut skipped) = (0, 0);
        for (name, error) in failures {
            match error {
                Error::Unsupported(_) => skipped += 1,
                _ => wrong += 1,
            }
            let error = anyhow::Error::new(error);
            super::print(&format!("{name}: {error:#}\n"))?;
        }
        let right = cases.len() - wrong - skipped;
        super::print(&format!(
            "{right} of {} cases give the oracle's answer, {wrong} do not, {skipped} are skipped\n",
            cases.len()
        ))?;
        Ok(ExitCode::from(u8::from(wrong > 0 || right == 0)))
    }
}
