//! Go's `/debug/pprof` for a service written with [axum]: `go tool pprof` reads it as it reads a Go service.
//!
//! ```no_run
//! use benchlens_live::SamplingAllocator;
//!
//! #[global_allocator]
//! static ALLOCATOR: SamplingAllocator = SamplingAllocator::system();
//!
//! # async fn start() -> std::io::Result<()> {
//! let service: axum::Router = axum::Router::new().merge(benchlens_live::routes());
//! # Ok(())
//! # }
//! ```
//!
//! ```console
//! $ go tool pprof -top -cum http://127.0.0.1:5000/debug/pprof/allocs
//! ```
//!
//! | route | what |
//! | --- | --- |
//! | `/debug/pprof/` | an index page |
//! | `/debug/pprof/heap` | what is live now, by stack; `?seconds=N` for how it changes |
//! | `/debug/pprof/allocs` | what was allocated since the start, or within `?seconds=N` |
//! | `/debug/pprof/profile` | where the processor's time goes for `?seconds=N`, 30 by default |
//! | `/debug/pprof/threads` | the stack of every thread |
//! | `/debug/pprof/cmdline`, `symbol` | the arguments of the process; names for addresses |
//! | `/metrics` | processor, memory, open files and heap as Prometheus text |
//!
//! `?debug=1` shows `heap`, `allocs` and `threads` as text. Lines and inlined functions are named from line
//! tables: build the service with `debug = 1` in its profile.
//!
//! # What it costs
//!
//! One allocation is sampled per 512 KiB on average ([`SamplingAllocator`]). That takes a countdown for each
//! allocation, a bit test for each free, and a stack walk for each sample. Processor time is sampled a hundred
//! times per second of each thread's own time, and only while a client waits for `profile`.
//!
//! # Who may see it
//!
//! The routes have no password, as in Go. They show code, arguments and stacks, and let a client keep a
//! processor busy, so serve them on a loopback address. At most [`AT_ONCE`] profiles are made at a time, each of
//! at most [`LONGEST`].
//!
//! # Platforms
//!
//! Linux. Elsewhere `profile` and `threads` answer 501 and everything else works.

use std::time::Duration;

mod allocator;
mod answer;
mod encode;
mod frames;
mod heap;
mod index;
mod metrics;
mod processor;
mod routes;
#[cfg(target_os = "linux")]
mod signal;
mod symbols;
mod threads;
mod worker;

pub use allocator::{DEFAULT_INTERVAL, SamplingAllocator, interval, set_interval};
pub use routes::routes;

/// The longest time that a client may ask a profile to cover.
pub const LONGEST: Duration = Duration::from_secs(300);

/// How many profiles are made at once; more are refused with 503.
pub const AT_ONCE: usize = 8;
