//! Counts how many items of many news feeds mention a topic: one job, many algorithms.
//!
//! An item counts once if its own title (the first one), description or content contains the topic. The number
//! of items is counted too, to distinguish a document without a mention from one without items. A document that
//! fails adds nothing to the count and is reported; all others are still counted.
//!
//! A counter is one file that implements [`Counter`], and one line in [`registry`].

use std::fmt;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use crate::allocations::Allocations;
use crate::feed;
use crate::feed::repair::{self, Repair};

mod actor;
pub mod oracle;
mod per_core;
pub mod per_core_regions;
mod pull;
pub mod regions;
pub mod registry;
mod reused;
mod semaphore;
mod sequential;
mod skim;
mod thread_per_document;
mod work_stealing;

pub use skim::Session;

use regions::Regions;

/// What to count, and how.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// The feed files.
    pub paths: &'a [PathBuf],
    /// The substring to look for, case-sensitive; not empty.
    pub topic: &'a str,
    /// How many threads a multi-threaded counter may use.
    pub threads: NonZeroUsize,
    /// Limits beyond which a document is refused.
    pub limits: feed::Limits,
    /// Whether a refused document is retried with [repairs](feed::repair).
    pub lenient: bool,
}

impl Job<'_> {
    /// Processes the bytes of a document. If that fails and the job is lenient, processes the
    /// repaired document and returns the repairs too.
    #[inline]
    fn read<T>(
        &self,
        bytes: &[u8],
        mut read: impl FnMut(&[u8]) -> Result<T, feed::Error>,
    ) -> Result<(T, Vec<Repair>), feed::Error> {
        match read(bytes) {
            Ok(value) => Ok((value, Vec::new())),
            Err(error) if self.lenient => repaired(bytes, error, read),
            Err(error) => Err(error),
        }
    }
}

#[cold]
fn repaired<T>(
    bytes: &[u8],
    error: feed::Error,
    mut read: impl FnMut(&[u8]) -> Result<T, feed::Error>,
) -> Result<(T, Vec<Repair>), feed::Error> {
    let Some(repaired) = repair::repair(bytes)? else {
        return Err(error);
    };
    match read(&repaired.document) {
        Ok(value) => Ok((value, repaired.repairs)),
        Err(error) => Err(repaired.in_file(error)),
    }
}

/// A document that could not be counted, and why.
#[derive(Debug)]
pub struct Failure {
    /// The document's path, as it was given.
    pub path: PathBuf,
    /// The reason, with the byte offset.
    pub error: feed::Error,
}

/// The count of one document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Items that mention the topic.
    pub found: u64,
    /// All items.
    pub items: u64,
}

/// The count of one document, with its repairs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentCount {
    /// The count.
    pub count: Count,
    /// The repairs in file order; empty unless the job is lenient.
    pub repairs: Vec<Repair>,
}

impl From<Count> for DocumentCount {
    fn from(count: Count) -> Self {
        let repairs = Vec::new();
        Self { count, repairs }
    }
}

impl From<(Count, Vec<Repair>)> for DocumentCount {
    fn from((count, repairs): (Count, Vec<Repair>)) -> Self {
        Self { count, repairs }
    }
}

/// A document that was repaired.
#[derive(Debug)]
pub struct RepairedDocument {
    /// The document's path, as it was given.
    pub path: PathBuf,
    /// The repairs, in file order.
    pub repairs: Vec<Repair>,
}

/// The result of a counter.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Items that mention the topic, in all documents that did not fail.
    pub found: u64,
    /// All items of those documents.
    pub items: u64,
    /// Documents that did not fail.
    pub documents: u64,
    /// Those of them without an item, sorted by path.
    pub empty: Vec<PathBuf>,
    /// Those of them that had to be repaired, sorted by path.
    pub repaired: Vec<RepairedDocument>,
    /// Documents that failed, sorted by path.
    pub failures: Vec<Failure>,
}

impl Outcome {
    /// Adds the result of one document.
    fn record(&mut self, path: &Path, result: Result<DocumentCount, feed::Error>) {
        match result {
            Ok(DocumentCount { count, repairs }) => {
                self.found += count.found;
                self.items += count.items;
                self.documents += 1;
                if count.items == 0 {
                    self.empty.push(path.to_owned());
                }
                if !repairs.is_empty() {
                    self.repaired.push(RepairedDocument {
                        path: path.to_owned(),
                        repairs,
                    });
                }
            }
            Err(error) => self.failures.push(Failure {
                path: path.to_owned(),
                error,
            }),
        }
    }

    /// Adds the result of another worker.
    fn merge(&mut self, other: Self) {
        self.found += other.found;
        self.items += other.items;
        self.documents += other.documents;
        self.empty.extend(other.empty);
        self.repaired.extend(other.repaired);
        self.failures.extend(other.failures);
    }

    /// Sorts its lists by path.
    fn sorted(mut self) -> Self {
        self.empty.sort();
        self.repaired
            .sort_by(|left, right| left.path.cmp(&right.path));
        self.failures
            .sort_by(|left, right| left.path.cmp(&right.path));
        self
    }
}

/// Runs the work on one document; a panic fails only that document.
fn guarded(
    work: impl FnOnce() -> Result<DocumentCount, feed::Error>,
) -> Result<DocumentCount, feed::Error> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(feed::Error::Abandoned))
}

/// Counts the items of many documents that mention a topic.
pub trait Counter {
    /// Counts, and records its threads' regions with `R`; never fails as a whole.
    fn count<R: Regions>(job: &Job<'_>) -> Outcome;
}

/// How many threads a counter uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threads {
    /// Only the caller's.
    One,
    /// [`Job::threads`]; by default one per core.
    PerCore,
    /// [`Job::threads`], and this many more for single-threaded stages.
    PerCoreAnd(usize),
    /// One per document.
    PerDocument,
}

impl fmt::Display for Threads {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One => formatter.write_str("1 thread"),
            Self::PerCore => formatter.write_str("1 thread a core"),
            Self::PerCoreAnd(more) => write!(formatter, "1 thread a core and {more} more"),
            Self::PerDocument => formatter.write_str("1 thread a document"),
        }
    }
}

/// One counter: a line of the registry.
#[derive(Clone, Copy, Debug)]
pub struct CounterRow {
    /// The last part of the subject's name: `sequential` in `freq/sequential`.
    pub name: &'static str,
    /// A short description of how it works.
    pub summary: &'static str,
    /// How many threads it uses.
    pub threads: Threads,
    /// Its bound on allocations.
    pub heap: Allocations,
    /// The full name of the function that processes one document, which is never inlined. Heap
    /// blocks allocated below it are the counter's own; the others belong to the runtime.
    pub document_function: &'static str,
    /// Whether a worker keeps memory from one document to the next. Its allocations then depend on
    /// which documents it gets, and with several threads they differ from run to run.
    pub keeps_memory: bool,
    /// Its entry point.
    pub count: fn(&Job<'_>) -> Outcome,
    /// The same, with its [regions] recorded.
    #[cfg(feature = "cli")]
    pub recorded: fn(&Job<'_>) -> Outcome,
}
