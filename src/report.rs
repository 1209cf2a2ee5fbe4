//! Measurements to what a person reads.

pub mod compare;
pub mod gate;
pub mod table;
mod units;
