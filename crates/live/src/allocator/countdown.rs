//! The bytes that a thread may allocate until its next sample.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A countdown that never ends, for a thread that takes no samples.
const NEVER: i64 = i64::MAX / 2;

/// Advances with each thread that begins to count.
static SEEDS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    // Both are plain words without a destructor, so access is one instruction at any time in a thread's life.
    static LEFT: Cell<i64> = const { Cell::new(0) };
    /// The state of the random generator; 0 before the first countdown.
    static RANDOM: Cell<u64> = const { Cell::new(0) };
}

/// Counts `size` bytes, and returns whether the countdown has ended.
#[inline(always)]
pub(super) fn is_due(size: usize) -> bool {
    let left = LEFT.get().wrapping_sub(size as i64);
    LEFT.set(left);
    left < 0
}

/// Restarts the calling thread's countdown.
pub(super) fn restart() {
    LEFT.set(0);
    RANDOM.set(0);
}

/// Begins the next countdown, and returns whether to sample the allocation of `size` bytes that ended the last
/// one. A thread's first allocation only begins the countdown, and is sampled only if it also ends it.
pub(super) fn begin_next(size: usize) -> bool {
    let interval = super::interval();
    if interval == 0 {
        LEFT.set(NEVER);
        return false;
    }
    if RANDOM.get() == 0 {
        RANDOM.set(seed());
        let left = gap(interval).wrapping_sub(size as i64);
        if left >= 0 {
            LEFT.set(left);
            return false;
        }
    }
    LEFT.set(gap(interval));
    true
}

/// A different seed for each thread.
fn seed() -> u64 {
    let number = SEEDS.fetch_add(0x9e37_79b9_7f4a_7c15, Relaxed);
    let moment = std::time::SystemTime::UNIX_EPOCH.elapsed();
    mixed(number ^ moment.map_or(0, |since| since.as_nanos() as u64)) | 1
}

/// A random gap, exponentially distributed with the mean `interval`.
fn gap(interval: u64) -> i64 {
    let state = RANDOM.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
    // 0 means that there is no seed yet.
    RANDOM.set(if state == 0 { 1 } else { state });
    // 53 random bits, so never 0.
    let uniform = ((mixed(state) >> 11) + 1) as f64 / (1_u64 << 53) as f64;
    let bytes = -uniform.ln() * interval as f64;
    (bytes as i64).min(NEVER)
}

/// The finaliser of SplitMix64.
fn mixed(mut state: u64) -> u64 {
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gaps_have_the_mean_and_the_spread_of_an_exponential_distribution() {
        restart();
        RANDOM.set(seed());
        const COUNT: usize = 200_000;
        let interval = 1 << 19;
        let gaps: Vec<f64> = (0..COUNT)
            .map(|_| gap(interval) as f64 / interval as f64)
            .collect();
        let mean = gaps.iter().sum::<f64>() / COUNT as f64;
        let squares = gaps.iter().map(|gap| gap * gap).sum::<f64>() / COUNT as f64;
        // Ten standard errors.
        assert!((mean - 1.0).abs() < 0.03, "{mean}");
        assert!((squares - 2.0).abs() < 0.15, "{squares}");
        let beyond = gaps.iter().filter(|gap| **gap > 1.0).count() as f64 / COUNT as f64;
        assert!((beyond - (-1.0_f64).exp()).abs() < 0.015, "{beyond}");
    }

    #[test]
    fn the_first_countdown_of_a_thread_does_not_end_by_itself() {
        // An allocation of one byte is sampled in one of half a million threads.
        let hits = (0..100).filter(|_| {
            std::thread::spawn(|| {
                restart();
                is_due(1) && begin_next(1)
            })
            .join()
            .unwrap()
        });
        assert!(hits.count() <= 1);
    }
}
