//! A global allocator that records the stack of one allocation per 512 KiB on average, as Go's does.
//!
//! **Sampling**: each thread counts down the bytes to its next sample. The gaps are exponentially distributed,
//! so every byte is equally likely to be hit, whatever the pattern of allocations. A block of `s` bytes is
//! sampled with probability `p = 1 - exp(-s / interval)` and stands for `1 / p` blocks. Go's pprof corrects in
//! the same way.
//!
//! **Frees**: a sampled block sets a bit in [`filter`]. A free that finds the bit clear, as nearly all do, does
//! nothing more. Others look up the block under a lock.
//!
//! **Cost**: a thread-local subtraction for each allocation, a shift and a load for each free, and a stack walk
//! for each sample. `scripts/load-serve` measures it; docs/suite.md has the figures.
//!
//! **Source**: `mprof.go` and `malloc.go` of Go's runtime, and `runtime/pprof/protomem.go`.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

mod countdown;
mod filter;
mod record;

pub(crate) use record::{Amount, Snapshot, snapshot};

/// The bytes between two samples, on average: Go's `MemProfileRate`.
pub const DEFAULT_INTERVAL: u64 = 512 << 10;

static INTERVAL: AtomicU64 = AtomicU64::new(DEFAULT_INTERVAL);

/// Whether anything was allocated through a [`SamplingAllocator`]; set at a thread's first allocation.
static IS_LINKED: AtomicBool = AtomicBool::new(false);

/// Sets the average number of bytes between two samples; 0 switches sampling off.
///
/// Call it once, at the start of `main`. A thread notices a change only at its next sample, and a thread that
/// has seen 0 never samples again.
pub fn set_interval(bytes: u64) {
    INTERVAL.store(bytes, Relaxed);
    countdown::restart();
}

/// The average number of bytes between two samples; 0 if sampling is off.
pub fn interval() -> u64 {
    INTERVAL.load(Relaxed)
}

/// Whether this process samples its allocations.
pub(crate) fn is_used() -> bool {
    IS_LINKED.load(Relaxed) && interval() != 0
}

/// An allocator that samples the allocations it passes on to `A`.
///
/// ```
/// use benchlens_live::SamplingAllocator;
///
/// #[global_allocator]
/// static ALLOCATOR: SamplingAllocator = SamplingAllocator::system();
/// # fn main() {}
/// ```
///
/// It wraps any other allocator: `SamplingAllocator::new(MiMalloc)`.
///
/// Define the static in a small executable, and the service in a library. In the crate that defines the static,
/// the optimiser does not recognise calls of the allocator, and keeps allocations that it would delete elsewhere.
#[derive(Debug)]
pub struct SamplingAllocator<A = System> {
    inner: A,
}

impl SamplingAllocator<System> {
    /// The system's allocator, sampled.
    pub const fn system() -> Self {
        Self::new(System)
    }
}

impl<A> SamplingAllocator<A> {
    /// Another allocator, sampled.
    pub const fn new(inner: A) -> Self {
        Self { inner }
    }
}

thread_local! {
    /// Whether the thread is in the sampler, whose own allocations are not sampled.
    static IN_SAMPLER: Cell<bool> = const { Cell::new(false) };
}

/// While this lives, this thread's allocations and frees are not sampled. So the sampler may allocate while it
/// holds its lock.
struct InSampler;

impl InSampler {
    /// Enters the sampler; `None` if the thread is already in it.
    fn enter() -> Option<Self> {
        match IN_SAMPLER.replace(true) {
            true => None,
            false => Some(Self),
        }
    }
}

impl Drop for InSampler {
    fn drop(&mut self) {
        IN_SAMPLER.set(false);
    }
}

/// Called when a block has been allocated.
#[inline(always)]
fn allocated(block: *mut u8, size: usize) {
    if countdown::is_due(size) {
        sample(block, size);
    }
}

/// Called when a countdown has ended.
#[cold]
#[inline(never)]
fn sample(block: *mut u8, size: usize) {
    IS_LINKED.store(true, Relaxed);
    if countdown::begin_next(size) && !block.is_null() {
        let Some(_guard) = InSampler::enter() else {
            return;
        };
        record::allocated(block, size, interval());
    }
}

/// Called before a block is freed: once it is, another thread may get the same address.
#[inline(always)]
fn freed(block: *mut u8) {
    if filter::may_hold(block) {
        take_sample(block);
    }
}

#[cold]
#[inline(never)]
fn take_sample(block: *mut u8) -> Option<record::Live> {
    let _guard = InSampler::enter()?;
    record::take(block)
}

#[cold]
#[inline(never)]
fn restore(block: *mut u8, live: record::Live) {
    let _guard = InSampler::enter();
    record::put_back(block, live);
}

// SAFETY: each method passes its arguments to an allocator that upholds the contract of `GlobalAlloc`, and
// returns what that returns. The sampler only reads the address and the size.
unsafe impl<A: GlobalAlloc> GlobalAlloc for SamplingAllocator<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller upholds the contract of `alloc`, which is the inner allocator's too.
        let block = unsafe { self.inner.alloc(layout) };
        allocated(block, layout.size());
        block
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller upholds the contract of `alloc_zeroed`, which is the inner allocator's too.
        let block = unsafe { self.inner.alloc_zeroed(layout) };
        allocated(block, layout.size());
        block
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        freed(block);
        // SAFETY: the inner allocator allocated the block.
        unsafe { self.inner.dealloc(block, layout) }
    }

    /// A reallocation counts as a free and a new block of the new size, as when a slice grows in Go.
    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let live = match filter::may_hold(block) {
            true => take_sample(block),
            false => None,
        };
        // SAFETY: the inner allocator allocated the block.
        let moved = unsafe { self.inner.realloc(block, layout, new_size) };
        match live {
            // The old block is still there.
            Some(live) if moved.is_null() => restore(block, live),
            _ => allocated(moved, new_size),
        }
        moved
    }
}
