//! criterion's estimate, captured while criterion formats it.
//!
//! criterion passes its estimates only to the measurement's formatter. Reading its files instead
//! would require its folder, its naming rules, and files that `--discard-baseline` and `cargo
//! criterion` do not write.

use std::cell::RefCell;

/// criterion's estimate of the time of one call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Estimate {
    /// Slope, else mean, in ns; with `--output-format bencher` the median, as printed there.
    pub(crate) nanoseconds: f64,
    /// The confidence interval, if printed.
    pub(crate) interval: Option<(f64, f64)>,
}

#[derive(Default)]
struct Printed {
    /// The first three values that are formatted: lower bound, estimate, upper bound.
    formatted: Vec<f64>,
    /// The median beside its deviation: the first pair that is scaled for machines.
    median: Option<f64>,
}

thread_local! {
    static PRINTED: RefCell<Printed> = RefCell::default();
}

/// Discards values of an earlier benchmark.
pub(crate) fn begin() {
    PRINTED.with_borrow_mut(|printed| *printed = Printed::default());
}

/// The estimate printed since [`begin`]; `None` if criterion only tested, listed or skipped.
pub(crate) fn take() -> Option<Estimate> {
    let printed = PRINTED.take();
    match printed.formatted[..] {
        [low, nanoseconds, high] => Some(Estimate {
            nanoseconds,
            interval: Some((low, high)),
        }),
        _ => printed.median.map(|nanoseconds| Estimate {
            nanoseconds,
            interval: None,
        }),
    }
}

pub(crate) fn formatted(value: f64) {
    PRINTED.with_borrow_mut(|printed| {
        if printed.formatted.len() < 3 {
            printed.formatted.push(value);
        }
    });
}

pub(crate) fn for_machines(values: &[f64]) {
    if let [median, _deviation] = *values {
        PRINTED.with_borrow_mut(|printed| {
            printed.median.get_or_insert(median);
        });
    }
}
