//! benchlens shows what one call costs, through three lenses on the same work: **time**
//! (criterion), **heap** (dhat) and **instructions** (callgrind).
//!
//! A bench declares its cases as values:
//!
//! ```no_run
//! use benchlens::{AllocationBound, Bytes, Suite};
//!
//! fn cases(suite: &mut Suite) {
//!     let text = "7 8 9";
//!     suite
//!         .group("parse")
//!         .case("split", "short")
//!         .work(Bytes(text.len()))
//!         .input(move || text.to_owned()) // made before each call, not measured
//!         .verify(|numbers: &Vec<u32>| numbers.len() == 3) // before any lens
//!         .allocations(AllocationBound::Linear)
//!         .run(|text| text.split(' ').filter_map(|word| word.parse().ok()).collect());
//! }
//!
//! benchlens::main!(cases);
//! ```
//!
//! With `harness = false` for the bench target, `cargo bench` measures, stores the figures in
//! `target/benchlens` and prints one table.
//!
//! - [`Suite`] is what a bench declares, [`CaseId`] is the name of a case, and [`Figure`] is the flat
//!   row that all lenses produce.
//! - [`run`] takes the figures, each count in two independent processes.
//! - [`store`] stores them, with the run and the executable of each.
//! - [`region`](mod@region) records what happens when, for `timeline`.
//! - [`profile`] reads what the tools wrote, line by line.
//! - `assembly` shows machine code with its source and its counts, and uses it to explain backtraces.
//! - `evidence` finds out from machine code and compiler remarks what became of a call.
//! - `memory` holds recordings of a process's memory over time.
//! - `judge` compares two runs and reports what changed.
//! - [`report`] renders all of it for people.
//!
//! The crate knows nothing about what is measured.
//!
//! # Features
//!
//! - `suite`, the only default: benches whose cases are declared as above and timed by criterion. Not needed to
//!   use the lenses from another harness.
//! - `heap` links the counting allocator into every executable that uses this crate. Without this
//!   feature there is no heap lens.
//! - Everything that a bench needs is always included. Commands enable the rest: `profiles` (line-by-line
//!   profiles, the judge, and machine-readable tables), `evidence`, `assembly`, `pprof`, `page`, or all
//!   of them, `full`.

#[cfg(feature = "assembly")]
pub mod assembly;
#[cfg(feature = "evidence")]
pub mod evidence;
pub mod failure;
mod figure;
mod id;
#[cfg(feature = "profiles")]
pub mod judge;
#[cfg(feature = "profiles")]
pub mod memory;
pub mod profile;
pub mod region;
pub mod report;
pub mod run;
#[cfg(feature = "sampling")]
pub mod sampling;
pub mod store;
mod suite;

pub use figure::{Dimensions, Figure, Lens, Metric, UnknownName, Value, Worth};
pub use id::CaseId;
pub use suite::{
    AllocationBound, BoundBroken, Bytes, CaseInfo, HeapCost, Items, PairSide, Role, SuiteInfo, Work,
};
#[cfg(feature = "suite")]
pub use suite::{BlockOn, CaseBuilder, Executor, Group, PairBuilder, Side, Suite, Verdict};

/// How to observe the counting allocator of this executable; `None` without the feature `heap`.
pub fn observable() -> Option<region::Observable> {
    #[cfg(feature = "heap")]
    {
        Some(benchlens_heap::observe)
    }
    #[cfg(not(feature = "heap"))]
    {
        None
    }
}

/// The switch of the counting allocator of this executable; `None` without the feature `heap`.
pub fn allocator() -> Option<run::Switch> {
    #[cfg(feature = "heap")]
    {
        Some(benchlens_heap::count)
    }
    #[cfg(not(feature = "heap"))]
    {
        None
    }
}
