//! Renders figures for people and for other tools.

#[cfg(feature = "assembly")]
pub mod assembly;
#[cfg(feature = "profiles")]
pub mod callgrind;
#[cfg(feature = "profiles")]
pub mod folded;
mod grid;
#[cfg(feature = "evidence")]
pub mod inlining;
#[cfg(feature = "profiles")]
pub mod lines;
#[cfg(feature = "profiles")]
pub mod memory;
#[cfg(feature = "page")]
pub mod page;
mod plain;
#[cfg(feature = "pprof")]
pub mod pprof;
pub mod table;
#[cfg(feature = "assembly")]
pub mod trace;
mod units;

pub use plain::{markdown, plain};
pub use units::amount;
