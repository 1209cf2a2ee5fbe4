//! A bench that depends on the variable `SIZE`, to be compared with itself.

use criterion::{Criterion, criterion_group, criterion_main};
use short::short;

mod short;

fn compared(c: &mut Criterion) {
    let size = std::env::var("SIZE").map_or(100, |size| size.parse().unwrap());
    c.bench_function("constant", |b| b.iter(|| vec![0_u8; 10]));
    c.bench_function("sized", |b| b.iter(|| vec![0_u8; size]));
    if size > 100 {
        c.bench_function("new", |b| b.iter(|| vec![0_u8; size]));
    }
}

criterion_group!(name = benches; config = short(); targets = compared);
criterion_main!(benches);
