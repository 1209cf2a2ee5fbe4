//! The one flat row that all lenses produce.

use serde::{Deserialize, Serialize};

/// A way to look at a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lens {
    /// Wall-clock time, by criterion.
    Time,
    /// Heap allocations, by dhat.
    Heap,
    /// Instructions, by callgrind.
    Instructions,
}

/// One figure: case, lens, metric, value, unit, and whether it is the same in every run.
///
/// A row of `results/latest/{time,heap,instructions}.csv`, whose header is
/// `case,lens,metric,value,unit,exact`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// Subject and input: `rewrite/alg_one/sparse`.
    pub case: String,
    /// The lens that saw it.
    pub lens: Lens,
    /// What was measured: `time_ns`, `bytes_per_second`, `allocations`, ….
    pub metric: String,
    /// How much of it; whole numbers are written without a decimal point.
    pub value: f64,
    /// In which unit: `ns`, `bytes/s`, `blocks`, ….
    pub unit: String,
    /// Whether every run gives this very value, so that a gate may judge it.
    pub exact: bool,
}
