//! The examples, run as cargo runs benches: what is started, what is shown, and what is counted.

use std::process::Command;
use std::time::Duration;

use benchlens::Metric;
use criterion::Criterion;

use crate::bench::{Bench, TABLE, ran};

#[allow(dead_code, reason = "shared by tests that need different parts")]
mod bench;

/// The heap of a case; none where it has no figure.
fn heap(bench: &Bench, case: &str) -> Option<[u64; 3]> {
    let metrics = [
        Metric::Allocations,
        Metric::AllocatedBytes,
        Metric::PeakBytes,
    ];
    let row = bench.row(case);
    row.figure(Metric::Allocations)?;
    Some(metrics.map(|metric| row.count(metric).unwrap()))
}

#[test]
fn counts_what_criterion_times() {
    let bench = Bench::new("groups", "counts");
    let ran = bench.run(&["--bench", "--noplot"], "time,heap");
    assert!(ran.output.status.success());
    assert_eq!(ran.shown.matches(TABLE).count(), 1);
    // By the process that times; the others are silent, dhat included.
    assert_eq!(ran.shown.matches("words of the bench").count(), 1);
    assert_eq!(ran.said.matches("an error of the bench").count(), 1);
    assert!(!ran.said.contains("dhat:"), "{}", ran.said);
    for (case, expected) in [
        ("empty", [0, 0, 0]),
        ("dropped inside", [1, 100, 100]),
        ("input/7", [1, 7, 7]),
        ("custom", [2, 2000, 2000]),
        ("vector/10", [0, 0, 0]),
        ("vector/grow/10", [1, 880, 880]),
        ("vector/grow/20", [1, 960, 960]),
        ("comes after", [1, 4, 4]),
    ] {
        assert_eq!(heap(&bench, case), Some(expected), "{case}");
    }
    let custom = ran.line("custom");
    assert!(custom.contains("2 [1]"), "{custom}");
    assert!(ran.shown.contains("\n[1] the whole closure was counted"));
    let panics = ran.line("panics where it is counted");
    assert!(panics.contains("n/a [2]"), "{panics}");
    assert!(ran.shown.contains("\n[2] panicked: "), "{}", ran.shown);
}

#[test]
fn a_filter_selects_in_every_role() {
    for lenses in ["time,heap", "heap"] {
        let bench = Bench::new("groups", &format!("filter-{}", lenses.len()));
        bench.run(&["--bench", "--noplot", "dropped"], lenses);
        assert_eq!(heap(&bench, "dropped inside"), Some([1, 100, 100]));
        assert_eq!(bench.table().rows.len(), 1, "{lenses}");
    }
}

#[test]
fn starts_nothing_but_for_benchmarks() {
    for arguments in [
        &["--test", "--bench"][..],
        &[],
        &["--list", "--bench"],
        &["--list", "--format", "terse"],
        &["--bench", "matches nothing"],
        &["--help", "--bench"],
        &["--bench", "--profile-time", "1", "empty"],
        &["--exact", "empty", "--nocapture"],
    ] {
        let bench = Bench::new("groups", "nothing");
        let ran = bench.run(arguments, "time,heap");
        assert!(ran.output.status.success(), "{arguments:?}");
        assert!(!bench.results.exists(), "{arguments:?}");
        assert!(!ran.shown.contains(TABLE), "{arguments:?}");
    }
}

/// What nextest asks for, and how it starts each case.
#[test]
fn a_list_names_the_cases_and_nothing_else() {
    let bench = Bench::new("changing", "list");
    let listed = bench
        .run(&["--list", "--format", "terse"], "time,heap")
        .shown;
    assert_eq!(listed.lines().count(), 9, "{listed}");
    assert!(listed.lines().all(|line| line.ends_with(": benchmark")));
    let ignored = bench.run(&["--list", "--format", "terse", "--ignored"], "time,heap");
    assert_eq!(ignored.shown, "");
    let tested = bench.run(&["--exact", "equal/cleared", "--nocapture"], "time,heap");
    assert_eq!(tested.shown.matches("Success").count(), 1);
}

#[test]
fn short_runs_and_other_formats_are_measured_as_well() {
    let bench = Bench::new("groups", "quick");
    let quick = bench.run(&["--bench", "--quick", "dropped"], "time,heap");
    assert!(
        quick.line("dropped inside").contains(" 1  "),
        "{}",
        quick.shown
    );
    assert!(bench.row("dropped inside").time().is_some());

    let bench = Bench::new("groups", "bencher");
    let arguments = ["--bench", "--output-format", "bencher", "dropped"];
    let old = bench.run(&arguments, "time,heap");
    let (format, _) = old.shown.split_once(TABLE).unwrap();
    let line = format
        .lines()
        .find(|line| line.starts_with("test dropped inside"));
    assert!(
        line.is_some_and(|line| line.contains("ns/iter")),
        "{format}"
    );
    assert!(bench.row("dropped inside").time().is_some());
}

#[test]
fn a_main_of_its_own_ends_in_one_table() {
    let bench = Bench::new("managers", "main");
    let whole = bench.run(&["--bench", "--noplot"], "time,heap");
    assert!(whole.output.status.success());
    assert_eq!(heap(&bench, "of the first"), Some([1, 4, 4]));
    assert_eq!(heap(&bench, "of the second"), Some([1, 3, 3]));
    let (words, table) = whole.shown.split_once("last words").unwrap();
    assert!(table.contains(TABLE) && !words.contains(TABLE));

    let exits = ran(bench.command().args(["--bench"]).env("END", "exit"));
    assert_eq!(exits.output.status.code(), Some(3));
    assert_eq!(exits.shown.matches(TABLE).count(), 1);

    let panics = ran(bench.command().args(["--bench"]).env("END", "panic"));
    assert_eq!(panics.output.status.code(), Some(101));
    assert!(!panics.shown.contains(TABLE));
}

#[test]
fn only_the_lenses_asked_for() {
    let bench = Bench::new("groups", "lenses");
    let run = |lenses| bench.run(&["--bench", "--noplot"], lenses);
    let off = run("off").shown;
    assert!(off.contains("time:") && !off.contains(TABLE));
    assert!(!bench.results.exists());
    let heap = run("heap").shown;
    assert!(heap.contains("dropped inside") && !heap.contains("time:"));
    assert!(!bench.results.join("time.csv").exists());
    let time = run("time").shown;
    assert!(time.contains("time:") && time.contains(TABLE));
    assert!(bench.results.join("time.csv").exists());
    assert_eq!(run("haep").output.status.code(), Some(2));
}

#[test]
fn a_test_starts_nothing() {
    let this = std::env::current_exe().unwrap();
    let again = ["--exact", "used_by_a_test", "--ignored", "--nocapture"];
    let ran = ran(Command::new(&this).args(again));
    assert!(ran.output.status.success());
    assert!(ran.shown.contains("1 passed") && !ran.shown.contains(TABLE));
}

#[test]
#[ignore = "run by another test, in a process of its own"]
fn used_by_a_test() {
    let folder = std::env::temp_dir().join(format!("benchlens-test-{}", std::process::id()));
    Criterion::default()
        .output_directory(&folder)
        .sample_size(10)
        .nresamples(1001)
        .warm_up_time(Duration::from_millis(1))
        .measurement_time(Duration::from_millis(10))
        .bench_function("of a test", |b| b.iter(|| Box::new(1)));
    std::fs::remove_dir_all(folder).unwrap();
}
