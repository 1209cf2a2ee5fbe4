//! `benchlens top`: the most expensive lines, over all subjects.

use std::process::ExitCode;

use benchlens::profile::stored::Profiles;
use benchlens::report::lines::text;
use benchlens::report::lines::top::{self, Top};
use benchlens::report::plain;

use crate::lines;
use crate::origin::Origin;
use crate::{Format, Project, Verb, terminal};

/// Show the most expensive lines, added up over all subjects and inputs
#[derive(clap::Parser)]
#[command(
    after_help = "Examples:\n  {command} top\n  {command} top --sort cum --count 50\n  {command} top --profile dhat-heap.json"
)]
pub(crate) struct ShowTop {
    /// Sort by a line's own cost, or with the functions below it
    #[arg(long, value_enum, default_value_t = Sort::Flat)]
    sort: Sort,
    /// How many lines
    #[arg(long, value_name = "N", default_value_t = 20)]
    count: usize,
    /// Fold inlined functions into the physical function that contains them
    #[arg(long)]
    no_inlines: bool,
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    origin: Origin,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Sort {
    /// The line's own cost
    Flat,
    /// The cost of it and of the functions below it
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
    fn run(self, project: &Project) -> anyhow::Result<ExitCode> {
        let sources = self.origin.sources(project)?;
        let (targets, _kept) = self.origin.targets(project)?;
        let mut views = Vec::new();
        for target in &targets {
            let table = target.table()?;
            let mut profiles = Profiles::of(&target.results)?;
            for row in table.rows.iter().filter(|row| lines::is_counted(row)) {
                let case = &row.info.id;
                match lines::view(&mut profiles, case, &sources, self.no_inlines)? {
                    Some(view) => {
                        lines::warn_of_missing(&view);
                        views.push(view);
                    }
                    None => terminal::warn(format_args!(
                        "{} has no profile, and no part in these figures",
                        plain(&case.to_string())
                    )),
                }
            }
        }
        let folders: Vec<_> = (targets.iter())
            .map(|target| target.results.display().to_string())
            .collect();
        anyhow::ensure!(
            !views.is_empty(),
            "{} has no profiles: run `cargo bench` to measure again",
            folders.join(", ")
        );
        let unresolved = views.iter().filter_map(|view| view.unresolved.as_ref());
        if let Some(why) = unresolved.clone().next() {
            terminal::warn(format_args!(
                "instructions of {} cases are at callgrind's own lines, without inlined functions: {}",
                unresolved.count(),
                plain(why)
            ));
        }
        lines::warn_without_lines(&views, project);
        let top = Top::new(&views, self.sort.into(), self.count);
        match self.format {
            Format::Json => terminal::print_json(&top)?,
            Format::Text => terminal::print_styled(&text::render_top(&top))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
