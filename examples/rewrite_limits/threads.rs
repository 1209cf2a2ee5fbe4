//! Limits of two threads: against two single-threaded copies of the work side by side, and against one thread.

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
/// From a text that stays in the first-level cache to one larger than all caches.
const SIZES: [usize; 10] = [
    1 << 10,
    1 << 16,
    1 << 19,
    1 << 20,
    1 << 21,
    1 << 22,
    1 << 24,
    1 << 26,
    1 << 28,
    1 << 30,
];

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
    for shape in [Shape::Sparse, Shape::Dense, Shape::NearMiss, Shape::Binary] {
        tell(beside_two_copies(shape, rounds, &pools[1]));
    }
    for (lengths, replacement) in [("equal", &b"Elvis"[..]), ("longer", b"the king")] {
        for shape in [Shape::Sparse, Shape::Dense, Shape::NearMiss] {
            for bytes in SIZES {
                let input = format!("{lengths}: {} of {} KiB", shape.name(), bytes >> 10);
                let substitution = Substitution::new(text::NEEDLE, replacement).expect("a needle");
                tell(beside_one(
                    input,
                    &text::generate(shape, bytes),
                    substitution,
                    rounds,
                    &pools[1],
                ));
            }
        }
    }
}

/// Two threads on one text, over one thread on each half of it.
fn beside_two_copies(shape: Shape, rounds: usize, pool: &ThreadPool) -> Verdict {
    let substitution = Substitution::new(text::NEEDLE, text::REPLACEMENT).expect("a needle");
    let haystack = text::generate(shape, BYTES);
    let output = RefCell::new(vec![1; BYTES]);
    let halves = haystack.split_at(BYTES / 2);
    let mut outputs = [vec![1; BYTES / 2], vec![1; BYTES / 2]];
    let mut ways = [
        Way::new(4, || {
            let output = &mut *output.borrow_mut();
            pool.install(|| from_slice(named("parallel"), &haystack, substitution, output));
        }),
        Way::new(4, || {
            let alone = named("vector_copy");
            let [one, two] = &mut outputs;
            pool.install(|| {
                rayon::join(
                    || from_slice(alone, halves.0, substitution, one),
                    || from_slice(alone, halves.1, substitution, two),
                )
            });
        }),
    ];
    let rounds = Rounds::of(4 * rounds, &mut ways);
    Verdict::share(
        "two threads over two copies",
        shape.name(),
        "parallel",
        "vector_copy twice",
        BYTES,
        &rounds,
        [0, 1],
        0.95,
    )
}

/// Two threads over one. Two must never be slower; the limit allows for noise between rounds.
fn beside_one(
    input: String,
    haystack: &[u8],
    substitution: Substitution<'_>,
    rounds: usize,
    pool: &ThreadPool,
) -> Verdict {
    let repeats = (BYTES / haystack.len()).max(1);
    let output = RefCell::new(vec![1; 2 * haystack.len()]);
    let mut ways = ["vector_copy", "parallel"].map(|name| {
        let output = &output;
        Way::new(repeats, move || {
            let output = &mut *output.borrow_mut();
            pool.install(|| from_slice(named(name), haystack, substitution, output));
        })
    });
    let rounds = Rounds::of(rounds, &mut ways);
    Verdict::share(
        "two threads over one",
        input,
        "parallel",
        "vector_copy",
        haystack.len(),
        &rounds,
        [1, 0],
        0.95,
    )
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
