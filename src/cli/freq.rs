//! `benchlens freq`: counts how many items of many feeds mention a topic.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use benchlens::report::amount;
use benchlens_suite::freq::registry::{COUNTERS, default_counter};
use benchlens_suite::freq::{self, CounterRow, Job, Outcome, Session, Threads};
use rayon::prelude::*;

use super::reading::Reading;
use super::{Format, Usage, Verb};

mod report;
pub(super) mod sources;
mod spinner;
mod trace;
pub(super) mod unpack;

use report::{Failure, FileCount, Listed, Name, Repaired, Report};
use sources::Sources;
use spinner::Spinner;
use unpack::Unpacked;

/// The counter whose regions name their documents, as Chromium's trace format requires.
const TRACED: &str = "per_core_regions";

/// How many documents are unpacked and then counted at a time, so that not all are on disk at once.
const BATCH: usize = 1024;

/// Count the items of news feeds that mention a topic in their title or description
///
/// A PATH is a feed file, or a folder that is searched for .xml, .rss, .atom and .rdf; links to
/// folders are not followed. Files ending in .gz are unpacked. A file named twice counts twice. A
/// document that fails, such as a dangling link, is reported, all others are still counted, and the
/// exit code is 1. The exit code is also 1 if a folder has no feed, or if no item was seen at all.
#[derive(clap::Parser)]
#[command(after_help = "Examples:
  benchlens freq --topic president newsfeed.xml
  benchlens freq --topic president --format json feeds/ more/
  benchlens freq --topic president --counter per_core --threads 4 feeds/
  benchlens freq --topic president --trace timeline.html --counter per_core feeds/
  benchlens freq --topic president --per-file --extension html feeds/
  find . -name '*.xml.gz' -print0 | benchlens freq --topic president --files-from - -0
  curl https://example.org/feed.xml | benchlens freq --topic president -

A trace shows which worker opened, read, parsed and searched a document when, and what it waited for:
.html is a page with all that `benchlens timeline` shows, .pftrace is for ui.perfetto.dev, and .json for
about:tracing of Chromium, with the names of the documents, by the counter per_core_regions.")]
pub(super) struct Freq {
    /// The word to look for, case-sensitive; not empty
    #[arg(long, allow_hyphen_values = true)]
    topic: String,
    /// The algorithm, see `benchlens list`; by default the fastest
    #[arg(long, value_name = "NAME", value_parser = counter)]
    counter: Option<&'static CounterRow>,
    /// How many threads a multi-threaded counter uses; by default one per core
    #[arg(long, value_name = "N", value_parser = threads)]
    threads: Option<NonZeroUsize>,
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write what the workers did when: a page, or by the extension .pftrace or .json a trace
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Also print the count of each document
    #[arg(long, conflicts_with_all = ["counter", "trace"])]
    per_file: bool,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    sources: Sources,
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

impl Verb for Freq {
    fn run(self) -> anyhow::Result<ExitCode> {
        if self.topic.is_empty() {
            return Err(Usage("--topic is empty: name what to look for".into()).into());
        }
        let counter = self.counter()?;
        let documents = self.sources.documents()?;
        if let Some(file) = &self.trace {
            trace::refuse_input(file, &documents.paths)?;
        }
        let spinner = Spinner::start(amount(documents.paths.len() as u64, "file"));
        let report = self.count(counter, documents)?;
        spinner.end();
        match self.format {
            Format::Json => super::print_json(&report)?,
            Format::Text => {
                for line in report.warnings() {
                    super::warn(format_args!("freq: {line}"));
                }
                super::print(&report.text())?;
            }
        }
        Ok(match report.is_clean() {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        })
    }
}

impl Freq {
    /// The requested counter, or the fastest that supports the other arguments.
    fn counter(&self) -> anyhow::Result<&'static CounterRow> {
        let counter = match (self.counter, self.trace.as_deref().map(trace::Form::of)) {
            (Some(counter), Some(trace::Form::Chromium)) if counter.name != TRACED => {
                return Err(Usage(format!(
                    "{} does not record which document it was, as .json has it: leave --counter out, name \
                     {TRACED}, or write .html or .pftrace",
                    counter.name
                ))
                .into());
            }
            (None, Some(trace::Form::Chromium)) => counter(TRACED).map_err(Usage)?,
            (chosen, _) => chosen.unwrap_or_else(default_counter),
        };
        if self.threads.is_some() && counter.threads == Threads::One {
            return Err(Usage(format!(
                "{} works on one thread: leave --threads out or choose another --counter",
                counter.name
            ))
            .into());
        }
        Ok(counter)
    }

