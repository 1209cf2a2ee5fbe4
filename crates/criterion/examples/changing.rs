//! Routines that change their state, and routines that only seem to.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::OnceLock;
use std::time::Duration;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

fn differing(c: &mut Criterion) {
    let mut grown: Vec<u64> = Vec::new();
    c.bench_function("differ/push", |b| b.iter(|| grown.push(black_box(1))));

    let mut roomy: Vec<u64> = Vec::with_capacity(50);
    c.bench_function("differ/push with room", |b| {
        b.iter(|| roomy.push(black_box(1)))
    });

    let (mut tree, mut key) = (BTreeMap::new(), 0_u32);
    c.bench_function("differ/insert", |b| {
        b.iter(|| {
            key += 1;
            tree.insert(key, key)
        })
    });

    // The same number of blocks in every call, but more bytes.
    let mut length = 0;
    c.bench_function("differ/bytes", |b| {
        b.iter(|| {
            length += 8;
            Vec::<u8>::with_capacity(black_box(length))
        })
    });

    // Different work, but no allocation.
    let mut turn = 0_u64;
    c.bench_function("differ/work", |b| {
        b.iter(|| {
            turn += 1;
            (0..black_box(turn % 3)).map(black_box).sum::<u64>()
        })
    });
}

fn equal(c: &mut Criterion) {
    static CACHE: OnceLock<Vec<u64>> = OnceLock::new();
    c.bench_function("equal/filled at first", |b| {
        b.iter(|| CACHE.get_or_init(|| (0..100).collect()).len())
    });

    let mut reused: Vec<u64> = Vec::new();
    c.bench_function("equal/cleared", |b| {
        b.iter(|| {
            reused.clear();
            reused.extend(0..black_box(50));
        })
    });

    c.bench_function("equal/batched push", |b| {
        b.iter_batched_ref(
            Vec::new,
            |v| v.push(black_box(1_u64)),
            BatchSize::SmallInput,
        )
    });

    // The routine is the same, but the work of malloc depends on what was freed before.
    c.bench_function("equal/many sizes", |b| {
        b.iter(|| {
            let mut kept: Vec<Vec<u8>> = Vec::new();
            for size in (1..60).map(|n| n * 97 % 2500 + 1) {
                kept.push(Vec::with_capacity(black_box(size)));
                if kept.len() > 7 {
                    kept.swap_remove(size % 7);
                }
            }
        })
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .nresamples(1001)
        .warm_up_time(Duration::from_millis(1))
        .measurement_time(Duration::from_millis(10));
    targets = differing, equal
}
criterion_main!(benches);
