//! Routines that share their work among threads, and a measurement that is not wall time.

use std::cell::Cell;
use std::hint::black_box;
use std::thread;

use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{Criterion, criterion_group, criterion_main};
use short::short;

mod short;

/// Allocates on the thread that calls it.
#[inline(never)]
fn work() -> usize {
    let _work = criterion::region!("work");
    black_box((0..100_u64).collect::<Vec<_>>()).len()
}

fn threads(c: &mut Criterion) {
    c.bench_function("one thread", |b| b.iter(work));
    c.bench_function("spawned", |b| {
        b.iter(|| {
            let workers: Vec<_> = (0..3).map(|_| thread::spawn(work)).collect();
            workers
                .into_iter()
                .map(|it| it.join().unwrap())
                .sum::<usize>()
        })
    });
    // From here on the process has threads, and cannot fork.
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    let waiting = thread::spawn(move || receiver.recv().is_ok());
    c.bench_function("in a process with threads", |b| b.iter(work));
    drop(sender);
    waiting.join().unwrap();
}

/// Counts how often it was started.
struct Starts(Cell<u64>);

impl Measurement for Starts {
    type Intermediate = ();
    type Value = u64;

    fn start(&self) {
        self.0.set(self.0.get() + 1);
    }

    fn end(&self, (): ()) -> u64 {
        self.0.get()
    }

    fn add(&self, one: &u64, other: &u64) -> u64 {
        one + other
    }

    fn zero(&self) -> u64 {
        0
    }

    fn to_f64(&self, value: &u64) -> f64 {
        *value as f64
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

fn starts(c: &mut Criterion<Starts>) {
    c.bench_function("of another measurement", |b| b.iter(work));
}

criterion_group!(name = wall; config = short(); targets = threads);
criterion_group! {
    name = other;
    config = short().with_measurement(Starts(Cell::new(0)));
    targets = starts
}
criterion_main!(wall, other);
