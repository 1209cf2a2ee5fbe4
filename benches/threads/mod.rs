//! The counters by number of threads: a few rounds in which every counter has its turn, so that a
//! change of the machine's load falls on all of them alike.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use benchlens::measurement::{Lens, Measurement};
use benchlens_suite::case::Case;

const ROUNDS: usize = 5;

/// The median time of each case; the error names the case whose answer is wrong.
pub(crate) fn measure(cases: &[(NonZeroUsize, Case)]) -> Result<Vec<Measurement>, String> {
    let mut prepared = Vec::new();
    for (_, case) in cases {
        let ready = case.prepare_verified();
        prepared.push(ready.map_err(|error| format!("{}: {error}", case.name()))?);
    }
    let mut times = vec![[Duration::ZERO; ROUNDS]; cases.len()];
    for round in 0..ROUNDS {
        for (prepared, times) in prepared.iter_mut().zip(&mut times) {
            let start = Instant::now();
            (prepared.run)();
            times[round] = start.elapsed();
        }
    }
    let rows = cases
        .iter()
        .zip(&mut times)
        .flat_map(|((threads, case), times)| {
            times.sort_unstable();
            let median = times[ROUNDS / 2].as_secs_f64();
            let row = |metric: String, value: f64, unit: &str| {
                Measurement::new(&case.name(), Lens::Time, &metric, value, unit, false)
            };
            let documents = case.documents.unwrap_or_default() as f64;
            [
                row(format!("time_{threads}_threads_ns"), median * 1e9, "ns"),
                row(
                    format!("documents_per_second_{threads}_threads"),
                    documents / median,
                    "documents/s",
                ),
            ]
        });
    Ok(rows.collect())
}
