//! One worker per core; the documents come through a bounded channel.
//!
//! Time: linear, divided by the number of cores.
//! Space: one document per worker.
//! Heap: as `pull`, and the channel.
//! Wins: the simplest way to use all cores. Each worker adds its count once, at its end.
//! Source: `freqNumCPU` of the Go course.

use std::path::Path;
use std::thread;

use crossbeam_channel::bounded;

use super::regions::{self, Regions, Wait};
use super::{Counter, Job, Outcome, guarded, pull};

pub(super) struct PerCore;

impl Counter for PerCore {
    fn count<R: Regions>(job: &Job<'_>) -> Outcome {
        let workers = job.threads.get();
        let (send, receive) = bounded::<&Path>(workers);
        let work = || {
            let mut local = Outcome::default();
            let next = || {
                let _next = R::wait(regions::NEXT, Wait::Channel);
                receive.recv()
            };
            while let Ok(path) = next() {
                local.record(path, guarded(|| pull::document::<R>(path, job)));
            }
            local
        };
        let mut outcome = Outcome::default();
        thread::scope(|scope| {
            let running: Vec<_> = (0..workers)
                .map_while(|_| thread::Builder::new().spawn_scoped(scope, work).ok())
                .collect();
            for path in job.paths {
                if running.is_empty() {
                    outcome.record(path, guarded(|| pull::document::<R>(path, job)));
                } else {
                    let _hand_over = R::wait(regions::HAND_OVER, Wait::Channel);
                    // The receiver outlives the scope, so sending cannot fail.
                    let _ = send.send(path);
                }
            }
            drop(send);
            for handle in running {
                let _join = R::wait(regions::JOIN, Wait::Thread);
                // Each document is guarded, so a worker itself does not panic.
                outcome.merge(handle.join().unwrap_or_default());
            }
        });
        outcome.sorted()
    }
}
