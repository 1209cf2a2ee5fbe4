//! `benchlens top`: the lines that cost most, over all subjects.

use std::process::ExitCode;

use benchlens::report::lines::text;
use benchlens::report::lines::top::{self, Top};

use super::lines::{Places, print_styled};
use super::{Format, Verb};

/// Show the lines that cost most, added up over all subjects and inputs
#[derive(clap::Parser)]
#[command(
    name = "top",
    after_help = "Examples:\n  benchlens top\n  benchlens top --sort cum --count 50"
)]
pub(super) struct ShowTop {
    /// Sort by what a line spent itself, or with the functions below it
    #[arg(long, value_enum, default_value_t = Sort::Flat)]
    sort: Sort,
    /// How many lines
    #[arg(long, value_name = "N", default_value_t = 20)]
    count: usize,
    /// Fold inlined functions into the function whose machine code they are
    #[arg(long)]
    no_inlines: bool,
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    places: Places,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Sort {
    /// What the line spent itself
    Flat,
    /// What it and the functions below it spent
    Cum,
}

impl From<Sort> for top::Sort {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Flat => Self::Flat,
            Sort::Cum => Self::Cum,
        }
    }
}

impl Verb for ShowTop {
    fn run(self) -> anyhow::Result<ExitCode> {
        let sources = self.places.sources()?;
        let views = (self.places.cases()?.iter())
            .map(|case| self.places.view(case, &sources, self.no_inlines))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let top = Top::new(&views, self.sort.into(), self.count);
        match self.format {
            Format::Json => super::print_json(&top)?,
            Format::Text => print_styled(&text::render_top(&top))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
