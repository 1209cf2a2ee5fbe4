//! A bench with a global allocator of its own: `cargo test --features no-hook`.

#![cfg(feature = "no-hook")]

use benchlens::{Lens, Metric, store};

use crate::bench::{Bench, has_valgrind, ran};

#[allow(dead_code, reason = "shared by tests that need different parts")]
mod bench;

#[test]
fn allocations_are_what_callgrind_sees_of_the_allocator() {
    if !has_valgrind() {
        return;
    }
    for lenses in ["heap", "heap,instructions"] {
        let bench = Bench::new("own_allocator", lenses);
        let ran = bench.run(&["--bench"], lenses);
        assert!(ran.output.status.success(), "{}", ran.said);
        for (case, allocations) in [("none", 0), ("one", 1), ("zeroed", 1), ("grown", 1)] {
            assert_eq!(
                bench.count(case, Metric::Allocations),
                Some(allocations),
                "{case}"
            );
            assert!(
                bench
                    .note(case, Metric::Allocations)
                    .contains("counted by callgrind")
            );
            for unknown in [Metric::AllocatedBytes, Metric::PeakBytes] {
                assert_eq!(bench.count(case, unknown), None, "{case}");
            }
        }
        assert!(
            bench
                .note("push", Metric::Allocations)
                .contains("calls differ")
        );
        let has_instructions = bench.count("one", Metric::Instructions).is_some();
        assert_eq!(has_instructions, lenses.contains("instructions"));
        assert!(
            ran.shown.contains("] counted by callgrind"),
            "{}",
            ran.shown
        );
    }
}

#[test]
fn without_valgrind_nothing_is_claimed() {
    let bench = Bench::new("own_allocator", "nothing");
    let mut command = bench.command();
    let ran = ran(command
        .args(["--bench", "--quick", "one"])
        .env("PATH", "/nowhere"));
    assert!(ran.output.status.success(), "{}", ran.said);
    assert_eq!(bench.count("one", Metric::Allocations), None);
    let record = store::read_record(&bench.results).unwrap();
    let reason = record.lenses[&Lens::Heap].unavailable.as_deref();
    assert!(reason.is_some_and(|reason| reason.contains("no counting allocator")));
    assert!(ran.shown.contains("heap n/a: "), "{}", ran.shown);
}
