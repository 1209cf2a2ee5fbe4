//! The estimate that criterion prints, taken on its way to the terminal.
//!
//! criterion hands its estimates to the measurement's formatter and to nobody else. Reading its files
//! instead would need its folder, its rule for names of folders, and files that `--discard-baseline`
//! and `cargo criterion` do not write.

use std::cell::RefCell;

/// What criterion estimates one call to take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Estimate {
    /// Slope, else mean, in ns; with `--output-format bencher` the median, as printed there.
    pub(crate) nanoseconds: f64,
    /// The confidence interval, where it is printed.
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

/// Forgets what was printed of an earlier benchmark.
pub(crate) fn begin() {
    PRINTED.with_borrow_mut(|printed| *printed = Printed::default());
}

/// The estimate printed since [`begin`]; nothing if criterion only tested, listed or skipped.
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
