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
            cases.push(case(
                counter,
                input,
                &paths,
                count as usize,
                bytes,
                time_only,
            ));
        }
    }
    Ok(cases)
}

fn case(
    counter: &'static CounterRow,
    input: &str,
    paths: &Arc<[PathBuf]>,
    count: usize,
    bytes: u64,
    time_only: bool,
) -> Case {
    let paths = Arc::clone(paths);
    let threaded = counter.threads != Threads::One;
    Case {
        subject: format!("freq/{}", counter.name),
        input: input.to_owned(),
        bytes,
        documents: Some(count as u64),
        threaded,
        heap: counter.heap,
        own_function: threaded.then_some(counter.document_function),
        time_only,
        prepare: Box::new(move |scale| {
            let paths = Arc::clone(&paths);
            let wanted = count * scale;
            let last: Rc<RefCell<Outcome>> = Rc::default();
            let found = Rc::clone(&last);
            let expected_paths = Arc::clone(&paths);
            Ok(Prepared::repeatable(
                move || *last.borrow_mut() = (counter.count)(&job(&paths[..wanted])),
                move || {
                    compare(
                        &found.borrow(),
                        &oracle::count(&job(&expected_paths[..wanted])),
                    )
                },
            ))
        }),
    }
}

fn job(paths: &[PathBuf]) -> Job<'_> {
    Job {
        paths,
        topic: TOPIC,
        threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
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
