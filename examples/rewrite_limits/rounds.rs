//! Ways to do one thing, timed in turns, so that a busy moment of the machine hits them alike.

use std::time::{Duration, Instant};

/// One way to spend the time.
pub(super) struct Way<'a> {
    run: Box<dyn FnMut() -> Duration + 'a>,
}

impl<'a> Way<'a> {
    /// Calls `work` so many times a round.
    pub(super) fn new(repeats: usize, mut work: impl FnMut() + 'a) -> Self {
        Self::prepared(repeats, || {}, move |()| work())
    }

    /// As [`new`](Self::new), and `prepare` is called before each call without being timed.
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
    /// Lets the ways take turns, after one round that only warms up.
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

    /// How many times as fast as `against` a way is: the median of the rounds' ratios.
    pub(super) fn speed(&self, way: usize, against: usize) -> f64 {
        let ratios = self.0[way].iter().zip(&self.0[against]);
        median(ratios.map(|(way, against)| against / way).collect())
    }

    /// Likewise, from the best round of each: what is left when others use the machine.
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
