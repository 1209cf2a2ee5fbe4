//! The engine as a process: what it counts, and that a failure stays limited to its case.
//!
//! Needs the counting allocator: `cargo test --package benchlens --features heap,profiles`.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use benchlens::report::table::{Row, Table};
use benchlens::{CaseId, Lens, Metric, Worth, store};

/// The bench, copied for each test so that its figures are stored separately.
struct Bench {
    executable: PathBuf,
    results: PathBuf,
}

impl Bench {
    fn new(name: &str) -> Self {
        let test = env::current_exe().unwrap();
        let profile = test.ancestors().nth(2).unwrap();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("engine")
            .join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        // The tag makes it a target folder of its own.
        std::fs::write(folder.join("CACHEDIR.TAG"), "").unwrap();
        let file = format!("troubled{}", env::consts::EXE_SUFFIX);
        let executable = folder.join(&file);
        std::fs::hard_link(profile.join("examples").join(file), &executable).unwrap();
        Self {
            executable,
            results: folder.join("benchlens/benchlens/troubled"),
        }
    }

    fn run(&self, arguments: &[&str], lenses: &str) -> Output {
        // A minute, the default: on a busy machine healthy cases may take long too.
        self.run_within("60", arguments, lenses)
    }

    fn run_within(&self, seconds: &str, arguments: &[&str], lenses: &str) -> Output {
        Command::new(&self.executable)
            .args(arguments)
            .env("BENCHLENS", lenses)
            .env("BENCHLENS_SECONDS", seconds)
            .output()
            .unwrap()
    }

    fn row(&self, subject: &str) -> Option<Row> {
        let table = Table::read(&self.results).unwrap();
        let is_it = |row: &Row| row.info.id.subject == subject;
        table.rows.into_iter().find(is_it)
    }

    fn count(&self, subject: &str, metric: Metric) -> Option<u64> {
        self.row(subject)?.count(metric)
    }

    fn reason(&self, lens: Lens, subject: &str) -> String {
        let record = store::read_record(&self.results).unwrap();
        let failures = record.lenses[&lens].failures.iter();
        let is_it = |case: &CaseId| case.subject == subject;
        let found: Vec<_> = (failures.filter(|failure| failure.case.as_ref().is_some_and(is_it)))
            .map(|failure| failure.reason.clone())
            .collect();
        assert_eq!(found.len(), 1, "{subject}: {found:?}");
        found.concat()
    }
}

/// Few and short samples, since times do not matter here.
const BRIEF: [&str; 7] = [
    "--bench",
    "--sample-size",
    "10",
    "--measurement-time",
    "0.02",
    "--warm-up-time",
    "0.01",
];

fn has_valgrind() -> bool {
    Command::new("valgrind").arg("--version").output().is_ok()
}

#[test]
fn what_goes_wrong_costs_one_figure_and_says_why() {
    let bench = Bench::new("wrong");
    let output = bench.run_within("8", &["--bench", "troubled|vector"], "heap");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    for (subject, reason) in [
        ("wrong", "wrong answer"),
        ("breaks_its_bound", "promises no allocation, but took 1"),
        ("panics", "panicked: not while it is counted"),
        ("exits", "exited with 0"),
        ("aborts", "aborted"),
        ("hangs", "longer than 8 s"),
    ] {
        let said = bench.reason(Lens::Heap, subject);
        assert!(said.contains(reason), "{subject}: {said}");
        let line = format!("troubled/{subject}: ");
        assert!(String::from_utf8_lossy(&output.stderr).contains(&line));
    }
    for subject in ["wrong", "panics", "exits", "aborts", "hangs"] {
        assert_eq!(bench.count(subject, Metric::Allocations), None, "{subject}");
    }
    // A case that breaks its bound keeps its figures.
    assert_eq!(
        bench.count("breaks_its_bound", Metric::Allocations),
        Some(1)
    );
    assert_eq!(bench.count("after_them_all", Metric::Allocations), Some(1));
    assert_eq!(bench.count("vector", Metric::AllocatedBytes), Some(100));
}

