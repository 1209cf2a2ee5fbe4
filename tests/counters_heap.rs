//! `skim` on one thread: the number of documents changes nothing about the heap.
#![cfg(feature = "cli")]

use std::num::NonZeroUsize;

use benchlens_suite::allocations::Allocations;
use benchlens_suite::feed::Limits;
use benchlens_suite::freq::Job;
use benchlens_suite::freq::registry::COUNTERS;
use benchlens_suite::input::feeds::{self, MENTIONS, TOPIC};

#[test]
fn skim_allocates_nothing_for_a_document() {
    let folder = tempfile::tempdir().unwrap();
    let paths = feeds::write(folder.path(), 80).unwrap();
    let skim = COUNTERS.iter().find(|row| row.name == "skim").unwrap();
    let cost = |documents: usize| {
        let job = Job {
            paths: &paths[..documents],
            topic: TOPIC,
            threads: NonZeroUsize::MIN,
            limits: Limits::default(),
        };
        let (heap, outcome) = benchlens_heap::measure(None, || (skim.count)(&job));
        assert_eq!(outcome.found, u64::from(MENTIONS) * documents as u64);
        (heap.total_blocks, heap.total_bytes, heap.max_bytes)
    };
    let once = cost(8);
    // The worker's own room.
    assert_eq!(skim.heap, Allocations::Constant(once.0));
    assert_eq!(cost(8), once);
    assert_eq!(cost(80), once);
}
