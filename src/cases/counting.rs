//! The counters as cases: every counter on a folder of feeds.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use benchlens::{CaseBuilder, Lens, Suite, Work};

use super::Error;
use crate::feed::Limits;
use crate::freq::registry::COUNTERS;
use crate::freq::{CounterRow, Job, Outcome, Threads, oracle};
use crate::input::feeds;

/// The group of the counters.
pub const GROUP: &str = "freq";
/// The topic.
pub const TOPIC: &str = "president";
/// Files of the input for all lenses.
const FEW: usize = 40;
/// Files of the course's own run, for the time lens.
const MANY: u32 = 4000;
/// Files of the runs by number of threads: ten times as many, so that starting threads is
/// negligible.
const TENFOLD: usize = 10 * FEW;

/// The files that the counters read.
pub struct Feeds {
    few: Input,
    tenfold: Input,
    many: Input,
}

impl Feeds {
    /// The files below `folder`, written if they do not exist yet.
    ///
    /// # Errors
    ///
    /// [`Error`], if a file cannot be written.
    pub fn in_folder(folder: &Path) -> Result<Self, Error> {
        // The inputs of other sizes are prefixes of this list.
        let paths: Arc<[PathBuf]> = ensure_feeds(&folder.join("feeds"), MANY)?.into();
        Ok(Self {
            few: Input::of(&paths, FEW)?,
            tenfold: Input::of(&paths, TENFOLD)?,
            many: Input::of(&paths, MANY as usize)?,
        })
    }
}

/// Declares every counter on `feeds` and `feeds_4000`, and on `feeds_400` by number of threads.
pub fn declare(suite: &mut Suite, feeds: &Feeds) {
    let mut group = suite.group(GROUP);
    for counter in COUNTERS {
        let case = group.case(counter.name, "feeds");
        (feeds.few).declare(as_declared(case, counter), counter, cores());
    }
    for counter in COUNTERS {
        let case = group.case(counter.name, "feeds_4000");
        let case = case.lenses(&[Lens::Time]).samples(10);
        feeds.many.declare(case, counter, cores());
    }
    for counter in COUNTERS {
        for threads in numbers_of_threads(counter) {
            let case = group.case(counter.name, "feeds_400");
            let case = case.by_threads(threads.get() as u32);
            feeds.tenfold.declare(case, counter, threads);
        }
    }
}

/// Declares the counter's bound on allocations, and which blocks are its own.
fn as_declared<'a>(
    case: CaseBuilder<'a, (), (), Outcome>,
    counter: &'static CounterRow,
) -> CaseBuilder<'a, (), (), Outcome> {
    if counter.threads == Threads::One {
        return case.allocations(counter.heap.into());
    }
    // The bound applies to the counter's own blocks; those of the threads' runtime vary.
    match counter.keeps_memory {
        false => case.own_blocks_below(counter.document_function),
        true => case.unsteady(
            "workers keep memory from one document to the next, and who gets which is up to chance",
        ),
    }
}

/// The numbers of threads to measure: 1 and, if the counter's number is configurable, each power of
/// two below the number of cores, and that number.
fn numbers_of_threads(counter: &CounterRow) -> Vec<NonZeroUsize> {
    let powers = std::iter::successors(Some(NonZeroUsize::MIN), |threads| {
        threads.checked_mul(NonZeroUsize::MIN.saturating_add(1))
    });
    let mut numbers: Vec<_> = powers.take_while(|threads| *threads < cores()).collect();
    numbers.push(cores());
    match counter.threads {
        Threads::One => numbers.truncate(1),
        // It ignores the number of threads.
        Threads::PerDocument => numbers.clear(),
        Threads::PerCore | Threads::PerCoreAnd(_) => {}
    }
    numbers
}

fn cores() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// The first `count` files of a folder.
struct Input {
    paths: Arc<[PathBuf]>,
    count: usize,
    bytes: u64,
    /// The oracle's result, computed once for all counters.
    expected: Arc<OnceLock<Outcome>>,
}

impl Input {
    fn of(paths: &Arc<[PathBuf]>, count: usize) -> Result<Self, Error> {
        Ok(Self {
            paths: Arc::clone(paths),
            count,
            bytes: total_bytes(&paths[..count])?,
            expected: Arc::default(),
        })
    }

    fn declare(
        &self,
        case: CaseBuilder<'_, (), (), Outcome>,
        counter: &'static CounterRow,
        threads: NonZeroUsize,
    ) {
        let (paths, count) = (Arc::clone(&self.paths), self.count);
        let (searched, expected) = (Arc::clone(&self.paths), Arc::clone(&self.expected));
        let most = paths.len();
        // Decided here, so that the measured call contains no branch for it.
        let count_all = match benchlens::region::is_wanted() {
            true => counter.recorded,
            false => counter.count,
        };
        case.summary(counter.summary)
            .work(Work::new("docs", count as u64))
            .work(Work::new(Work::BYTES, self.bytes))
            .sized_input(move |size| (count * size as usize).min(most))
            .verify(move |outcome| {
                let ask = || oracle::count(&job(&searched[..count], NonZeroUsize::MIN));
                compare(outcome, expected.get_or_init(ask))
            })
            .run(move |count| count_all(&job(&paths[..count], threads)));
    }
}

fn job(paths: &[PathBuf], threads: NonZeroUsize) -> Job<'_> {
    Job {
        paths,
        topic: TOPIC,
        threads,
        limits: Limits::default(),
        lenient: false,
    }
}

fn compare(outcome: &Outcome, expected: &Outcome) -> Result<(), String> {
    let figures = |outcome: &Outcome| {
        (
            outcome.found,
            outcome.items,
            outcome.documents,
            outcome.failures.len(),
        )
    };
    if figures(outcome) == figures(expected) {
        return Ok(());
    }
    Err(format!(
        "(found, items, documents, failures) is {:?} instead of {:?}",
        figures(outcome),
        figures(expected)
    ))
}

/// The feed files in `folder`, created if it does not exist. They are written to a temporary folder
/// first, so an existing folder is complete.
fn ensure_feeds(folder: &Path, count: u32) -> Result<Vec<PathBuf>, Error> {
    if !folder.is_dir() {
        let partial = folder.with_extension(format!("partial-{}", std::process::id()));
        fs::create_dir_all(&partial)
            .and_then(|()| feeds::write(&partial, count))
            .and_then(|_| fs::rename(&partial, folder))
            .map_err(|source| Error {
                path: folder.to_owned(),
                source,
            })?;
    }
    Ok((0..count)
        .map(|number| folder.join(feeds::file_name(number)))
        .collect())
}

fn total_bytes(paths: &[PathBuf]) -> Result<u64, Error> {
    paths.iter().try_fold(0, |total, path| {
        let file = path.metadata().map_err(|source| Error {
            path: path.clone(),
            source,
        })?;
        Ok(total + file.len())
    })
}
