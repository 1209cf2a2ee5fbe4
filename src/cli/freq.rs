//! `benchlens freq`: how many items of a pile of feeds mention a topic.

use std::fmt::Write as _;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use benchlens::report::{amount, plain};
use benchlens_suite::freq::per_core_regions::count_with_regions;
use benchlens_suite::freq::registry::{COUNTERS, default_counter};
use benchlens_suite::freq::{CounterRow, Job, Threads};
use serde::Serialize;
use walkdir::WalkDir;

use super::reading::{self, Reading};
use super::{Format, Usage, Verb};

mod spinner;
mod trace;

use spinner::Spinner;

/// The counter whose regions make a trace.
const TRACED: &str = "per_core_regions";

/// What a file in a folder must end in to be read.
const EXTENSIONS: [&str; 4] = ["xml", "rss", "atom", "rdf"];

/// Count the items of news feeds that mention a topic in their title or description
///
/// A PATH is a feed file, or a folder that is searched through for .xml, .rss, .atom and .rdf;
/// links to folders are not followed. A file that is named twice counts twice. A document that
/// fails, a link that leads nowhere among them, is reported, all others are still counted, and the
/// exit code is 1. So it is where no item was seen at all: then nobody can know whether one mentions
/// the topic.
#[derive(clap::Parser)]
#[command(
    name = "freq",
    after_help = "Examples:
  benchlens freq --topic president newsfeed.xml
  benchlens freq --topic president --format json feeds/ more/
  benchlens freq --topic president --counter per_core --threads 4 feeds/
  benchlens freq --topic president --trace trace.json feeds/

A trace shows which worker opened, read, parsed and searched which document when; open it in
Perfetto or in about:tracing of Chromium."
)]
pub(super) struct Freq {
    /// The word to look for, case-sensitive; not empty
    #[arg(long, allow_hyphen_values = true)]
    topic: String,
    /// How; see `benchlens list`. Otherwise the fastest
    #[arg(long, value_name = "NAME", value_parser = counter)]
    counter: Option<&'static CounterRow>,
    /// How many threads a counter of many threads uses; otherwise one a core
    #[arg(long, value_name = "N", value_parser = threads)]
    threads: Option<NonZeroUsize>,
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Count with per_core_regions and write what its workers did as a trace for browsers
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
    /// Feed files, and folders of them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

fn counter(name: &str) -> Result<&'static CounterRow, String> {
    let short = name.strip_prefix("freq/").unwrap_or(name);
    COUNTERS
        .iter()
        .find(|row| row.name == short)
        .ok_or_else(|| {
            let names: Vec<_> = COUNTERS.iter().map(|row| row.name).collect();
            format!("the counters are {}", names.join(", "))
        })
}

fn threads(number: &str) -> Result<NonZeroUsize, String> {
    let parsed = number.parse().ok();
    parsed.ok_or_else(|| "it takes a whole number from 1 on".to_owned())
}

#[derive(Serialize)]
struct Report<'a> {
    topic: &'a str,
    found: u64,
    items: u64,
    documents: u64,
    /// Paths of documents without any item.
    empty: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    repaired: Vec<Repaired>,
    failures: Vec<Failure>,
}

