//! Counts with dhat as the allocator, defined in the measuring crate as dhat's documentation shows.
//! For code compiled in that crate it reports allocations that production does not make.

mod forms;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

fn main() {
    forms::print_counts(|call| {
        let profiler = dhat::Profiler::builder().testing().build();
        call();
        let blocks = dhat::HeapStats::get().total_blocks;
        drop(profiler);
        blocks
    });
}
