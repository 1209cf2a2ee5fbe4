//! Allocators and their own statistics.

#[cfg(feature = "jemalloc")]
mod jemalloc;
#[cfg(feature = "mimalloc")]
mod mimalloc;
mod system;

#[cfg(feature = "jemalloc")]
pub use jemalloc::JEMALLOC;
#[cfg(feature = "mimalloc")]
pub use mimalloc::MIMALLOC;
pub use system::SYSTEM;

use crate::Levels;

/// An allocator's own statistics, and how to ask it to return memory.
#[derive(Clone, Copy, Debug)]
pub struct Allocator {
    /// The allocator's name: `system`, `mimalloc` or `jemalloc`.
    pub name: &'static str,
    /// Returns the allocator's statistics over all threads; `None` for what it does not count. Does not allocate.
    pub levels: fn() -> Levels,
    /// Asks the allocator to return all free memory that it can to the system.
    pub give_back: fn(),
}
