//! `memory`: a process's memory over time, of a case or of the experiment with allocators.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use benchlens::report::memory::line;
use benchlens::report::plain;

use crate::project::Home;
use crate::scope::Scope;
use crate::{Project, Usage, Verb};

mod built;
mod case;
mod executables;
mod experiment;
mod row;

/// Show memory over time: live heap, what the allocator holds, resident set, page faults
#[derive(clap::Parser)]
#[command(
    long_about = "Show memory over time, a line an interval: the live heap, what the allocator holds, the \
                  resident set, the page faults, and what was given back to the system since the line before.\n\n\
                  With --experiment: what each allocator gives back, and when. A process loads 1 GiB in blocks of \
                  about 25 kB, frees them, is idle, works a little, and asks its allocator to give back what it \
                  can; once with everything freed, and once with one block in a hundred kept.",
    after_help = "Examples:
  {command} memory {subject}/{input}
  {command} memory {subject} --allocator mimalloc --interval 100ms
  {command} memory --experiment
  {command} memory --experiment --allocator jemalloc --idle 20s
  {command} memory --experiment --allocator system --load 64 --idle 1s --format lines

The resident set and the faults are the kernel's, and compare between allocators. What an allocator
holds is its own account, and each counts something else. A bench gets under another allocator by a
build with the feature `mimalloc` or `jemalloc` of the drop-in, or of benchlens; one that defines a
global allocator of its own keeps it, and so does C code. An allocator's variables of the environment,
such as MIMALLOC_PURGE_DELAY=0, are passed on and kept with the recording."
)]
pub(crate) struct Memory {
    /// The case as the verb `table` names it, or its subject alone
    #[arg(value_name = "CASE", conflicts_with = "experiment")]
    case: Option<String>,
    /// Compare what allocators give back after a program has freed its memory
    #[arg(long)]
    experiment: bool,
    /// The allocator; if not given, the bench's own, or with --experiment all of them
    #[arg(long, value_enum)]
    allocator: Option<Allocator>,
    /// The time between lines
    #[arg(long, value_name = "TIME", default_value = "10ms", value_parser = interval)]
    interval: Duration,
    /// How long the case is called
    #[arg(long, value_name = "TIME", default_value = "3s", value_parser = humantime::parse_duration)]
    time: Duration,
    /// With --experiment: how much is loaded, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 1024, value_parser = clap::value_parser!(u64).range(1..1 << 20))]
    load: u64,
    /// With --experiment: how long the process is idle
    #[arg(long, value_name = "TIME", default_value = "15s", value_parser = humantime::parse_duration)]
    idle: Duration,
    /// Record nothing, and show what was recorded last
    #[arg(long)]
    kept: bool,
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    scope: Scope,
}

/// An allocator that can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Allocator {
    /// The C library's
    System,
    /// mimalloc
    Mimalloc,
    /// jemalloc
    Jemalloc,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For a terminal: the lines of a case as they are taken, or the experiment's table
    Text,
    /// Each line as it is taken, also of the experiment
    Lines,
    /// The experiment's table for a README
    Markdown,
    /// Each sample as a row
    Csv,
    /// Totals, and the experiment's table
    Json,
}

impl Allocator {
    const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Mimalloc => "mimalloc",
            Self::Jemalloc => "jemalloc",
        }
    }
}

/// Parses an interval that is long enough for sampling.
fn interval(text: &str) -> Result<Duration, String> {
    const SHORTEST: Duration = Duration::from_micros(100);
    match humantime::parse_duration(text) {
        Ok(interval) if interval < SHORTEST => {
            Err("a sample takes some microseconds: use at least 100us".to_owned())
        }
        Ok(interval) => Ok(interval),
        Err(error) => Err(error.to_string()),
    }
}

impl Verb for Memory {
    fn run(self, project: &Project) -> anyhow::Result<ExitCode> {
        match &self.case {
            Some(name) => case::run(&self, name, project),
            None if self.experiment => experiment::run(&self, project),
            None => {
                Err(Usage("name a case, or use --experiment to compare allocators".into()).into())
            }
        }
    }
}

impl Memory {
    fn interval_us(&self) -> u64 {
        u64::try_from(self.interval.as_micros()).unwrap_or(u64::MAX)
    }

    /// The folder of results where the experiment is kept for the page, if there is one.
    fn results(&self, project: &Project) -> Option<PathBuf> {
        match (self.scope.results(), project.home) {
            (Some(folder), _) => Some(folder.to_owned()),
            (None, Home::Suite(suite)) => Some(suite.results.into()),
            // Each bench has a page of its own, and the experiment belongs to none.
            (None, Home::Workspace) => None,
        }
    }
}
