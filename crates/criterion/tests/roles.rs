//! Runs the examples as cargo runs benches: what is started, what is shown, and what is counted.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use benchlens::Metric;
use criterion::Criterion;

use crate::bench::{Bench, TABLE, ran};

#[allow(dead_code, reason = "shared by tests that need different parts")]
mod bench;

/// The heap figures of a case; `None` if it has none.
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
    // Printed by the timing process; the others are silent, dhat included.
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

/// With the arguments that nextest uses to list the cases and to start each one.
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
fn criterions_files_stand_beside_ours_unless_it_is_told_otherwise() {
    let bench = Bench::new("groups", "beside");
    let target = bench.executable.parent().unwrap();
    let mut command = bench.command();
    command
        .args(["--bench", "--quick", "dropped"])
        .env_remove("CRITERION_HOME");
    assert!(ran(&mut command).output.status.success());
    assert!(bench.criterion_home().join("dropped inside").exists());
    fs::remove_dir_all(bench.criterion_home()).unwrap();
    let elsewhere = target.join("elsewhere");
    assert!(
        ran(command.env("CRITERION_HOME", &elsewhere))
            .output
            .status
            .success()
    );
    assert!(elsewhere.join("dropped inside").exists());
    assert!(!bench.criterion_home().exists());
    assert!(bench.results.exists());
}

/// Plays cargo-criterion in criterion's protocol: requests formatted values from the bench and
/// continues.
fn as_cargo_criterion(mut bench: TcpStream) -> Vec<String> {
    let frame = |message: &[u8]| {
        let length = u32::try_from(message.len()).unwrap().to_be_bytes();
        [&length, message].concat()
    };
    let format = |value: f64| {
        let text = b"\xa1\x6bFormatValue\xa1\x65value\xfb";
        frame(&[&text[..], &value.to_be_bytes()].concat())
    };
    bench.write_all(b"cargo-criterion\x01\x01\x00").unwrap();
    let mut hello = [0; 16];
    bench.read_exact(&mut hello).unwrap();
    assert!(hello.starts_with(b"Criterion"));
    let mut heard = Vec::new();
    let mut length = [0; 4];
    while bench.read_exact(&mut length).is_ok() {
        let mut message = vec![0; u32::from_be_bytes(length) as usize];
        bench.read_exact(&mut message).unwrap();
        let message = String::from_utf8_lossy(&message).into_owned();
        let is = |name: &str| message.contains(name);
        if is("MeasurementComplete") {
            for value in [100.0, 125.0, 150.0] {
                bench.write_all(&format(value)).unwrap();
            }
        }
        if is("MeasurementComplete") || is("FinishedBenchmarkGroup") {
            bench.write_all(&frame(b"\x68Continue")).unwrap();
        }
        heard.push(message);
    }
    heard
}

#[test]
fn cargo_criterion_hears_the_process_that_times_and_no_other() {
    let bench = Bench::new("groups", "cargo-criterion");
    let listener = TcpListener::bind(("localhost", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut command = bench.command();
    command
        .args(["--bench", "dropped"])
        .env("CARGO_CRITERION_PORT", port.to_string());
    let child = thread::spawn(move || ran(&mut command));
    let (connection, _) = listener.accept().unwrap();
    let heard = as_cargo_criterion(connection);
    let ran = child.join().unwrap();
    assert!(ran.output.status.success(), "{}", ran.said);
    let times = |name: &str| heard.iter().filter(|it| it.contains(name)).count();
    assert_eq!(times("MeasurementComplete"), 1, "{heard:?}");
    assert_eq!(bench.row("dropped inside").time(), Some(125.0));
    assert_eq!(heap(&bench, "dropped inside"), Some([1, 100, 100]));
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "a lens has connected");
}

/// Progress is for a person who waits; a pipe gets none.
#[cfg(target_os = "linux")]
#[test]
fn progress_is_shown_on_a_terminal_only() {
    let bench = Bench::new("groups", "progress");
    let arguments = ["--bench", "--quick", "dropped"];
    assert!(
        !bench
            .run(&arguments, "time,heap")
            .said
            .contains("heap: 1/1")
    );
    // `script` runs its command in a terminal, through a shell.
    let command = format!("\"$BENCH\" {}", arguments.join(" "));
    let mut script = Command::new("script");
    script
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .env("BENCH", &bench.executable)
        .env("CRITERION_HOME", bench.criterion_home())
        .env("BENCHLENS", "time,heap")
        .stdin(Stdio::null());
    if let Ok(output) = script.output() {
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(shown.contains("heap: 1/1"), "{shown}");
    }
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
