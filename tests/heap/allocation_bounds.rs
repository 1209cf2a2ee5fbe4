//! Checks the allocation bounds of multi-threaded algorithms on one thread.
//!
//! On several threads the count depends on scheduling, and the heap lens cannot judge it. The heap
//! lens itself checks the bounds of single-threaded algorithms.

use std::num::NonZeroUsize;

use benchlens::profile::dhat::HeapProfile;
use benchlens::{AllocationBound, HeapCost};
use benchlens_heap::HeapStats;
use benchlens_suite::cases::rewriting::substitution;
use benchlens_suite::feed::Limits;
use benchlens_suite::freq::registry::COUNTERS;
use benchlens_suite::freq::{CounterRow, Job, Threads};
use benchlens_suite::input::feeds::{self, MENTIONS, TOPIC};
use benchlens_suite::input::text::{self, Shape};
use benchlens_suite::rewrite::Rewriter;
use benchlens_suite::rewrite::registry::REWRITERS;

/// The heap cost on all threads.
fn cost(heap: &HeapStats) -> HeapCost {
    HeapCost {
        allocations: heap.total_blocks,
        allocated_bytes: heap.total_bytes,
        peak_bytes: heap.max_bytes as u64,
    }
}

/// Checks the costs on n, 2n and 4n against a bound, after a warm-up call.
fn hold(name: &str, bound: AllocationBound, cost: impl Fn(u32) -> HeapCost) {
    cost(1);
    let costs = [1, 2, 4].map(|size| (size, cost(size)));
    assert_eq!(bound.check(&costs), Ok(()), "{name}");
}

pub(super) fn on_one_thread_each_bound_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let paths = feeds::write(folder.path(), 160).unwrap();
    let threaded = |row: &&CounterRow| row.threads != Threads::One;
    for counter in COUNTERS.iter().filter(threaded) {
        hold(counter.name, counter.heap.into(), |size| {
            let documents = (20 * size) as usize;
            let job = Job {
                paths: &paths[..documents],
                topic: TOPIC,
                threads: NonZeroUsize::MIN,
                limits: Limits::default(),
                lenient: false,
            };
            let profile = folder.path().join("dhat.json");
            let (heap, count) = benchlens_heap::measure(Some(&profile), || (counter.count)(&job));
            assert_eq!(count.found, u64::from(MENTIONS) * documents as u64);
            match counter.threads {
                // The number of live threads depends on scheduling, and so do their runtime's blocks.
                // The documents' own blocks are separated as in the heap lens.
                Threads::PerDocument => {
                    let profile = HeapProfile::read(&profile).unwrap();
                    let (own, _) = profile.own_and_runtime(counter.document_function);
                    assert!(own.allocations > 0, "{}", counter.name);
                    HeapCost {
                        allocations: own.allocations,
                        allocated_bytes: own.allocated_bytes,
                        peak_bytes: 0,
                    }
                }
                _ => cost(&heap),
            }
        });
    }
    let threaded = |row: &&Rewriter| row.threaded;
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let one = one.unwrap();
    for rewriter in REWRITERS.iter().filter(threaded) {
        hold(rewriter.name, rewriter.heap.into(), |size| {
            let haystack = text::generate(Shape::Dense, (1 << 20) * size as usize);
            let rewrite = || rewriter.rewrite_to_vec(&haystack, substitution()).unwrap();
            cost(&one.install(|| benchlens_heap::measure(None, rewrite)).0)
        });
    }
}
