//! The counters, one line each.

use super::CounterRow;

/// Every counter of the suite, from the course's first to the fastest.
pub static COUNTERS: &[CounterRow] = &[];
