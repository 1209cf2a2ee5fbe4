//! Allocators, as they account for themselves.

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

/// An allocator's own account, and how it is asked to give memory back.
#[derive(Clone, Copy, Debug)]
pub struct Allocator {
    /// Its name: `system`, `mimalloc`, `jemalloc`.
    pub name: &'static str,
    /// What it says of the heap, all threads together. Does not allocate. What it does not count is absent.
    pub levels: fn() -> Levels,
    /// Asks it to return all that it can.
    pub give_back: fn(),
}
