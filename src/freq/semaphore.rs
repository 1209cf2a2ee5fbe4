//! A thread for every document, of which only as many work at once as there are permits of a
//! semaphore.
//!
//! Time: as `thread_per_document`, with less contention.
//! Space: a stack per thread, and the documents of the working ones.
//! Wins: over `thread_per_document` if documents are large.
//! Source: `freqConcurrentSem` of the Go course.

use std::collections::VecDeque;
use std::path::Path;
use std::thread::{self, ScopedJoinHandle};

use crossbeam_channel::bounded;

use super::regions::{self, Regions, Wait};
use super::{Counter, DocumentCount, Job, Outcome, guarded, pull};
use crate::feed::Error;

pub(super) struct Semaphore;

impl Counter for Semaphore {
    fn count<R: Regions>(job: &Job<'_>) -> Outcome {
        spawn_each::<R>(job, job.threads.get(), pull::document::<R>)
    }
}

/// The most threads alive at once, working or not. Each takes two memory mappings, and Linux by
/// default allows 65530 per process; beyond that, starting a thread aborts the process.
const ALIVE: usize = 4096;

/// Runs `document` for every path in a thread of its own, at most `permits` at once. If no thread
/// can be started, the document is counted inline.
pub(super) fn spawn_each<R: Regions>(
    job: &Job<'_>,
    permits: usize,
    document: fn(&Path, &Job<'_>) -> Result<DocumentCount, Error>,
) -> Outcome {
    // A bounded channel is a semaphore: sending acquires, receiving releases.
    let (acquire, release) = bounded::<()>(permits);
    let mut outcome = Outcome::default();
    thread::scope(|scope| {
        let mut running = VecDeque::with_capacity(job.paths.len().min(ALIVE));
        for path in job.paths {
            if running.len() == ALIVE
                && let Some((path, handle)) = running.pop_front()
            {
                outcome.record(path, joined::<R>(handle));
            }
            let (acquire, release) = (acquire.clone(), release.clone());
            let start = R::enter(regions::START);
            let spawned = thread::Builder::new().spawn_scoped(scope, move || {
                // Both ends live as long as this scope, so neither call can fail.
                {
                    let _permit = R::wait(regions::PERMIT, Wait::Permit);
                    let _ = acquire.send(());
                }
                let result = guarded(|| document(path, job));
                let _ = release.recv();
                result
            });
            drop(start);
            match spawned {
                Ok(handle) => running.push_back((path, handle)),
                Err(_) => outcome.record(path, guarded(|| document(path, job))),
            }
        }
        for (path, handle) in running {
            outcome.record(path, joined::<R>(handle));
        }
    });
    outcome.sorted()
}

fn joined<R: Regions>(
    handle: ScopedJoinHandle<'_, Result<DocumentCount, Error>>,
) -> Result<DocumentCount, Error> {
    let _join = R::wait(regions::JOIN, Wait::Thread);
    handle.join().unwrap_or(Err(Error::Abandoned))
}
