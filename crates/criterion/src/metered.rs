//! Wraps the user's measurement; counting starts and stops here.
//!
//! criterion starts and ends a measurement around exactly what it times, so counting there counts the
//! same machine code, loop included, in every form of `iter`.

use real::Throughput;
use real::measurement::{Measurement, ValueFormatter};

use crate::engine::{self, Role};
use crate::estimate;

/// The measurement passed to criterion instead of the user's.
pub(crate) struct Metered<M>(pub(crate) M);

impl<M: Measurement> Measurement for Metered<M> {
    /// `None` in a counting role, where the user's measurement is not used: under valgrind a
    /// hardware counter may be unavailable, and a measurement's own allocations are not the
    /// routine's.
    type Intermediate = Option<M::Intermediate>;
    type Value = M::Value;

    #[inline]
    fn start(&self) -> Self::Intermediate {
        match engine::role() {
            Role::Main => Some(self.0.start()),
            Role::Lens(_) | Role::Repeat => {
                engine::open();
                None
            }
        }
    }

    #[inline]
    fn end(&self, started: Self::Intermediate) -> Self::Value {
        match started {
            Some(started) => self.0.end(started),
            None => {
                engine::close();
                self.0.zero()
            }
        }
    }

    fn add(&self, v1: &Self::Value, v2: &Self::Value) -> Self::Value {
        self.0.add(v1, v2)
    }

    fn zero(&self) -> Self::Value {
        self.0.zero()
    }

    fn to_f64(&self, value: &Self::Value) -> f64 {
        self.0.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        self
    }
}

/// The user's formatter; also captures criterion's estimates.
impl<M: Measurement> ValueFormatter for Metered<M> {
    fn format_value(&self, value: f64) -> String {
        estimate::formatted(value);
        self.0.formatter().format_value(value)
    }

    fn format_throughput(&self, throughput: &Throughput, value: f64) -> String {
        self.0.formatter().format_throughput(throughput, value)
    }

    fn scale_values(&self, typical_value: f64, values: &mut [f64]) -> &'static str {
        self.0.formatter().scale_values(typical_value, values)
    }

    fn scale_throughputs(
        &self,
        typical_value: f64,
        throughput: &Throughput,
        values: &mut [f64],
    ) -> &'static str {
        self.0
            .formatter()
            .scale_throughputs(typical_value, throughput, values)
    }

    fn scale_for_machines(&self, values: &mut [f64]) -> &'static str {
        estimate::for_machines(values);
        self.0.formatter().scale_for_machines(values)
    }
}
