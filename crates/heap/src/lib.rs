//! dhat as the global allocator, alone in its crate.
//!
//! Linking this crate replaces the allocator of the whole process by dhat's. The static stands
//! here, and nowhere else, for a reason: LLVM deletes an allocation whose pointer does not
//! escape, but only while it still sees the pair of calls to the allocator. Where the static is
//! defined in the crate that is measured, the allocator's own body is inlined first, the pair is
//! no longer recognised, and the profiler reports an allocation that production does not make.
//! From a crate of its own the count equals production.

use std::path::Path;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// What one call took from the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeapCost {
    /// Blocks asked for; a reallocation counts as one.
    pub allocations: u64,
    /// Bytes asked for, in all.
    pub allocated_bytes: u64,
    /// The most bytes that were live at once.
    pub peak_bytes: u64,
}

/// Runs `call` once under a heap profiler and returns its cost beside its result.
///
/// With `profile`, dhat writes its JSON there when the call has returned. Cost: 2 to 8 µs an
/// allocation. Only one profiler can run at a time.
///
/// # Panics
///
/// If another profiler of dhat is running in this process.
pub fn measure<T>(profile: Option<&Path>, call: impl FnOnce() -> T) -> (HeapCost, T) {
    let builder = dhat::Profiler::builder().trim_backtraces(None);
    let profiler = match profile {
        Some(path) => builder.file_name(path).build(),
        None => builder.testing().build(),
    };
    let before = dhat::HeapStats::get();
    let result = call();
    let after = dhat::HeapStats::get();
    drop(profiler);
    let cost = HeapCost {
        allocations: after.total_blocks - before.total_blocks,
        allocated_bytes: after.total_bytes - before.total_bytes,
        peak_bytes: after.max_bytes as u64,
    };
    (cost, result)
}
