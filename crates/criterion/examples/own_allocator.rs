//! A bench with a global allocator of its own, for which the drop-in is built without a hook.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

/// Like the allocators in benches that use another library or count by themselves.
struct Own;

#[global_allocator]
static OWN: Own = Own;

// SAFETY: each method passes its arguments to an allocator that upholds the contract.
unsafe impl GlobalAlloc for Own {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `alloc`, which is the same there.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }
}

fn allocating(c: &mut Criterion) {
    c.bench_function("none", |b| b.iter(|| black_box(1) + 1));
    c.bench_function("one", |b| b.iter(|| vec![1_u8; black_box(100)]));
    c.bench_function("zeroed", |b| b.iter(|| vec![0_u8; black_box(100)]));
    c.bench_function("grown", |b| {
        b.iter_batched_ref(
            || Vec::<u64>::with_capacity(4),
            |v| v.extend(0..black_box(10)),
            BatchSize::SmallInput,
        )
    });
    let mut pushed: Vec<u64> = Vec::new();
    c.bench_function("push", |b| b.iter(|| pushed.push(black_box(1))));
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .nresamples(1001)
        .warm_up_time(Duration::from_millis(1))
        .measurement_time(Duration::from_millis(10));
    targets = allocating
}
criterion_main!(benches);
