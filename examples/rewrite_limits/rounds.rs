//! Times several ways to do one thing in interleaved rounds, so that load on the machine affects
//! all alike.

use std::time::{Duration, Instant};

/// One way to do it.
pub(super) struct Way<'a> {
    run: Box<dyn FnMut() -> Duration + 'a>,
}

impl<'a> Way<'a> {
    /// Calls `work` this many times per round.
    pub(super) fn new(repeats: usize, mut work: impl FnMut() + 'a) -> Self {
        Self::prepared(repeats, || {}, move |()| work())
    }

    /// Like [`new`](Self::new), with an untimed call of `prepare` before each call.
    pub(super) fn prepared<T>(
        repeats: usize,
        mut prepare: impl FnMut() -> T + 'a,
        mut work: impl FnMut(T) + 'a,
    ) -> Self {
        Self {
            run: Box::new(move || {
                let mut spent = Duration::ZERO;
                for _ in 0..repeats {
                    let prepared = prepare();
                    let start = Instant::now();
                    work(prepared);
                    spent += start.elapsed();
                }
                spent / repeats as u32
            }),
        }
    }
}

/// The seconds of each way in each round.
pub(super) struct Rounds(Vec<Vec<f64>>);

impl Rounds {
    /// Runs the rounds, after one warm-up round.
    pub(super) fn of(rounds: usize, ways: &mut [Way<'_>]) -> Self {
        let mut seconds = vec![Vec::with_capacity(rounds); ways.len()];
        for round in 0..=rounds {
            for (way, seconds) in ways.iter_mut().zip(&mut seconds) {
                let spent = (way.run)().as_secs_f64();
                if round > 0 {
                    seconds.push(spent);
                }
            }
        }
        Self(seconds)
    }

    /// The speed of a way relative to `against`: the median of the rounds' ratios.
    pub(super) fn speed(&self, way: usize, against: usize) -> f64 {
        let ratios = self.0[way].iter().zip(&self.0[against]);
        median(ratios.map(|(way, against)| against / way).collect())
    }

    /// The same from the best round of each, which other load disturbs less.
    pub(super) fn best_speed(&self, way: usize, against: usize) -> f64 {
        self.best(against) / self.best(way)
    }

    /// The median seconds of a way.
    pub(super) fn seconds(&self, way: usize) -> f64 {
        median(self.0[way].clone())
    }

    /// The seconds of a way's best round.
    pub(super) fn best(&self, way: usize) -> f64 {
        self.0[way].iter().copied().fold(f64::INFINITY, f64::min)
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
