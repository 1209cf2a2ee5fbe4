//! What is claimed of the heap by algorithms of many threads, held against them on one thread.
//!
//! On several, the count differs with who gets which piece of work, and the heap lens cannot judge it.
//! Algorithms of one thread are held to their claims by the heap lens itself.
#![cfg(feature = "cli")]

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

/// What was taken from the heap, on all threads.
fn cost(heap: &HeapStats) -> HeapCost {
    HeapCost {
        allocations: heap.total_blocks,
        allocated_bytes: heap.total_bytes,
        peak_bytes: heap.max_bytes as u64,
    }
}

/// Holds what is taken on n, 2n and 4n to a claim, after a call to warm up.
fn hold(name: &str, claim: AllocationBound, cost: impl Fn(u32) -> HeapCost) {
    cost(1);
    let costs = [1, 2, 4].map(|size| (size, cost(size)));
    assert_eq!(claim.check(&costs), Ok(()), "{name}");
}

// One test, for the heap is counted on all threads of the process.
#[test]
fn on_one_thread_each_claim_is_kept() {
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
                // How many threads are alive at once is up to the system, and so is what they take for
                // themselves. What the documents take is told apart as the heap lens does it.
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
