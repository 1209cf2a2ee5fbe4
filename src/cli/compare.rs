//! `benchlens compare`: two results folders side by side.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use benchlens::judge::compare::Comparison;
use benchlens::measurement::{Lens, Measurement};
use benchlens::store::{self, Error};

use super::Verb;

/// Put two results folders side by side, as Markdown
#[derive(clap::Parser)]
#[command(name = "compare")]
pub(super) struct Compare {
    /// The results to compare with
    before: PathBuf,
    /// The results to compare
    after: PathBuf,
}

impl Verb for Compare {
    fn run(self) -> anyhow::Result<ExitCode> {
        let comparison = Comparison::new(&read(&self.before)?, &read(&self.after)?);
        super::print(&comparison.to_markdown())?;
        Ok(ExitCode::SUCCESS)
    }
}

/// A baseline has no times, so that these may be missing.
fn read(folder: &Path) -> Result<Vec<Measurement>, Error> {
    let mut rows = store::read_rows(folder, Lens::Heap)?;
    rows.extend(store::read_rows(folder, Lens::Instructions)?);
    match store::read_rows(folder, Lens::Time) {
        Err(Error::Missing { .. }) => {}
        times => rows.extend(times?),
    }
    Ok(rows)
}