#[test]
fn allocations_are_those_of_one_call_on_all_threads() {
    let bench = Bench::new("heap");
    let output = bench.run(&["--bench", "sound"], "heap");
    assert!(output.status.success(), "{output:?}");
    let threads = bench.row("threads").unwrap();
    assert!(threads.count(Metric::Allocations) > Some(1), "{threads:?}");
    // Two processes may agree on the order of threads by chance.
    let exactness = threads.exactness().unwrap();
    assert!(exactness.unwrap_err().contains("other threads took part"));
    let map = bench.row("hash_map").unwrap();
    assert_eq!(map.exactness(), Some(Ok(())));
    // The number of threads affects only the runtime's blocks, so the case's count stays exact and
    // no difference between calls is noted.
    let own = bench.row("more_threads_each_time").unwrap();
    for metric in [
        Metric::PeakBytes,
        Metric::RuntimeAllocations,
        Metric::RuntimeBytes,
    ] {
        let figure = own.figure(metric).unwrap();
        assert!(matches!(figure.worth, Worth::Shown(_)), "{figure:?}");
        assert!(figure.note.contains("scheduled"), "{figure:?}");
    }
    let allocations = own.figure(Metric::Allocations).unwrap();
    assert_eq!(own.count(Metric::Allocations), Some(1));
    assert!(allocations.worth.is_exact() && allocations.note.is_empty());
    // The second push fits into the capacity; a later one grows it.
    let grows = bench.row("grows").unwrap();
    assert_eq!(grows.count(Metric::Allocations), Some(0));
}

#[test]
fn what_two_processes_agree_on_by_chance_is_counted_again() {
    let bench = Bench::new("chance");
    let output = bench.run(&["--bench", "agrees_at_first|vector"], "heap");
    assert!(output.status.success(), "{output:?}");
    // No case differs, so no count is doubted.
    let row = bench.row("agrees_at_first").unwrap();
    assert_eq!(row.exactness(), Some(Ok(())), "{row:?}");
    let output = bench.run(&["--bench", "differs|agrees_at_first|vector"], "heap");
    assert!(output.status.success(), "{output:?}");
    let row = bench.row("agrees_at_first").unwrap();
    let reason = row.exactness().unwrap().unwrap_err();
    assert!(reason.contains("four processes counted"), "{reason}");
    assert_eq!(bench.row("vector").unwrap().exactness(), Some(Ok(())));
}

#[test]
fn instructions_are_exact_unless_two_processes_differ() {
    if !has_valgrind() {
        return;
    }
    let bench = Bench::new("instructions");
    let output = bench.run(&["--bench", "vector|hash_map"], "instructions");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(bench.row("vector").unwrap().exactness(), Some(Ok(())));
    let map = bench.row("hash_map").unwrap().exactness().unwrap();
    assert!(map.unwrap_err().contains("two processes counted"));
}

#[test]
fn a_case_counts_the_same_alone_and_among_others() {
    if !has_valgrind() {
        return;
    }
    let bench = Bench::new("alone");
    let figures = || {
        let row = bench.row("vector").unwrap();
        (
            row.count(Metric::Allocations),
            row.count(Metric::Instructions),
        )
    };
    bench.run(&["--bench", "sound|after"], "heap,instructions");
    let among = figures();
    assert!(among.1 > Some(0));
    bench.run(&["--bench", "--exact", "sound/vector"], "heap,instructions");
    assert_eq!(figures(), among);
}

#[test]
fn a_filtered_run_is_marked_and_a_filter_for_nothing_is_an_error() {
    let bench = Bench::new("filter");
    bench.run(&["--bench", "sound"], "heap");
    let first = Table::read(&bench.results).unwrap();
    assert!(
        first
            .doubts
            .iter()
            .any(|doubt| doubt.to_string().contains("7 of 15"))
    );
    bench.run(&["--bench", "--exact", "sound/vector"], "heap");
    let mixed = Table::read(&bench.results).unwrap();
    assert!(
        mixed
            .doubts
            .iter()
            .any(|doubt| doubt.to_string().contains("2 different runs"))
    );
    let none = bench.run(&["--bench", "nosuchcase"], "heap");
    assert_eq!(none.status.code(), Some(2), "{none:?}");
    assert_eq!(
        Table::read(&bench.results).unwrap().rows.len(),
        mixed.rows.len()
    );
    let off = bench.run(&["--bench"], "off");
    assert!(off.status.success(), "{off:?}");
    let misspelt = bench.run(&["--bench"], "haep");
    assert_eq!(misspelt.status.code(), Some(2), "{misspelt:?}");
}

