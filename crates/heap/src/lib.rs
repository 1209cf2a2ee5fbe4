//! The allocator that the heap lens counts through, alone in its crate.
//!
//! Linking this crate replaces the global allocator of the whole process with a switch that has three states.
//! Off, it is the system's allocator behind one relaxed load; `scripts/price` measures its cost. Counting, every
//! call goes through [dhat](https://docs.rs/dhat), which counts it for the running profiler. Observed, every call
//! is reported to an [`Observer`], and costs what the observer does.
//!
//! The static has a crate of its own because LLVM deletes an allocation whose pointer does not escape
//! only while it sees the calls to the allocator. If the static is defined in the measured crate, the
//! allocator's body is inlined first, the calls are no longer recognised, and the profiler reports an
//! allocation that production does not make. From a crate of its own, counts equal production.
//!
//! # Features
//!
//! A program has only one global allocator. For programs whose allocator is not the system's, there are:
//!
//! - `mimalloc`, `jemalloc`: that allocator behind the switch. dhat allocates from the system, and a block
//!   must be freed by the allocator it came from, so a counting process must be started with
//!   `BENCHLENS_ALLOCATOR=system`. It then uses only the system's allocator. Counts are the same, since
//!   requests are counted.
//! - `no-hook`: no global allocator, so the program may define any; nothing is counted.

use std::alloc::{GlobalAlloc, Layout};
use std::path::Path;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

pub use dhat::HeapStats;
pub use observed::{Observer, observe};

use crate::backend::Backend;

mod backend;
mod observed;

#[cfg_attr(not(feature = "no-hook"), global_allocator)]
#[cfg_attr(
    feature = "no-hook",
    expect(dead_code, reason = "the program has another")
)]
static ALLOCATOR: Switch = Switch;

/// What the switch does with a request.
static MODE: AtomicU8 = AtomicU8::new(OFF);

/// The backend serves the request.
const OFF: u8 = 0;
/// dhat counts the request.
const COUNT: u8 = 1;
/// The backend serves the request, and an [`Observer`] is told.
const OBSERVE: u8 = 2;

/// Switches counting on or off: allocations of every thread go through dhat from here on, or
/// directly to the backend.
///
/// Where counting is allowed, both dhat and the backend allocate from the system, so a block may be
/// freed in the other state. Without a running dhat profiler, counting only costs time.
///
/// # Panics
///
/// If this process does not use the system's allocator: see the [features](crate#features).
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
    MODE.store(if on { COUNT } else { OFF }, Relaxed);
}

/// Calls `call` once and returns its heap statistics over all threads, and its result.
///
/// `total_blocks` and `total_bytes` are what was allocated, a reallocation counting as one block;
/// `max_bytes` is the most that was live at once. With `profile`, dhat writes its JSON there when the
/// call has returned. Cost: microseconds per allocation.
///
/// ```
/// let (heap, numbers) = benchlens_heap::measure(None, || (0..3).collect::<Vec<u64>>());
/// assert_eq!((heap.total_blocks, heap.total_bytes), (1, 24));
/// assert_eq!(numbers.len(), 3);
/// ```
///
/// # Panics
///
/// If another dhat profiler is running in this process, and as [`count`].
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

// SAFETY: each method passes its arguments to an allocator that upholds the contract of `GlobalAlloc`.
// dhat's allocator allocates from `System` and is used only if the backend does too, so either may free
// the other's blocks.
unsafe impl GlobalAlloc for Switch {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match MODE.load(Relaxed) {
            // SAFETY: the caller keeps the contract of `alloc`, which is the same there.
            OFF => unsafe { Backend.alloc(layout) },
            // SAFETY: as above.
            COUNT => unsafe { dhat::Alloc.alloc(layout) },
            // SAFETY: as above.
            _ => unsafe { observed::alloc(layout) },
        }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        match MODE.load(Relaxed) {
            // SAFETY: the caller keeps the contract of `alloc_zeroed`, which is the same there.
            OFF => unsafe { Backend.alloc_zeroed(layout) },
            // SAFETY: as above.
            COUNT => unsafe { dhat::Alloc.alloc_zeroed(layout) },
            // SAFETY: as above.
            _ => unsafe { observed::alloc_zeroed(layout) },
        }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        match MODE.load(Relaxed) {
            // SAFETY: the block comes from the backend. While dhat counts, the backend is the system's
            // allocator, which dhat uses too.
            OFF => unsafe { Backend.dealloc(block, layout) },
            // SAFETY: as above.
            COUNT => unsafe { dhat::Alloc.dealloc(block, layout) },
            // SAFETY: as above.
            _ => unsafe { observed::dealloc(block, layout) },
        }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        match MODE.load(Relaxed) {
            // SAFETY: the block comes from the backend. While dhat counts, the backend is the system's
            // allocator, which dhat uses too.
            OFF => unsafe { Backend.realloc(block, layout, new_size) },
            // SAFETY: as above.
            COUNT => unsafe { dhat::Alloc.realloc(block, layout, new_size) },
            // SAFETY: as above.
            _ => unsafe { observed::realloc(block, layout, new_size) },
        }
    }
}
