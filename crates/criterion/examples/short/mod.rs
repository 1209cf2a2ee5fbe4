//! The configuration of the benches that the tests run: as short as criterion allows.

use std::time::Duration;

use criterion::Criterion;

pub(crate) fn short() -> Criterion {
    Criterion::default()
        .sample_size(10)
        .nresamples(1001)
        .warm_up_time(Duration::from_millis(1))
        .measurement_time(Duration::from_millis(10))
}
