//! What the suite allocates, in a process of its own.
#![cfg(feature = "cli")]

mod allocation_bounds;
mod lines;

/// A single test, because the heap is counted on all threads of the process, those of the test runner among them.
#[test]
fn the_bounds_are_kept_and_every_block_stands_at_its_line() {
    allocation_bounds::on_one_thread_each_bound_is_kept();
    lines::every_counted_block_stands_in_both_views();
}
