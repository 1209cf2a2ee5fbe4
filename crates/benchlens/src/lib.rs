//! benchlens shows what one call costs, through three lenses held over the same work:
//! **time** (criterion), **heap** (dhat) and **instructions** (callgrind).
//!
//! - [`measurement`] is the one row that all lenses produce, and [`store`] keeps the rows of a run.
//! - [`allocation_bound`] is what a subject says of its own use of the heap.
//! - [`profile`] reads what the tools wrote, line by line.
//! - `evidence` asks machine code and compiler what became of a call.
//! - `judge` puts two runs side by side and says what changed.
//! - [`report`] turns all of it into what a person reads.
//!
//! It prints nothing, and knows nothing of what is measured.
//!
//! # Features
//!
//! What a bench needs is always there. A command turns on the rest: `profiles` (line by line, and the
//! judge), `evidence`, `pprof`, `page`, or all of them, `full`.

pub mod allocation_bound;
#[cfg(feature = "evidence")]
pub mod evidence;
#[cfg(feature = "profiles")]
pub mod judge;
pub mod measurement;
pub mod profile;
pub mod report;
pub mod store;
