//! Counts with dhat as the allocator, defined in a crate of its own: counts equal production.

mod forms;

fn main() {
    forms::print_counts(|call| benchlens_heap::measure(None, call).0.total_blocks);
}
