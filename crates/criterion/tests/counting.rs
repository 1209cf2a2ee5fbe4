//! What is counted, what gets a note, and that a failure stays limited to its case.

use std::fs;

use benchlens::{Lens, Metric, Worth};

use crate::bench::{Bench, has_valgrind, ran};

#[allow(dead_code, reason = "shared by tests that need different parts")]
mod bench;

const DIFFERING: [&str; 5] = ["push", "push with room", "insert", "bytes", "work"];
const EQUAL: [&str; 4] = ["filled at first", "cleared", "batched push", "many sizes"];

#[test]
fn a_routine_that_changes_what_it_works_on_is_marked() {
    let bench = Bench::new("changing", "heap");
    let ran = bench.run(&["--bench"], "heap");
    let marked = |case: &str| {
        bench
            .note(case, Metric::Allocations)
            .contains("calls differ")
    };
    for case in &DIFFERING[..4] {
        assert!(marked(&format!("differ/{case}")), "{case}");
    }
    for case in EQUAL {
        assert!(!marked(&format!("equal/{case}")), "{case}");
    }
    assert!(ran.line("differ/push").contains("0 [1]"), "{}", ran.shown);
    assert!(ran.shown.contains("\n[1] calls differ"), "{}", ran.shown);
}

#[test]
fn so_it_is_by_its_instructions_whatever_malloc_does() {
    if !has_valgrind() {
        return;
    }
    let bench = Bench::new("changing", "instructions");
    let ran = bench.run(&["--bench"], "instructions");
    assert!(ran.output.status.success(), "{}", ran.said);
    let marked = |case: &str| {
        bench
            .note(case, Metric::Instructions)
            .contains("calls differ")
    };
    // Only the heap lens makes enough calls to exceed the capacity of fifty.
    for case in ["push", "insert", "work"] {
        assert!(marked(&format!("differ/{case}")), "{case}");
    }
    for case in EQUAL {
        assert!(!marked(&format!("equal/{case}")), "{case}");
    }
}

#[test]
fn what_one_lens_sees_is_said_of_both() {
    if !has_valgrind() {
        return;
    }
    let bench = Bench::new("changing", "both");
    bench.run(&["--bench", "with room"], "heap,instructions");
    let note = bench.note("differ/push with room", Metric::Instructions);
    assert_eq!(note.matches("calls differ").count(), 1, "{note}");
}

#[test]
fn what_goes_wrong_costs_one_figure_and_the_table_says_why() {
    let bench = Bench::new("troubles", "heap");
    let mut command = bench.command();
    command.args(["--bench"]).env("BENCHLENS_SECONDS", "20");
    let ran = ran(&mut command);
    assert!(ran.output.status.success(), "{}", ran.said);
    check_troubles(&bench, &ran, Lens::Heap);
}

#[test]
fn so_it_is_under_valgrind() {
    if !has_valgrind() {
        return;
    }
    let bench = Bench::new("troubles", "instructions");
    let mut command = bench.command();
    let lenses = [
        ("BENCHLENS", "time,instructions"),
        ("BENCHLENS_SECONDS", "20"),
    ];
    let ran = ran(command.args(["--bench"]).envs(lenses));
    assert!(ran.output.status.success(), "{}", ran.said);
    check_troubles(&bench, &ran, Lens::Instructions);
}

fn check_troubles(bench: &Bench, ran: &bench::Ran, lens: Lens) {
    let metric = match lens {
        Lens::Heap => Metric::Allocations,
        _ => Metric::Instructions,
    };
    let mut reasons = vec![
        ("panics", "panicked: as it was told"),
        ("exits", "its process exited with 0"),
        ("aborts", "its process aborted"),
        ("takes too long", "took longer than"),
    ];
    if cfg!(target_arch = "x86_64") {
        reasons.push(("unknown instruction", "SIGILL"));
    }
    if cfg!(unix) {
        reasons.push(("is killed", "its process was ended by signal 9"));
    }
    for (case, reason) in reasons {
        assert_eq!(bench.count(case, metric), None, "{case}");
        assert!(bench.row(case).time().is_some(), "{case}");
        let said = bench.reason(lens, case);
        assert!(said.contains(reason), "{case}: {said}");
        assert!(ran.line(case).contains("n/a ["), "{}", ran.shown);
        assert!(ran.shown.contains(&format!("] {said}\n")), "{}", ran.shown);
    }
    for case in ["before", "after"] {
        assert!(bench.count(case, metric).is_some(), "{case}");
    }
}

#[test]
fn the_runtime_of_threads_is_told_apart() {
    let bench = Bench::new("threads", "threads");
    bench.run(&["--bench"], "time,heap");
    assert_eq!(bench.count("one thread", Metric::Allocations), Some(1));
    assert_eq!(bench.count("one thread", Metric::RuntimeAllocations), None);
    let alone = "in a process with threads";
    assert_eq!(bench.count(alone, Metric::Allocations), Some(1));
    let spawned = bench.row("spawned");
    let worth = spawned.figure(Metric::Allocations).unwrap().worth;
    assert!(matches!(worth, Worth::Shown(_)), "{worth:?}");
    // A vector on each of three threads, and the cost of spawning on the calling thread.
    let own = spawned.count(Metric::Allocations).unwrap();
    assert!((4..60).contains(&own), "{own}");
    // A thread's set-up before the bench's closure.
    let runtime = spawned.count(Metric::RuntimeAllocations);
    assert!(runtime.is_some(), "{spawned:?}");
}

#[test]
fn only_wall_time_is_time() {
    let bench = Bench::new("threads", "measurement");
    let ran = bench.run(&["--bench", "measurement"], "time,heap");
    let case = "of another measurement";
    assert_eq!(bench.row(case).time(), None);
    assert_eq!(bench.count(case, Metric::Allocations), Some(1));
    let reason = bench.reason(Lens::Time, case);
    assert!(
        reason.contains("something other than wall-clock time"),
        "{reason}"
    );
    assert!(ran.line(case).contains("n/a ["), "{}", ran.shown);
}

#[test]
fn the_time_is_the_estimate_that_criterion_prints() {
    let bench = Bench::new("groups", "estimate");
    for arguments in [
        &["--bench", "dropped"][..],
        &["--bench", "--quick", "dropped"],
        &["--bench", "--sample-size", "200", "dropped"],
    ] {
        bench.run(arguments, "time");
        let path = bench
            .criterion_home()
            .join("dropped inside/new/estimates.json");
        let estimates: serde_json::Value =
            serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let estimate = |statistic: &str| estimates[statistic]["point_estimate"].as_f64();
        let criterions = estimate("slope").or(estimate("mean")).unwrap();
        let time = bench.row("dropped inside").time().unwrap();
        assert!(
            (time / criterions - 1.0).abs() < 1e-9,
            "{time} {criterions}"
        );
    }
}

#[test]
fn without_valgrind_the_other_lenses_look() {
    let bench = Bench::new("groups", "without");
    let mut command = bench.command();
    let lenses = [
        ("BENCHLENS", "time,heap,instructions"),
        ("PATH", "/nowhere"),
    ];
    let ran = ran(command.args(["--bench", "--quick", "dropped"]).envs(lenses));
    assert!(ran.output.status.success(), "{}", ran.said);
    assert_eq!(bench.count("dropped inside", Metric::Allocations), Some(1));
    assert_eq!(bench.count("dropped inside", Metric::Instructions), None);
    assert!(ran.shown.contains("instructions n/a: "), "{}", ran.shown);
}
