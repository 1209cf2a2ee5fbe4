//! The one flat row that every lens produces.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::CaseId;

/// A way to measure a case.
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

impl Lens {
    /// Every lens, in the order of the table's columns.
    pub const ALL: [Self; 3] = [Self::Time, Self::Heap, Self::Instructions];

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
        formatter.pad(self.name())
    }
}

impl FromStr for Lens {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        (Self::ALL.into_iter())
            .find(|lens| lens.name() == name)
            .ok_or_else(|| UnknownName::new("lens", name))
    }
}

/// What a figure measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    /// Nanoseconds per call: criterion's estimate.
    Time,
    /// Lower end of the estimate's confidence interval, in nanoseconds.
    TimeLow,
    /// Upper end of the estimate's confidence interval, in nanoseconds.
    TimeHigh,
    /// Heap blocks that a call allocates; a reallocation counts as one.
    Allocations,
    /// Heap bytes that a call allocates in total.
    AllocatedBytes,
    /// The most heap bytes of a call that were live at once.
    PeakBytes,
    /// Heap blocks that the threads' runtime allocates during a call.
    RuntimeAllocations,
    /// Heap bytes that the threads' runtime allocates during a call.
    RuntimeBytes,
    /// Instructions of a call, on all threads.
    Instructions,
}

impl Metric {
    /// Every metric.
    pub const ALL: [Self; 9] = [
        Self::Time,
        Self::TimeLow,
        Self::TimeHigh,
        Self::Allocations,
        Self::AllocatedBytes,
        Self::PeakBytes,
        Self::RuntimeAllocations,
        Self::RuntimeBytes,
        Self::Instructions,
    ];

    /// Its name in files: `time_ns`, `allocations`, ….
    pub const fn name(self) -> &'static str {
        match self {
            Self::Time => "time_ns",
            Self::TimeLow => "time_low_ns",
            Self::TimeHigh => "time_high_ns",
            Self::Allocations => "allocations",
            Self::AllocatedBytes => "allocated_bytes",
            Self::PeakBytes => "peak_bytes",
            Self::RuntimeAllocations => "runtime_allocations",
            Self::RuntimeBytes => "runtime_bytes",
            Self::Instructions => "instructions",
        }
    }

    /// The unit of its values: `ns`, `blocks`, `bytes` or `instructions`.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Time | Self::TimeLow | Self::TimeHigh => "ns",
            Self::Allocations | Self::RuntimeAllocations => "blocks",
            Self::AllocatedBytes | Self::PeakBytes | Self::RuntimeBytes => "bytes",
            Self::Instructions => "instructions",
        }
    }

    /// The lens that measures it.
    pub const fn lens(self) -> Lens {
        match self {
            Self::Time | Self::TimeLow | Self::TimeHigh => Lens::Time,
            Self::Instructions => Lens::Instructions,
            _ => Lens::Heap,
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl FromStr for Metric {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        (Self::ALL.into_iter())
            .find(|metric| metric.name() == name)
            .ok_or_else(|| UnknownName::new("metric", name))
    }
}

/// An unknown name in a file or a variable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not a {kind}")]
pub struct UnknownName {
    kind: &'static str,
    name: String,
}

impl UnknownName {
    fn new(kind: &'static str, name: &str) -> Self {
        Self {
            kind,
            name: name.to_owned(),
        }
    }
}

/// What distinguishes a figure from the case's other figures of the same metric.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dimensions {
    /// The size of the input, as a multiple of the case's own input.
    pub size: Option<u32>,
    /// How many threads the case was given.
    pub threads: Option<u32>,
    /// The index of the sample, from 0.
    pub sample: Option<u32>,
}

impl fmt::Display for Dimensions {
    /// The suffix of a metric: ` on 4n`, ` with 2 threads`, ` in sample 7`; empty if the case has only one
    /// figure of the metric.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(size) = self.size {
            write!(formatter, " on {size}n")?;
        }
        if let Some(threads) = self.threads {
            write!(formatter, " with {threads} threads")?;
        }
        if let Some(sample) = self.sample {
            write!(formatter, " in sample {sample}")?;
        }
        Ok(())
    }
}

/// The value of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// A count. Never a floating-point number, so that 2^53 and 2^53 + 1 differ.
    Count(u64),
    /// An estimate, finite and not negative.
    Measured(f64),
}

impl Value {
    /// The value as a floating-point number, for ratios and axes; a count beyond 2^53 is rounded.
    pub const fn as_f64(self) -> f64 {
        match self {
            Self::Count(count) => count as f64,
            Self::Measured(value) => value,
        }
    }

    /// The count, if it is one.
    pub const fn count(self) -> Option<u64> {
        match self {
            Self::Count(count) => Some(count),
            Self::Measured(_) => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => fmt::Display::fmt(count, formatter),
            Self::Measured(value) => fmt::Display::fmt(value, formatter),
        }
    }
}

/// Whether a figure is exact, so that a gate may judge it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worth {
    /// Two independent processes gave this count.
    Exact,
    /// Shown, not judged; with the lowest and the highest count if they differed.
    Shown(Option<(u64, u64)>),
}

impl Worth {
    /// Whether a gate may judge the figure.
    pub const fn is_exact(self) -> bool {
        matches!(self, Self::Exact)
    }
}

/// One figure of one case, with its run and executable.
///
/// ```
/// use benchlens::{CaseId, Figure, Metric, Value};
///
/// let figure = Figure::exact(CaseId::new("parse", "mine", "citm"), Metric::Allocations, 2);
/// assert_eq!(figure.value, Value::Count(2));
/// assert_eq!(figure.metric.unit(), "blocks");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The case.
    pub case: CaseId,
    /// What was measured.
    pub metric: Metric,
    /// What distinguishes it from other figures of the case and metric.
    pub at: Dimensions,
    /// The value.
    pub value: Value,
    /// Whether it is exact.
    pub worth: Worth,
    /// Notes on it: why it is not exact, or that calls differ. Empty if there are none.
    pub note: String,
    /// The run that took it.
    pub run: String,
    /// A hash of the executable's file.
    pub executable: String,
}

impl Figure {
    /// An exact count, without a run.
    pub fn exact(case: CaseId, metric: Metric, count: u64) -> Self {
        Self {
            case,
            metric,
            at: Dimensions::default(),
            value: Value::Count(count),
            worth: Worth::Exact,
            note: String::new(),
            run: String::new(),
            executable: String::new(),
        }
    }

    /// An estimate, without a run.
    pub fn measured(case: CaseId, metric: Metric, value: f64) -> Self {
        Self {
            value: Value::Measured(value),
            worth: Worth::Shown(None),
            ..Self::exact(case, metric, 0)
        }
    }

    /// Adds a note unless it is already there.
    pub(crate) fn add_once(&mut self, note: &str) {
        if !self.note.split("; ").any(|known| known == note) {
            self.add_note(note);
        }
    }

    /// Adds a note.
    pub(crate) fn add_note(&mut self, note: &str) {
        if !self.note.is_empty() {
            self.note.push_str("; ");
        }
        self.note.push_str(note);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for metric in Metric::ALL {
            assert_eq!(metric.name().parse(), Ok(metric));
        }
        for lens in Lens::ALL {
            assert_eq!(lens.name().parse(), Ok(lens));
        }
        let error = "blocks".parse::<Metric>().unwrap_err();
        assert_eq!(error.to_string(), "`blocks` is not a metric");
    }

    #[test]
    fn counts_beyond_what_a_double_holds_differ() {
        assert_ne!(Value::Count(1 << 53), Value::Count((1 << 53) + 1));
    }
}
