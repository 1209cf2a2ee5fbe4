//! A bench with groups, like most benches; `tests/roles.rs` runs it in all roles.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "to see how often it is shown"
)]

use std::time::Instant;

use criterion::measurement::WallTime;
use criterion::{
    BatchSize, BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use short::short;

mod short;

fn plain(c: &mut Criterion) {
    println!("words of the bench");
    eprintln!("an error of the bench");
    c.bench_function("empty", |b| b.iter(|| ()));
    c.bench_function("dropped inside", |b| b.iter(|| vec![0_u8; 100]));
    c.bench_with_input(BenchmarkId::new("input", 7), &7, |b, &n| {
        b.iter(|| vec![0_u8; n])
    });
    c.bench_function("custom", |b| {
        b.iter_custom(|iterations| {
            let apart = vec![0_u8; 1000];
            let start = Instant::now();
            (0..iterations).for_each(|_| drop(std::hint::black_box(apart.clone())));
            start.elapsed()
        });
    });
}

fn grouped(c: &mut Criterion) {
    let mut group = c.benchmark_group("vector");
    for n in [10, 20] {
        group.throughput(Throughput::Bytes(n));
        batched(&mut group, n);
    }
    group.finish();
    // A group name that was used before.
    c.benchmark_group("vector")
        .bench_function("grow/10", |b| b.iter(|| ()));
    c.benchmark_group("vector")
        .bench_function("grow/10", |b| b.iter(|| Box::new(1)));
}

fn batched(group: &mut BenchmarkGroup<WallTime>, n: u64) {
    let filled = move || (0..n).collect::<Vec<_>>();
    group.bench_with_input(BenchmarkId::from_parameter(n), &n, |b, _| {
        b.iter_batched(filled, |v| v.len(), BatchSize::SmallInput);
    });
    group.bench_with_input(BenchmarkId::new("grow", n), &n, |b, _| {
        b.iter_batched_ref(filled, |v| v.reserve_exact(100), BatchSize::LargeInput);
    });
}

fn failing(c: &mut Criterion) {
    let counting = std::env::var("BENCHLENS_PLAN").is_ok();
    c.bench_function("panics where it is counted", |b| {
        b.iter(|| assert!(!counting))
    });
    c.bench_function("comes after", |b| b.iter(|| Box::new(1)));
}

criterion_group!(name = first; config = short(); targets = plain);
criterion_group!(name = second; config = short(); targets = grouped, failing);
criterion_main!(first, second);
