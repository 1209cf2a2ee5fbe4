//! A process's memory over time, as it sees itself.
//!
//! - [`Sampler`] writes a line an interval: what is live, what the allocator holds, the resident set and
//!   the page faults. It does not allocate while it samples.
//! - [`Allocator`] is an allocator's own account of itself, and how it is asked to give memory back.
//! - [`experiment`] loads, frees and waits. The executables of this package run it, one an allocator.
//!
//! The resident set and the faults are the kernel's, so they compare between allocators. An allocator's
//! statistics do not: each counts something else. Linux only; elsewhere [`Sampler::start`] is an error.

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
