//! A bench that spends its time in known functions, for the sampling tests.

use std::fs::File;
use std::hint::black_box;
use std::io::Read as _;
use std::thread;

use benchlens::Suite;

/// Uses the processor, and nothing else.
#[inline(never)]
fn inner(steps: u64) -> u64 {
    let mixed = (0..steps).fold(1_u64, |sum, step| black_box(sum ^ step).rotate_left(5));
    mixed & 0xffff
}

#[inline(never)]
fn outer(steps: u64) -> u64 {
    // Not a tail call, so that this frame stays on the stack.
    inner(steps) + 1
}

#[inline(never)]
fn made(steps: u64) -> u64 {
    inner(steps) + 2
}

/// Recurses so deeply that a small copy of the stack does not reach the outermost frame.
#[inline(never)]
fn deep(depth: u64) -> u64 {
    let room = black_box([depth; 64]);
    match depth {
        0 => inner(20_000),
        _ => deep(depth - 1) + room[1],
    }
}

fn reads() -> usize {
    let mut read = 0;
    let mut bytes = vec![0_u8; 64 << 10];
    if let Ok(mut zeros) = File::open("/dev/zero") {
        for _ in 0..200 {
            read += zeros.read(&mut bytes).unwrap_or(0);
        }
    }
    read
}

fn two_threads(steps: u64) -> u64 {
    let workers: Vec<_> = (0..2)
        .map(|_| thread::spawn(move || outer(steps)))
        .collect();
    workers.into_iter().filter_map(|it| it.join().ok()).sum()
}

fn cases(suite: &mut Suite) {
    let mut group = suite.group("busy");
    group.case("nested", "").run(|()| outer(20_000));
    group.case("reads", "").run(|()| reads());
    group
        .case("threads", "")
        .threads(3)
        .run(|()| two_threads(8_000_000));
    group
        .case("brief threads", "")
        .threads(3)
        .run(|()| two_threads(200_000));
    group
        .case("made", "")
        .input(|| made(20_000))
        .run(|seed| outer(20_000) + seed);
    group.case("deep", "").run(|()| deep(100));
}

benchlens::main!(cases);