#[derive(Serialize)]
struct Repaired {
    path: String,
    repairs: Vec<reading::Repair>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Failure {
    path: String,
    error: String,
}

impl Failure {
    fn new(path: &Path, error: impl Into<anyhow::Error>) -> Self {
        Self {
            path: path.to_string_lossy().into_owned(),
            error: reading::told(error),
        }
    }
}

impl Verb for Freq {
    fn run(self) -> anyhow::Result<ExitCode> {
        if self.topic.is_empty() {
            return Err(Usage("--topic is empty: name what to look for".into()).into());
        }
        let counter = match (self.counter, &self.trace) {
            (Some(counter), Some(_)) if counter.name != TRACED => {
                return Err(Usage(format!(
                    "{} records no regions: leave --counter out or name {TRACED}",
                    counter.name
                ))
                .into());
            }
            (None, Some(_)) => counter(TRACED).map_err(Usage)?,
            (chosen, _) => chosen.unwrap_or_else(default_counter),
        };
        if self.threads.is_some() && counter.threads == Threads::One {
            return Err(Usage(format!(
                "{} works on one thread: leave --threads out or choose another --counter",
                counter.name
            ))
            .into());
        }
        let (paths, mut failures) = documents(&self.paths);
        if let Some(file) = &self.trace {
            trace::refuse_input(file, &paths)?;
        }
        let one = NonZeroUsize::MIN;
        let spinner = Spinner::start(amount(paths.len() as u64, "file"));
        let job = Job {
            paths: &paths,
            topic: &self.topic,
            threads: self
                .threads
                .unwrap_or_else(|| thread::available_parallelism().unwrap_or(one)),
            limits: self.reading.limits(),
            lenient: self.reading.lenient,
        };
        let outcome = match &self.trace {
            None => (counter.count)(&job),
            Some(file) => {
                let (outcome, regions) = count_with_regions(&job);
                trace::write(file, &regions, &paths)?;
                outcome
            }
        };
        spinner.end();
        let failed = outcome.failures.into_iter();
        failures.extend(failed.map(|failure| Failure::new(&failure.path, failure.error)));
        failures.sort();
        if self.format == Format::Text {
            for document in &outcome.repaired {
                let (path, told) = (document.path.display(), reading::summary(&document.repairs));
                super::complain(format_args!("freq: {path}: {told}"));
            }
        }
        let repaired = outcome.repaired.into_iter().map(|document| Repaired {
            path: document.path.to_string_lossy().into_owned(),
            repairs: document.repairs.into_iter().map(Into::into).collect(),
        });
        let report = Report {
            topic: &self.topic,
            found: outcome.found,
            items: outcome.items,
            documents: outcome.documents,
            empty: (outcome
                .empty
                .iter()
                .map(|path| path.to_string_lossy().into_owned()))
            .collect(),
            repaired: repaired.collect(),
            failures,
        };
        match self.format {
            Format::Json => super::print_json(&report)?,
            Format::Text => {
                for failure in &report.failures {
                    super::complain(format_args!("freq: {}: {}", failure.path, failure.error));
                }
                for path in &report.empty {
                    super::complain(format_args!("freq: {path}: no item in it"));
                }
                super::print(&text(&report))?;
            }
        }
        let nothing_seen = report.items == 0 && report.documents > 0;
        Ok(match report.failures.is_empty() && !nothing_seen {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        })
    }
}

fn text(report: &Report<'_>) -> String {
    let mut text = format!(
        "{} {} \"{}\" out of {} in {}",
        amount(report.found, "item"),
        if report.found == 1 {
            "mentions"
        } else {
            "mention"
        },
        plain(report.topic),
        report.items,
        amount(report.documents, "document")
    );
    if !report.empty.is_empty() {
        let _ = write!(text, "; {} without any item", report.empty.len());
    }
    if !report.repaired.is_empty() {
        let _ = write!(text, "; {} repaired", report.repaired.len());
    }
    if !report.failures.is_empty() {
        let _ = write!(text, "; {} failed", report.failures.len());
    }
    text.push('\n');
    text
}

/// The feed files at and below `paths`, folder by folder in the order of their names, and the
/// folders that could not be searched. What cannot be opened is left for the counter to report.
fn documents(paths: &[PathBuf]) -> (Vec<PathBuf>, Vec<Failure>) {
    let (mut files, mut failures) = (Vec::new(), Vec::new());
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        for entry in WalkDir::new(path).sort_by_file_name() {
            match entry {
                Ok(entry) if is_feed(&entry) => files.push(entry.into_path()),
                Ok(_) => {}
                Err(error) => {
                    let folder = error.path().unwrap_or(path).to_owned();
                    failures.push(Failure::new(&folder, error));
                }
            }
        }
    }
    (files, failures)
}

/// By the end of its name. A link that leads nowhere is left for the counter to report, too; a folder,
/// a pipe and a device are passed over.
fn is_feed(entry: &walkdir::DirEntry) -> bool {
    let extension = entry
        .path()
        .extension()
        .and_then(|extension| extension.to_str());
    let is_named = extension.is_some_and(|extension| {
        EXTENSIONS
            .iter()
            .any(|it| it.eq_ignore_ascii_case(extension))
    });
    is_named && fs::metadata(entry.path()).map_or(true, |target| target.is_file())
}