#[test]
fn without_bench_every_case_is_verified_and_a_wrong_answer_fails() {
    let bench = Bench::new("verify");
    let output = bench.run(&[], "heap");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("troubled/wrong"));
    assert!(!bench.results.exists());
    let listed = bench.run(&["--list"], "heap");
    assert_eq!(String::from_utf8_lossy(&listed.stdout).lines().count(), 15);
}

#[test]
fn a_case_that_fails_keeps_what_an_earlier_run_left_and_shows_no_figure() {
    let bench = Bench::new("failed");
    let cases = ["--bench", "at_times|sound/vector"];
    assert!(bench.run(&cases, "heap").status.success());
    let rows = || store::read_rows(&bench.results, Lens::Heap).unwrap();
    let profile = |row: &benchlens::Figure| {
        store::profile(&bench.results, Lens::Heap, &row.run, &row.case).unwrap()
    };
    let of = |rows: Vec<benchlens::Figure>, subject: &str| {
        let mut own: Vec<_> = (rows.into_iter())
            .filter(|row| row.case.subject == subject)
            .collect();
        own.sort_by_key(|row| row.metric);
        own
    };
    let before = of(rows(), "at_times");
    assert_eq!(bench.count("at_times", Metric::Allocations), Some(1));
    let failed = Command::new(&bench.executable)
        .args(cases)
        .env("BENCHLENS", "heap")
        .env("TROUBLED", "1")
        .output()
        .unwrap();
    assert_eq!(failed.status.code(), Some(1), "{failed:?}");
    assert_eq!(of(rows(), "at_times"), before);
    assert!(profile(&before[0]).exists());
    assert_ne!(of(rows(), "vector")[0].run, before[0].run);
    assert_eq!(bench.count("at_times", Metric::Allocations), None);
    assert!(bench.reason(Lens::Heap, "at_times").contains("panicked"));
    assert!(bench.run(&cases, "heap").status.success());
    assert_eq!(bench.count("at_times", Metric::Allocations), Some(1));
    assert_ne!(of(rows(), "at_times")[0].run, before[0].run);
    assert!(!profile(&before[0]).exists());
}

#[test]
fn times_are_compared_with_saved_ones_where_there_are_any() {
    let bench = Bench::new("saved");
    let run = |arguments: &[&str]| bench.run(&[&BRIEF, arguments].concat(), "time");
    let timed = |subject: &str| {
        let rows = store::read_rows(&bench.results, Lens::Time).unwrap();
        (rows.into_iter()).find(|row| row.case.subject == subject && row.metric == Metric::Time)
    };
    let saved = run(&["--save-baseline", "main", "--exact", "sound/vector"]);
    assert!(saved.status.success(), "{saved:?}");
    let both = run(&["--baseline", "main", "sound/(vector|hash_map)"]);
    assert!(both.status.success(), "{both:?}");
    let said = String::from_utf8_lossy(&both.stderr).into_owned();
    assert!(
        said.contains("sound/hash_map: no saved time to compare with"),
        "{said}"
    );
    assert!(!said.contains("sound/vector: no saved"), "{said}");
    assert!(timed("hash_map").is_some());
    let none = run(&["--baseline=nosuch", "sound/vector"]);
    assert_eq!(none.status.code(), Some(2), "{none:?}");
    assert!(String::from_utf8_lossy(&none.stderr).contains("`nosuch`"));
}

#[test]
fn the_options_of_criterion_are_taken() {
    let bench = Bench::new("options");
    let run = |arguments: &[&str]| {
        let output = bench.run(&[&BRIEF, arguments, &["sound/vector"]].concat(), "time");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        let rows = store::read_rows(&bench.results, Lens::Time).unwrap();
        rows[0].run.clone()
    };
    let mut last = run(&["--save-baseline", "main"]);
    for options in [
        &["--baseline-lenient", "nosuch"][..],
        &["-b", "main"],
        &["--discard-baseline"],
        &["--noplot"],
        &["-n"],
        &["--verbose"],
        &["--quiet"],
        &["--output-format", "bencher"],
        &["--nresamples", "1001", "--noise-threshold", "0.1"],
        &["--confidence-level", "0.9", "--significance-level", "0.1"],
        &["--color", "never"],
    ] {
        let next = run(options);
        assert_ne!(next, last, "{options:?} left no time");
        last = next;
    }
    // Options without a measurement change nothing.
    for options in [
        &["--load-baseline", "main", "--baseline", "main"][..],
        &["--profile-time", "1"],
    ] {
        assert_eq!(run(options), last, "{options:?}");
    }
}
