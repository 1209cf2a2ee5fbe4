//! The examples, run as cargo runs benches: what is started, what is shown, and what is counted.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;
use std::{env, fs};

use benchlens::Metric;
use benchlens::report::table::Table;
use criterion::Criterion;

/// An example with a target folder of its own, so that its figures are its own.
struct Bench {
    executable: PathBuf,
    results: PathBuf,
}

impl Bench {
    fn new(example: &str, test: &str) -> Self {
        // cargo builds the examples with the tests, in the folder beside theirs.
        let built = env::current_exe().unwrap();
        let built = built
            .ancestors()
            .nth(2)
            .unwrap()
            .join("examples")
            .join(example);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("roles")
            .join(test);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("CACHEDIR.TAG"), "").unwrap();
        let executable = folder.join(example);
        fs::hard_link(built, &executable).unwrap();
        let results = folder.join("benchlens/benchlens-criterion").join(example);
        Self {
            executable,
            results,
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.executable);
        // Instructions need valgrind, and the heap is enough to see that a lens was started.
        command
            .env("CRITERION_HOME", self.results.with_file_name("criterion"))
            .env("BENCHLENS", "time,heap");
        command
    }

    /// The heap of a case, and what is noted of it; none where it has no figure.
    fn heap(&self, case: &str) -> Option<([u64; 3], String)> {
        let table = Table::read(&self.results).unwrap();
        let row = (table.rows.into_iter()).find(|row| row.info.id.to_string() == case);
        let row = row.unwrap_or_else(|| panic!("no row of {case}"));
        let metrics = [
            Metric::Allocations,
            Metric::AllocatedBytes,
            Metric::PeakBytes,
        ];
        let note = row.figure(Metric::Allocations)?.note.clone();
        Some((metrics.map(|metric| row.count(metric).unwrap()), note))
    }

    fn rows(&self) -> usize {
        Table::read(&self.results).unwrap().rows.len()
    }
}

fn output(command: &mut Command) -> (String, Output) {
    let output = command.output().unwrap();
    (String::from_utf8_lossy(&output.stdout).into_owned(), output)
}

/// The head of the joined table.
const TABLE: &str = "instructions/op";

#[test]
fn counts_what_criterion_times() {
    let bench = Bench::new("groups", "counts");
    let (shown, output) = output(bench.command().args(["--bench", "--noplot"]));
    assert!(output.status.success());
    assert_eq!(shown.matches(TABLE).count(), 1);
    assert_eq!(shown.matches("words of the bench").count(), 1);
    for (case, heap) in [
        ("empty", [0, 0, 0]),
        ("dropped inside", [1, 100, 100]),
        ("input/7", [1, 7, 7]),
        ("custom", [2, 2000, 2000]),
        ("vector/10", [0, 0, 0]),
        ("vector/grow/10", [1, 880, 880]),
        ("vector/grow/20", [1, 960, 960]),
        ("comes after", [1, 4, 4]),
    ] {
        assert_eq!(bench.heap(case).unwrap().0, heap, "{case}");
    }
    assert!(bench.heap("custom").unwrap().1.contains("whole closure"));
    let panics = "panics where it is counted";
    assert_eq!(bench.heap(panics), None);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains(&format!("{panics}: panicked")), "{said}");
}

#[test]
fn a_filter_selects_in_every_role() {
    for lenses in ["time,heap", "heap"] {
        let bench = Bench::new("groups", &format!("filter-{}", lenses.len()));
        let mut command = bench.command();
        output(
            command
                .args(["--bench", "--noplot", "dropped"])
                .env("BENCHLENS", lenses),
        );
        assert_eq!(bench.heap("dropped inside").unwrap().0, [1, 100, 100]);
        assert_eq!(bench.rows(), 1, "{lenses}");
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
    ] {
        let bench = Bench::new("groups", "nothing");
        let (shown, output) = output(bench.command().args(arguments));
        assert!(output.status.success(), "{arguments:?}");
        assert!(!bench.results.exists(), "{arguments:?}");
        assert!(!shown.contains(TABLE), "{arguments:?}");
    }
}

#[test]
fn a_main_of_its_own_ends_in_one_table() {
    let bench = Bench::new("managers", "main");
    let (shown, output_of) = output(bench.command().args(["--bench", "--noplot"]));
    assert!(output_of.status.success());
    assert_eq!(bench.heap("of the first").unwrap().0, [1, 4, 4]);
    assert_eq!(bench.heap("of the second").unwrap().0, [1, 3, 3]);
    let (words, table) = shown.split_once("last words").unwrap();
    assert!(table.contains(TABLE) && !words.contains(TABLE));

    let (shown, output_of) = output(bench.command().args(["--bench"]).env("END", "exit"));
    assert_eq!(output_of.status.code(), Some(3));
    assert_eq!(shown.matches(TABLE).count(), 1);

    let (shown, output_of) = output(bench.command().args(["--bench"]).env("END", "panic"));
    assert_eq!(output_of.status.code(), Some(101));
    assert!(!shown.contains(TABLE));
}

#[test]
fn only_the_lenses_asked_for() {
    let bench = Bench::new("groups", "lenses");
    let run = |asked| {
        let mut command = bench.command();
        output(
            command
                .args(["--bench", "--noplot"])
                .env("BENCHLENS", asked),
        )
    };
    let (off, _) = run("off");
    assert!(off.contains("time:") && !off.contains(TABLE));
    assert!(!bench.results.exists());
    let (heap, _) = run("heap");
    assert!(heap.contains("dropped inside") && !heap.contains("time:"));
    let (_, misspelt) = run("haep");
    assert_eq!(misspelt.status.code(), Some(2));
}

#[test]
fn a_test_starts_nothing() {
    let this = std::env::current_exe().unwrap();
    let again = ["--exact", "used_by_a_test", "--ignored", "--nocapture"];
    let (shown, output) = output(Command::new(this).args(again));
    assert!(output.status.success());
    assert!(shown.contains("1 passed") && !shown.contains(TABLE));
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
