//! The one flat row that all lenses produce.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

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

/// The metric of the instruction lens that is judged.
pub const INSTRUCTIONS: &str = "instructions";

/// The same of cases that vary from run to run beyond the tolerance: shown, and not judged.
pub const UNSTEADY_INSTRUCTIONS: &str = "unsteady_instructions";

impl Lens {
    /// `time`, `heap` or `instructions`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Heap => "heap",
            Self::Instructions => "instructions",
        }
    }
}

impl fmt::Display for Lens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
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
    #[serde(serialize_with = "without_needless_point")]
    pub value: f64,
    /// In which unit: `ns`, `bytes/s`, `blocks`, ….
    pub unit: String,
    /// Whether every run gives this very value, so that a gate may judge it.
    pub exact: bool,
}

impl Measurement {
    /// The columns of the rows, in their order.
    pub const HEADER: [&str; 6] = ["case", "lens", "metric", "value", "unit", "exact"];

    /// A figure of a case.
    pub fn new(case: &str, lens: Lens, metric: &str, value: f64, unit: &str, exact: bool) -> Self {
        Self {
            case: case.to_owned(),
            lens,
            metric: metric.to_owned(),
            value,
            unit: unit.to_owned(),
            exact,
        }
    }
}

/// The largest power of ten below which every whole number is its own double.
const WHOLE_BELOW: f64 = 1e15;

fn without_needless_point<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.fract() == 0.0 && value.abs() < WHOLE_BELOW {
        serializer.serialize_i64(*value as i64)
    } else {
        serializer.serialize_f64(*value)
    }
}
