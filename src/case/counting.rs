//! The counters as cases: every counter on a folder of feeds.

use std::cell::RefCell;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use super::{Case, Error, Prepared};
use crate::feed::Limits;
use crate::freq::registry::COUNTERS;
use crate::freq::{CounterRow, Job, Outcome, Threads, oracle};
use crate::input::feeds;

/// What the feeds are searched for.
pub const TOPIC: &str = "president";
/// Files of the input that all lenses look at.
const FEW: u32 = 40;
/// Files of the course's own run, for the time lens.
const MANY: u32 = 4000;
/// Files of the runs by number of threads: ten times the few, so that starting threads is no part.
const TENFOLD: usize = 10 * FEW as usize;

/// Every counter on `feeds` and `feeds_4000`; the files are written below `folder` if they are not
/// there yet.
///
/// # Errors
///
/// [`Error::Input`], if a file cannot be written.
pub fn cases(folder: &Path) -> Result<Vec<Case>, Error> {
    // Four times the few, for the heap claims, are the first files of the many.
    let paths: Arc<[PathBuf]> = written(&folder.join("feeds"), MANY)?.into();
    let mut cases = Vec::new();
    for (input, count, time_only) in [("feeds", FEW, false), ("feeds_4000", MANY, true)] {
        let bytes = total_bytes(&paths[..count as usize])?;
        for counter in COUNTERS {
            let paths = Arc::clone(&paths);
            let count = count as usize;
            cases.push(case(
                counter,
                input,
                paths,
                count,
                bytes,
                time_only,
                cores(),
            ));
        }
    }
    Ok(cases)
}

/// Every counter on 400 feeds by number of threads: one, and, of those that use
/// as many as they are given, each power of two up to the number of cores, and that number.
///
/// # Errors
///
/// As [`cases`].
pub fn by_threads(folder: &Path) -> Result<Vec<(NonZeroUsize, Case)>, Error> {
    let paths: Arc<[PathBuf]> = written(&folder.join("feeds"), MANY)?.into();
    let bytes = total_bytes(&paths[..TENFOLD])?;
    let powers = std::iter::successors(Some(NonZeroUsize::MIN), |threads| {
        threads.checked_mul(NonZeroUsize::MIN.saturating_add(1))
    });
    let mut numbers: Vec<_> = powers.take_while(|threads| *threads < cores()).collect();
    numbers.push(cores());
    let mut cases = Vec::new();
    for counter in COUNTERS {
        let numbers = match counter.threads {
            Threads::One => &numbers[..1],
            // It takes as many as it likes, whatever it is offered.
            Threads::PerDocument => &[],
            Threads::PerCore | Threads::PerCoreAnd(_) => &numbers[..],
        };
        for &threads in numbers {
            let paths = Arc::clone(&paths);
            let case = case(counter, "feeds_400", paths, TENFOLD, bytes, true, threads);
            cases.push((threads, case));
        }
    }
    Ok(cases)
}

fn cores() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

fn case(
    counter: &'static CounterRow,
    input: &str,
    paths: Arc<[PathBuf]>,
    count: usize,
    bytes: u64,
    time_only: bool,
    threads: NonZeroUsize,
) -> Case {
    let threaded = counter.threads != Threads::One;
    Case {
        subject: format!("freq/{}", counter.name),
        input: input.to_owned(),
        bytes,
        documents: Some(count as u64),
        threaded,
        heap: counter.heap,
        own_function: (threaded && !counter.keeps_memory).then_some(counter.document_function),
        time_only,
        prepare: Box::new(move |scale| {
            let paths = Arc::clone(&paths);
            let wanted = count * scale;
            let last: Rc<RefCell<Outcome>> = Rc::default();
            let found = Rc::clone(&last);
            let expected_paths = Arc::clone(&paths);
            Ok(Prepared::repeatable(
                move || *last.borrow_mut() = (counter.count)(&job(&paths[..wanted], threads)),
                move || {
                    let expected = job(&expected_paths[..wanted], threads);
                    compare(&found.borrow(), &oracle::count(&expected))
                },
            ))
        }),
    }
}

fn job(paths: &[PathBuf], threads: NonZeroUsize) -> Job<'_> {
    Job {
        paths,
        topic: TOPIC,
        threads,
        limits: Limits::default(),
    }
}

fn compare(outcome: &Outcome, expected: &Outcome) -> Result<(), String> {
    let figures = |outcome: &Outcome| (outcome.found, outcome.documents, outcome.failures.len());
    if figures(outcome) == figures(expected) {
        return Ok(());
    }
    Err(format!(
        "(found, documents, failures) is {:?} instead of {:?}",
        figures(outcome),
        figures(expected)
    ))
}

/// The feed files in `folder`, made if it is not there. They are written beside it first, so a
/// folder of that name is complete.
fn written(folder: &Path, count: u32) -> Result<Vec<PathBuf>, Error> {
    if !folder.is_dir() {
        let partial = folder.with_extension(format!("partial-{}", std::process::id()));
        fs::create_dir_all(&partial)
            .and_then(|()| feeds::write(&partial, count))
            .and_then(|_| fs::rename(&partial, folder))
            .map_err(|source| Error::Input {
                path: folder.display().to_string(),
                source,
            })?;
    }
    Ok((0..count)
        .map(|number| folder.join(feeds::file_name(number)))
        .collect())
}

fn total_bytes(paths: &[PathBuf]) -> Result<u64, Error> {
    paths.iter().try_fold(0, |total, path| {
        let length = path
            .metadata()
            .map_err(|source| Error::Input {
                path: path.display().to_string(),
                source,
            })?
            .len();
        Ok(total + length)
    })
}
