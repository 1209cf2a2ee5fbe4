//! Limits of two threads against one, within the cache.

use std::cell::RefCell;
use std::hint::black_box;
use std::time::{Duration, Instant};

use benchlens_suite::input::text::{self, Shape};
use benchlens_suite::rewrite::Substitution;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::rounds::{Rounds, Way};
use super::subject::{from_slice, named};
use super::verdict::Verdict;

/// Fits into the third-level cache with its output, and takes much longer than waking a thread.
const BYTES: usize = 8 << 20;
const WARM_UP: Duration = Duration::from_secs(2);

pub(super) fn measure(rounds: usize, tell: &mut dyn FnMut(Verdict)) {
    let pool = |threads| {
        ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads")
    };
    let pools = [pool(1), pool(2)];
    // An idle core reaches its full frequency only after a while.
    let start = Instant::now();
    while start.elapsed() < WARM_UP {
        pools[1].install(|| rayon::join(spin, spin));
    }
    tell(machine(rounds, &pools));
    let substitution = Substitution::new(text::NEEDLE, text::REPLACEMENT).expect("a needle");
    let parallel = named("parallel");
    for shape in [Shape::Sparse, Shape::Dense, Shape::NearMiss, Shape::Binary] {
        let haystack = text::generate(shape, BYTES);
        let output = RefCell::new(vec![1; 2 * BYTES]);
        let mut ways = pools.each_ref().map(|pool| {
            let (haystack, output) = (&haystack, &output);
            Way::new(4, move || {
                let output = &mut *output.borrow_mut();
                pool.install(|| from_slice(parallel, haystack, substitution, output));
            })
        });
        let rounds = Rounds::of(4 * rounds, &mut ways);
        tell(Verdict::share(
            "two threads over one",
            shape.name(),
            parallel.name,
            "one thread",
            BYTES,
            &rounds,
            [1, 0],
            1.7,
        ));
    }
}

/// The speed-up of two independent threads on this machine; informational, without a limit.
fn machine(rounds: usize, pools: &[ThreadPool; 2]) -> Verdict {
    let mut ways = pools.each_ref().map(|pool| {
        Way::new(4, move || {
            pool.install(|| rayon::join(spin, spin));
        })
    });
    let rounds = Rounds::of(4 * rounds, &mut ways);
    let of = "two threads over one: what the machine gives";
    Verdict::share(
        of,
        "registers",
        "arithmetic",
        "one thread",
        0,
        &rounds,
        [1, 0],
        0.0,
    )
}

fn spin() {
    let mut state = black_box(1_u64);
    for _ in 0..300_000 {
        state = state.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(7);
    }
    black_box(state);
}
