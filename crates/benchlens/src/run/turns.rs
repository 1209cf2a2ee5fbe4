//! Times cases in interleaved rounds, each called once a round, so that a change of the machine's
//! load affects all of them alike.

use std::time::Duration;

use crate::suite::Case;
use crate::{Dimensions, Figure, Metric};

const ROUNDS: usize = 5;

/// The median time of each case over the rounds.
pub(super) fn measure(cases: &[&Case]) -> Vec<Figure> {
    let mut prepared: Vec<_> = cases.iter().map(|case| (case.prepare)(1)).collect();
    let mut times = vec![[Duration::ZERO; ROUNDS]; cases.len()];
    for round in 0..ROUNDS {
        for (prepared, times) in prepared.iter_mut().zip(&mut times) {
            times[round] = prepared.time(1, 1);
        }
    }
    (cases.iter().zip(&mut times))
        .map(|(case, times)| {
            times.sort_unstable();
            let median = times[ROUNDS / 2].as_nanos() as f64;
            Figure {
                at: Dimensions {
                    threads: case.info.threads,
                    ..Dimensions::default()
                },
                ..Figure::measured(case.info.id.clone(), Metric::Time, median)
            }
        })
        .collect()
}
