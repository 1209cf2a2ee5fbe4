//! A process's memory over time, sampled from within.
//!
//! - [`Sampler`] writes one line per interval: live bytes, bytes that the allocator holds, the resident set and
//!   the page faults. It does not allocate while it samples.
//! - [`Allocator`] gives an allocator's own statistics, and asks it to return memory.
//! - [`experiment`] loads, frees and waits. This package has an executable for each allocator that runs it.
//!
//! The kernel counts the resident set and the faults, so they can be compared between allocators. Allocators'
//! own statistics cannot: each counts something else. Linux only; elsewhere [`Sampler::start`] is an error.

mod allocator;
pub mod experiment;
mod kernel;
mod sample;
mod sampler;

#[cfg(feature = "jemalloc")]
pub use allocator::JEMALLOC;
#[cfg(feature = "mimalloc")]
pub use allocator::MIMALLOC;
pub use allocator::{Allocator, SYSTEM};
pub use kernel::{Kernel, Usage};
pub use sample::{HEADER, Levels, Sample};
pub use sampler::Sampler;
