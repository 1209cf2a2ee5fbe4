//! Renders figures for people and for other tools.

#[cfg(feature = "assembly")]
pub mod assembly;
#[cfg(feature = "profiles")]
pub mod callgraph;
#[cfg(feature = "profiles")]
pub mod callgrind;
#[cfg(feature = "sampling")]
pub mod firefox;
#[cfg(feature = "profiles")]
pub mod flame;
#[cfg(feature = "profiles")]
pub mod folded;
#[cfg(feature = "profiles")]
pub mod functions;
mod grid;
#[cfg(feature = "evidence")]
pub mod inlining;
#[cfg(feature = "profiles")]
pub mod lines;
#[cfg(feature = "profiles")]
mod markup;
#[cfg(feature = "profiles")]
pub mod memory;
#[cfg(feature = "page")]
mod packed;
#[cfg(feature = "page")]
pub mod page;
mod plain;
#[cfg(feature = "pprof")]
pub mod pprof;
#[cfg(feature = "profiles")]
mod style;
pub mod table;
#[cfg(feature = "page")]
pub mod timeline;
#[cfg(feature = "assembly")]
pub mod trace;
mod units;

#[cfg(feature = "profiles")]
pub use markup::Setting;
pub use plain::{markdown, plain};
pub use units::amount;
