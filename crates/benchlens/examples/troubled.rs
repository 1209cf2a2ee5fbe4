//! A bench with many kinds of failures, for the engine's tests.

use std::collections::HashMap;
use std::hint::black_box;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use benchlens::run::{Role, role};
use benchlens::{AllocationBound, Suite};

static CALLS: AtomicU32 = AtomicU32::new(0);

#[inline(never)]
fn work() -> usize {
    black_box(vec![1_u8; 100]).len()
}

fn boxes(count: u64) -> u64 {
    (0..count).map(|number| *black_box(Box::new(number))).sum()
}

fn cases(suite: &mut Suite) {
    sound(suite);
    troubled(suite);
}

fn sound(suite: &mut Suite) {
    let mut group = suite.group("sound");
    group
        .case("vector", "")
        .allocations(AllocationBound::Constant(1))
        .run(|()| black_box(vec![1_u8; 100]));
    group.case("hash_map", "").run(|()| {
        (0..100)
            .map(|key| (key, key))
            .collect::<HashMap<u32, u32>>()
    });
    group.case("threads", "").threads(2).run(|()| {
        let worker = thread::spawn(|| black_box(vec![1_u8; 100]).len());
        worker.join().unwrap_or_default()
    });
    group
        .case("more_threads_each_time", "")
        .threads(2)
        .own_blocks_below("troubled::work")
        .run(|()| {
            // Nondeterministic, like threads that are started on demand.
            let count = 1 + CALLS.fetch_add(1, Ordering::Relaxed);
            let workers: Vec<_> = (0..count).map(|_| thread::spawn(|| 7)).collect();
            work()
                + workers
                    .into_iter()
                    .filter_map(|it| it.join().ok())
                    .sum::<usize>()
        });
    // The path of the plan identifies the process.
    let is_in = |part: &str| {
        let plan = std::env::var("BENCHLENS_PLAN").unwrap_or_default();
        std::path::Path::new(&plan)
            .components()
            .any(|it| it.as_os_str() == part)
    };
    group
        .case("differs", "")
        .run(move |()| boxes(1 + u64::from(is_in("1"))));
    group
        .case("agrees_at_first", "")
        .run(move |()| boxes(1 + u64::from(is_in("again"))));
    group
        .case("grows", "")
        .state(|_| Vec::new())
        .run_with(|kept: &mut Vec<u64>, ()| kept.push(7));
}

fn troubled(suite: &mut Suite) {
    let mut group = suite.group("troubled");
    group
        .case("wrong", "")
        .verify(|answer: &u32| *answer == 1)
        .run(|()| 2);
    group
        .case("breaks_its_bound", "")
        .allocations(AllocationBound::None)
        .run(|()| black_box(Box::new(7)));
    // These succeed when they are verified, and fail when they are counted.
    let counted = || role() != Role::Main;
    group.case("panics", "").run(move |()| {
        assert!(!counted(), "not while it is counted");
    });
    group.case("exits", "").run(move |()| {
        if counted() {
            process::exit(0);
        }
    });
    group.case("aborts", "").run(move |()| {
        if counted() {
            process::abort();
        }
    });
    group.case("hangs", "").run(move |()| {
        while counted() {
            thread::sleep(Duration::from_millis(10));
        }
    });
    // Fails when it is counted, if a test sets `TROUBLED`.
    group.case("at_times", "").run(move |()| {
        assert!(!(counted() && std::env::var_os("TROUBLED").is_some()));
        black_box(Box::new(7))
    });
    group
        .case("after_them_all", "")
        .run(|()| black_box(Box::new(7)));
}

benchlens::main!(cases);
