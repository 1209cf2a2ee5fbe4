//! Measurements to what a person reads.

pub mod baseline;
pub mod compare;
pub mod folded;
pub mod gate;
pub mod pprof;
pub mod table;
mod units;
