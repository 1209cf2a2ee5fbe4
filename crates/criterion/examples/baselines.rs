//! A bench that changes with its environment, to be compared with itself.

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};

fn compared(c: &mut Criterion) {
    let size = std::env::var("SIZE").map_or(100, |size| size.parse().unwrap());
    c.bench_function("constant", |b| b.iter(|| vec![0_u8; 10]));
    c.bench_function("sized", |b| b.iter(|| vec![0_u8; size]));
    if size > 100 {
        c.bench_function("new", |b| b.iter(|| vec![0_u8; size]));
    }
}

fn short() -> Criterion {
    Criterion::default()
        .sample_size(10)
        .nresamples(1001)
        .warm_up_time(Duration::from_millis(1))
        .measurement_time(Duration::from_millis(10))
}

criterion_group!(name = benches; config = short(); targets = compared);
criterion_main!(benches);
