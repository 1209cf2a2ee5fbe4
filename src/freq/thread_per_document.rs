//! A thread for every document, all at once.
//!
//! Time: thread creation dominates for small documents.
//! Space: a stack and a file per running thread, with at most 256 files open at once.
//! Wins: never against `per_core`; it shows what threads cost compared with goroutines. If a thread
//! cannot be started, its document is counted inline.
//! Source: `freqConcurrent` of the Go course.

use super::regions::Regions;
use super::semaphore::spawn_each;
use super::{Counter, Job, Outcome, pull};

/// The most files open at once: a quarter of a common system limit.
const OPEN_FILES: usize = 256;

pub(super) struct ThreadPerDocument;

impl Counter for ThreadPerDocument {
    fn count<R: Regions>(job: &Job<'_>) -> Outcome {
        spawn_each::<R>(job, OPEN_FILES, pull::document::<R>)
    }
}
