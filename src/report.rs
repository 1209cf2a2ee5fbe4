//! Measurements to what a person reads.

pub mod baseline;
pub mod compare;
pub mod folded;
pub mod gate;
pub mod inlining;
pub mod lines;
pub mod page;
pub mod pprof;
pub mod sites;
pub mod table;
mod units;
pub mod witnesses;
