//! rayon: the documents are split among the workers, and an idle worker steals from another. Without a pool,
//! the calling thread counts alone.
//!
//! Time: linear, divided by the number of cores, balanced if documents differ in size.
//! Space: one document per worker.
//! Heap: as `pull`.
//! Wins: on documents of very different sizes.
//!
//! The pool is started once for each number of threads and kept.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::regions::{self, Regions, Wait};
use super::{Counter, Job, Outcome, guarded, pull};

pub(super) struct WorkStealing;

impl Counter for WorkStealing {
    fn count<R: Regions>(job: &Job<'_>) -> Outcome {
        let one = |path: &Path| {
            let mut outcome = Outcome::default();
            outcome.record(path, guarded(|| pull::document::<R>(path, job)));
            outcome
        };
        let both = |mut left: Outcome, right| {
            left.merge(right);
            left
        };
        let outcome = match pool(job.threads.get()) {
            Some(pool) => {
                let _join = R::wait(regions::JOIN, Wait::Thread);
                pool.install(|| {
                    job.paths
                        .par_iter()
                        .map(|path| one(path))
                        .reduce(Outcome::default, both)
                })
            }
            None => job
                .paths
                .iter()
                .map(|path| one(path))
                .fold(Outcome::default(), both),
        };
        outcome.sorted()
    }
}

/// The pool with that many threads; `None` if the threads cannot be started.
fn pool(threads: usize) -> Option<Arc<ThreadPool>> {
    static POOLS: Mutex<BTreeMap<usize, Arc<ThreadPool>>> = Mutex::new(BTreeMap::new());
    let mut pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(pool) = pools.get(&threads) {
        return Some(Arc::clone(pool));
    }
    let pool = Arc::new(ThreadPoolBuilder::new().num_threads(threads).build().ok()?);
    pools.insert(threads, Arc::clone(&pool));
    Some(pool)
}
