//! criterion's own API, with two more lenses: allocations and instructions beside the time.
//!
//! A crate changes one line of its `Cargo.toml`, and no line of any bench:
//!
//! ```toml
//! [dev-dependencies]
//! criterion = { package = "benchlens-criterion", version = "0.8" }
//! ```
//!
//! `cargo bench` is criterion's, with all its flags, files and output. When it has finished, the
//! executable starts itself again for the heap and, under valgrind, for the instructions, and one
//! table joins the three. In those roles every benchmark runs in a process forked just before its
//! closure is called, so its figures do not depend on what ran before; the routine is called once to
//! warm up and then to count. `--test`, `--list` and `--profile-time` start nothing more, nor does a
//! [`Criterion`] that a test uses.
//!
//! What is counted is what criterion times, because counting starts and stops with criterion's clock:
//! [`Bencher::iter`] includes the drop of its output, [`Bencher::iter_batched`] excludes set-up and
//! that drop, and [`Bencher::iter_custom`] is counted with its whole closure.
//!
//! Everything that is not defined here is criterion's own item, re-exported, so types are the same
//! as those that other crates take from criterion.
//!
//! # Examples
//!
//! ```no_run
//! use criterion::{Criterion, criterion_group, criterion_main};
//!
//! fn bench(c: &mut Criterion) {
//!     c.bench_function("format", |b| b.iter(|| format!("{}", 1)));
//! }
//!
//! criterion_group!(benches, bench);
//! criterion_main!(benches);
//! ```

mod arguments;
#[cfg(feature = "async")]
mod async_bencher;
mod bencher;
mod case;
mod configure;
mod engine;
mod entry;
mod estimate;
mod group;
mod id;
mod manager;
mod metered;

/// Named stretches of time on a thread, which `cargo benchlens timeline` draws.
pub use benchlens::region;
pub use real::*;

#[cfg(feature = "async")]
pub use crate::async_bencher::AsyncBencher;
pub use crate::bencher::Bencher;
pub use crate::entry::{finish, runner};
pub use crate::group::BenchmarkGroup;
pub use crate::id::BenchmarkId;
pub use crate::manager::Criterion;