    fn threads(&self) -> NonZeroUsize {
        let cores = || thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        self.threads.unwrap_or_else(cores)
    }

    fn count(
        &self,
        counter: &CounterRow,
        documents: sources::Documents,
    ) -> anyhow::Result<Report<'_>> {
        let mut report = Report {
            topic: &self.topic,
            files: self.per_file.then(Vec::new),
            failures: documents.failures,
            ..Report::default()
        };
        let is_packed = documents.paths.iter().any(|path| unpack::is_needed(path));
        let batch = match is_packed && self.trace.is_none() {
            true => BATCH,
            false => documents.paths.len().max(1),
        };
        let limits = self.reading.limits();
        for paths in documents.paths.chunks(batch) {
            let unpacked = unpack::unpack(paths, limits)?;
            let job = Job {
                paths: &unpacked.files,
                topic: &self.topic,
                threads: self.threads(),
                limits,
                lenient: self.reading.lenient,
            };
            match &self.trace {
                _ if self.per_file => count_each(&job, &unpacked, &mut report),
                None => take(&mut report, (counter.count)(&job), &unpacked),
                Some(file) => {
                    let outcome = trace::count(file, counter, &job, &unpacked.names)?;
                    take(&mut report, outcome, &unpacked);
                }
            }
            report.failures.extend(unpacked.failures);
        }
        report.sort();
        Ok(report)
    }
}

/// Counts document by document, and keeps each count.
fn count_each(job: &Job<'_>, unpacked: &Unpacked, report: &mut Report<'_>) {
    let session = || Session::new(job.topic, job.limits, job.lenient);
    let counted: Vec<_> = match pool(job.threads.get()) {
        Some(pool) => pool.install(|| {
            let files = unpacked.files.par_iter();
            files
                .map_init(session, |session, file| session.count(file))
                .collect()
        }),
        None => {
            let mut session = session();
            let files = unpacked.files.iter();
            files.map(|file| session.count(file)).collect()
        }
    };
    for (name, counted) in unpacked.names.iter().zip(counted) {
        match counted {
            Ok(freq::DocumentCount { count, repairs }) => {
                report.found += count.found;
                report.items += count.items;
                report.documents += 1;
                if count.items == 0 {
                    report.empty.push(Listed::new(name));
                }
                if !repairs.is_empty() {
                    report.repaired.push(Repaired::new(name, repairs));
                }
                report.files.get_or_insert_default().push(FileCount {
                    name: Name::new(name),
                    found: count.found,
                    items: count.items,
                });
            }
            Err(error) => report.failures.push(Failure::new(name, error)),
        }
    }
}

/// A pool of threads; `None` if no thread can be started: then the caller works alone.
fn pool(threads: usize) -> Option<rayon::ThreadPool> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    pool.build().ok()
}

/// Adds a counter's outcome, with the documents' original names.
fn take(report: &mut Report<'_>, outcome: Outcome, unpacked: &Unpacked) {
    let renamed = unpacked
        .files
        .iter()
        .zip(&unpacked.names)
        .filter(|(file, name)| file != name);
    let renamed: HashMap<&Path, &Path> = renamed
        .map(|(file, name)| (file.as_path(), name.as_path()))
        .collect();
    let name = |path: &PathBuf| match renamed.get(path.as_path()) {
        Some(&name) => name.to_owned(),
        None => path.clone(),
    };
    report.found += outcome.found;
    report.items += outcome.items;
    report.documents += outcome.documents;
    report
        .empty
        .extend(outcome.empty.iter().map(|path| Listed::new(&name(path))));
    report.repaired.extend(
        (outcome.repaired.into_iter())
            .map(|document| Repaired::new(&name(&document.path), document.repairs)),
    );
    let failed = outcome.failures.into_iter();
    let failed = failed.map(|failure| Failure::new(&name(&failure.path), failure.error));
    report.failures.extend(failed);
}
