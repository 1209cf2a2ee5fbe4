//! A thread for every document, all at once.
//!
//! Time: the threads' creation dominates small documents. Space: a stack and a file for each thread
//! that runs, with at most 256 files open at once. Wins: never against `per_core`; it shows what
//! threads cost that goroutines do not. A spawn that fails runs inline. Source: `freqConcurrent` of
//! the Go course.

use super::semaphore::spawn_each;
use super::{Counter, Job, Outcome, pull};

/// Files that may be open at once: a quarter of the limit that systems commonly set.
const OPEN_FILES: usize = 256;

pub(super) struct ThreadPerDocument;

impl Counter for ThreadPerDocument {
    fn count(job: &Job<'_>) -> Outcome {
        spawn_each(job, OPEN_FILES, pull::document)
    }
}
