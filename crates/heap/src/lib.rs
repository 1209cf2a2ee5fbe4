//! The allocator that the heap lens counts through, alone in its crate.
//!
//! Linking this crate replaces the global allocator of the whole process by a switch. Off, it is the
//! system's allocator behind one relaxed load: 2 instructions more than a `Box` pair's 159. On, every
//! call goes through [dhat](https://docs.rs/dhat), which counts it for the profiler that runs.
//!
//! The static stands here, and nowhere else, for a reason: LLVM deletes an allocation whose pointer
//! does not escape, but only while it still sees the pair of calls to the allocator. Where the static
//! is defined in the crate that is measured, the allocator's own body is inlined first, the pair is
//! no longer recognised, and the profiler reports an allocation that production does not make. From a
//! crate of its own the count equals production.

//!
//! # Features
//!
//! A program has one global allocator. For benches of one that uses another than the system's there are:
//!
//! - `mimalloc`, `jemalloc`: that allocator behind the switch. dhat takes its memory from the system, and
//!   a block must go back to where it came from; so a process that is to count has to be started with
//!   `BENCHLENS_ALLOCATOR=system`. It then uses the system's allocator for all that it does, which changes
//!   no count: what is counted is what was asked for.
//! - `no-hook`: no global allocator here, so that the program may have any; nothing is counted.

use std::alloc::{GlobalAlloc, Layout};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

pub use dhat::HeapStats;

use crate::backend::Backend;

mod backend;

#[cfg_attr(not(feature = "no-hook"), global_allocator)]
#[cfg_attr(
    feature = "no-hook",
    expect(dead_code, reason = "the program has another")
)]
static ALLOCATOR: Switch = Switch;

static ON: AtomicBool = AtomicBool::new(false);

/// Sends the allocations of every thread through dhat from here on, or through the system alone.
///
/// Both take their memory from the system, so a block may be freed in the other state. While no
/// profiler of dhat runs, counting only costs time.
///
/// # Panics
///
/// If the memory of this process is not the system's: see the [features](crate#features).
///
/// ```
/// let profiler = dhat::Profiler::builder().testing().build();
/// benchlens_heap::count(true);
/// let kept = std::hint::black_box(Box::new(7));
/// benchlens_heap::count(false);
/// assert_eq!(dhat::HeapStats::get().total_blocks, 1);
/// # drop((kept, profiler));
/// ```
pub fn count(on: bool) {
    assert!(
        !on || backend::is_system(),
        "this process has another allocator than the system's; \
         start it with BENCHLENS_ALLOCATOR=system to count"
    );
    ON.store(on, Relaxed);
}

/// Calls `call` once and returns what it took from the heap on all threads, beside its result.
///
/// Of the statistics, `total_blocks` and `total_bytes` are what was asked for, a reallocation counting
/// as one block, and `max_bytes` is the most that was live at once. With `profile`, dhat writes its JSON
/// there when the call has returned. Cost: 2 to 8 µs an allocation.
///
/// ```
/// let (heap, numbers) = benchlens_heap::measure(None, || (0..3).collect::<Vec<u64>>());
/// assert_eq!((heap.total_blocks, heap.total_bytes), (1, 24));
/// assert_eq!(numbers.len(), 3);
/// ```
///
/// # Panics
///
/// If another profiler of dhat is running in this process, and as [`count`].
pub fn measure<T>(profile: Option<&Path>, call: impl FnOnce() -> T) -> (HeapStats, T) {
    let builder = dhat::Profiler::builder().trim_backtraces(None);
    let profiler = match profile {
        Some(path) => builder.file_name(path).build(),
        None => builder.testing().build(),
    };
    count(true);
    let result = call();
    count(false);
    let stats = HeapStats::get();
    drop(profiler);
    (stats, result)
}

struct Switch;

// SAFETY: each method hands its arguments on to an allocator that keeps the contract of
// `GlobalAlloc`. dhat's takes its memory from `System`, and is used only where the backend does too, so
// either may free what the other gave.
unsafe impl GlobalAlloc for Switch {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match ON.load(Relaxed) {
            // SAFETY: the caller keeps the contract of `alloc`, which is the same there.
            true => unsafe { dhat::Alloc.alloc(layout) },
            // SAFETY: as above.
            false => unsafe { Backend.alloc(layout) },
        }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        match ON.load(Relaxed) {
            // SAFETY: the caller keeps the contract of `alloc_zeroed`, which is the same there.
            true => unsafe { dhat::Alloc.alloc_zeroed(layout) },
            // SAFETY: as above.
            false => unsafe { Backend.alloc_zeroed(layout) },
        }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        match ON.load(Relaxed) {
            // SAFETY: the block is the system's, from whichever side it was asked for.
            true => unsafe { dhat::Alloc.dealloc(block, layout) },
            // SAFETY: as above.
            false => unsafe { Backend.dealloc(block, layout) },
        }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        match ON.load(Relaxed) {
            // SAFETY: the block is the system's, from whichever side it was asked for.
            true => unsafe { dhat::Alloc.realloc(block, layout, new_size) },
            // SAFETY: as above.
            false => unsafe { Backend.realloc(block, layout, new_size) },
        }
    }
}
