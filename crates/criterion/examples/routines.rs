//! Routines that spend their time in known functions, for the sampling test.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use short::short;

mod short;

/// Uses the processor, and nothing else.
#[inline(never)]
fn work(steps: u64) -> u64 {
    let mixed = (0..steps).fold(1_u64, |sum, step| black_box(sum ^ step).rotate_left(5));
    mixed & 0xffff
}

#[inline(never)]
fn set_up() -> u64 {
    // Not a tail call, so that this frame stays on the stack.
    work(20_000) + 1
}

#[inline(never)]
fn routine(seed: u64) -> u64 {
    work(20_000) + seed
}

fn routines(c: &mut Criterion) {
    c.bench_function("plain", |b| b.iter(|| routine(1)));
    c.bench_function("batched", |b| {
        b.iter_batched(set_up, routine, BatchSize::SmallInput);
    });
    c.bench_function("reads", |b| {
        b.iter(|| std::fs::read("/proc/self/status").map_or(0, |bytes| bytes.len()));
    });
}

criterion_group!(name = benches; config = short(); targets = routines);
criterion_main!(benches);
