//! The arguments of the benches: one parser for all three, since cargo hands each the same ones.

use std::path::Path;

use clap::Parser;

use super::Case;
use benchlens::measurement::Measurement;
use benchlens::store::{self, Error, RowFile};

/// What follows `cargo bench --`.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "cargo bench --",
    about = "Measures the cases whose name contains FILTER"
)]
pub struct Arguments {
    /// Only cases whose name contains this: `rewrite/alg_two`
    pub filter: Option<String>,
    /// Fewer samples in the time lens
    #[arg(long)]
    pub quick: bool,
    /// List the cases and measure nothing
    #[arg(long)]
    pub list: bool,
    /// FILTER is the whole name of a case
    #[arg(long)]
    pub exact: bool,
    /// Keep the times under this name, for criterion's --baseline
    #[arg(long, value_name = "NAME")]
    pub save_baseline: Option<String>,
    /// Compare the times with those kept under this name
    #[arg(long, value_name = "NAME")]
    pub baseline: Option<String>,
    /// Passed by cargo; without it the cases are verified and not measured
    #[arg(long, hide = true)]
    pub bench: bool,
    /// Passed by cargo
    #[arg(long, hide = true)]
    pub test: bool,
    /// Accepted for the sake of tools that pass it to every bench
    #[arg(long, hide = true)]
    pub nocapture: bool,
}

impl Arguments {
    /// Whether the case is asked for.
    pub fn select(&self, case: &Case) -> bool {
        self.select_name(&case.name())
    }

    /// Leaves the rows of a lens, or of a further file, in `folder`: those of a run of all cases in the place of all that
    /// stand there, those of a filtered run in the place of the selected cases'.
    ///
    /// # Errors
    ///
    /// What [`store::write_rows`] and [`store::replace_rows`] say.
    pub fn keep(
        &self,
        folder: &Path,
        file: impl Into<RowFile>,
        rows: &[Measurement],
    ) -> Result<(), Error> {
        match self.filter {
            None => store::write_rows(folder, file, rows),
            Some(_) => store::replace_rows(folder, file, rows, |case| self.select_name(case)),
        }
    }

    /// Whether a case of this name is asked for.
    pub fn select_name(&self, name: &str) -> bool {
        match &self.filter {
            None => true,
            Some(filter) if self.exact => name == filter,
            Some(filter) => name.contains(filter.as_str()),
        }
    }
}
