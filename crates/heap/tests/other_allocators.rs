//! Another allocator behind the switch: `cargo test --features mimalloc`, or `jemalloc`.

#![cfg(any(feature = "mimalloc", feature = "jemalloc"))]

use std::env;
use std::hint::black_box;
use std::process::Command;

/// Allocates blocks of many sizes and frees them in another order, most of them on another thread.
fn churn() -> u64 {
    let mut kept: Vec<Vec<u64>> = Vec::new();
    for size in 0..2000 {
        kept.push((0..size % 300).collect());
        if size % 3 == 0 {
            kept.swap_remove(size as usize % kept.len());
        }
    }
    let summed = std::thread::spawn(move || kept.iter().flatten().sum());
    summed.join().unwrap()
}

#[test]
fn a_process_counts_only_where_its_memory_is_the_systems() {
    let again = |variable: Option<&str>| {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "counts", "--ignored"]);
        command.env_remove("BENCHLENS_ALLOCATOR");
        command.envs(variable.map(|value| ("BENCHLENS_ALLOCATOR", value)));
        command.output().unwrap()
    };
    assert!(again(Some("system")).status.success());
    for other in [None, Some("other")] {
        let output = again(other);
        assert!(!output.status.success());
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            said.contains("start it with BENCHLENS_ALLOCATOR=system"),
            "{said}"
        );
    }
    assert_eq!(churn(), churn());
}

#[test]
#[ignore = "run by another test, in a process of its own"]
fn counts() {
    churn();
    let (heap, sum) = benchlens_heap::measure(None, || {
        let numbers: Vec<u64> = black_box((0..10).collect());
        numbers.iter().sum::<u64>()
    });
    assert_eq!((heap.total_blocks, heap.total_bytes, sum), (1, 80, 45));
    churn();
}
