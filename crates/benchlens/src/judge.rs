//! Compares two runs, judges one against the other, and keeps a run as the baseline.

pub mod baseline;
pub mod cause;
pub mod compare;
pub mod gate;
mod key;
pub mod sites;
