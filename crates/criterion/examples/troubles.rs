//! Everything that can go wrong while a case is counted, each in a case of its own, between healthy cases.

use std::hint::black_box;
use std::thread;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};

/// Calls `what` while the case is counted, but not while it is timed.
fn where_counted(c: &mut Criterion, name: &str, what: fn()) {
    let counting = std::env::var_os("BENCHLENS_PLAN").is_some();
    c.bench_function(name, |b| {
        b.iter(|| {
            if counting {
                what();
            }
            black_box(1)
        })
    });
}

fn troubles(c: &mut Criterion) {
    c.bench_function("before", |b| b.iter(|| Box::new(1_u8)));
    where_counted(c, "panics", || panic!("as it was told"));
    where_counted(c, "exits", || std::process::exit(0));
    where_counted(c, "aborts", || std::process::abort());
    where_counted(c, "takes too long", || {
        thread::sleep(Duration::from_secs(100))
    });
    #[cfg(target_arch = "x86_64")]
    where_counted(c, "unknown instruction", || {
        // SAFETY: ends the process by a signal, like any unsupported instruction.
        unsafe { std::arch::asm!("ud2") }
    });
    #[cfg(unix)]
    where_counted(c, "is killed", || {
        let kill = format!("kill -KILL {}", std::process::id());
        let _ = std::process::Command::new("sh")
            .args(["-c", &kill])
            .status();
    });
    c.bench_function("after", |b| b.iter(|| Box::new(1_u16)));
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .nresamples(1001)
        .warm_up_time(Duration::from_millis(1))
        .measurement_time(Duration::from_millis(10));
    targets = troubles
}
criterion_main!(benches);
