//! `benchlens top`: the lines that cost most, over all subjects.

use std::process::ExitCode;

use benchlens::profile::kept::Profiles;
use benchlens::report::lines::text;
use benchlens::report::lines::top::{self, Top};
use benchlens::report::plain;
use benchlens::report::table::Table;

use super::lines::{self, Places, print_styled};
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
        let table = Table::read(&self.places.results)?;
        let mut profiles = Profiles::of(&self.places.results)?;
        let mut views = Vec::new();
        for row in table.rows.iter().filter(|row| lines::is_counted(row)) {
            let case = &row.info.id;
            match lines::view(&mut profiles, case, &sources, self.no_inlines)? {
                Some(view) => {
                    lines::complain_of_missing(&view);
                    views.push(view);
                }
                None => super::complain(format_args!(
                    "{} has no profile, and no part in these figures",
                    plain(&case.to_string())
                )),
            }
        }
        anyhow::ensure!(
            !views.is_empty(),
            "{} has no profiles: run `cargo bench` to measure anew",
            self.places.results.display()
        );
        let unresolved = views.iter().filter_map(|view| view.unresolved.as_ref());
        if let Some(why) = unresolved.clone().next() {
            super::complain(format_args!(
                "instructions of {} cases stand where callgrind puts them, without inlined functions: {}",
                unresolved.count(),
                plain(why)
            ));
        }
        let top = Top::new(&views, self.sort.into(), self.count);
        match self.format {
            Format::Json => super::print_json(&top)?,
            Format::Text => print_styled(&text::render_top(&top))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
