//! The gate as a process: exit codes and messages, on results folders made by hand.

use std::fs;
use std::path::Path;

use benchlens::failure::Failure;
use benchlens::store::folder::Writer;
use benchlens::store::{self, HEADER, LensRun};
use benchlens::{CaseId, Lens, Metric, Worth};

use crate::process::{process, said};
use crate::results::{self, RUN, row};

fn case() -> CaseId {
    CaseId::new("rewrite", "alg_two", "seed")
}

fn write_results(folder: &Path, allocations: u64, instructions: u64, libc: &str) {
    let heap = [row(&case(), Metric::Allocations, allocations)];
    let instructions = [row(&case(), Metric::Instructions, instructions)];
    results::write(folder, &heap, &instructions, libc);
}

/// Changes the record of a lens.
fn change_run(folder: &Path, lens: Lens, change: impl FnOnce(&mut LensRun)) {
    let writer = Writer::lock(folder).unwrap();
    let record = store::read_record(folder).unwrap();
    let mut run = record.lenses[&lens].clone();
    change(&mut run);
    store::write_record(&writer, record.environment, lens, run).unwrap();
}

/// Writes a source with a line that allocates, and its profile.
fn write_profile(folder: &Path, code: &str) {
    let source = folder.join("src/rewrite/alg_two.rs");
    fs::create_dir_all(source.parent().unwrap()).unwrap();
    fs::write(source, format!("fn rewrite() {{\n    {code}\n}}\n")).unwrap();
    let profile = r#"{"dhatFileVersion":2,"mode":"rust-heap","ftbl":["[root]",
        "0x1: alloc::vec::Vec<T>::with_capacity (src/vec/mod.rs:1:1)",
        "0x1: benchlens_suite::rewrite::alg_two::rewrite (src/rewrite/alg_two.rs:2:5)"],
        "pps":[{"tb":64,"tbk":1,"gb":64,"gbk":1,"fs":[1,2]}]}"#;
    let results = folder.join("results/latest");
    let path = store::profile(&results, Lens::Heap, RUN, &case()).unwrap();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, profile).unwrap();
}

/// Runs a verb in `folder`; returns its exit code and output.
fn run(command: &str, folder: &Path) -> (i32, String) {
    let mut process = process();
    process.args(command.split(' ')).current_dir(folder);
    said(&process.output().unwrap())
}

#[test]
fn the_gate_bites_and_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().join("results/latest");
    write_results(&results, 1, 1000, "a");
    assert_eq!(run("gate", folder.path()).0, 2, "no baseline");
    assert_eq!(run("accept", folder.path()).0, 0);
    assert_eq!(run("gate", folder.path()).0, 0);
    for (allocations, instructions, libc, code, message) in [
        (2, 1000, "a", 1, "allocations 1 -> 2 (+1"),
        (0, 1000, "a", 1, "run `benchlens accept`"),
        (1, 1010, "a", 1, "instructions 1000 -> 1010"),
        (1, 1004, "a", 0, "2 figures judged"),
        (1, 2000, "b", 3, "libc differs"),
        (2, 2000, "b", 1, "libc differs"),
    ] {
        write_results(&results, allocations, instructions, libc);
        let (exit, said) = run("gate", folder.path());
        assert_eq!(exit, code, "{said}");
        assert!(said.contains(message), "{said}");
    }
}

#[test]
fn the_line_of_a_new_allocation_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().join("results/latest");
    write_results(&results, 1, 1000, "a");
    write_profile(folder.path(), "let known = Vec::with_capacity(64);");
    assert_eq!(run("accept", folder.path()).0, 0);
    let sites = fs::read_to_string(folder.path().join("results/baseline/sites.csv")).unwrap();
    let site = "rewrite,alg_two,seed,0,src/rewrite/alg_two.rs,2,1,64,";
    assert!(sites.contains(site), "{sites}");
    write_results(&results, 2, 1000, "a");
    let (exit, said) = run("gate", folder.path());
    assert_eq!(exit, 1, "{said}");
    assert!(!said.contains("known"), "{said}");
    write_profile(folder.path(), "let fresh = Vec::with_capacity(64);");
    let (exit, said) = run("gate", folder.path());
    assert_eq!(exit, 1, "{said}");
    let line = "rewrite/alg_two/seed: allocations 1 -> 2 (+1, +100.00 %); \
                at src/rewrite/alg_two.rs:2: `let fresh = Vec::with_capacity(64);`";
    assert!(said.contains(line), "{said}");
}

#[test]
fn the_tolerance_is_in_percent() {
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().join("results/latest");
    write_results(&results, 1, 1000, "a");
    assert_eq!(run("accept", folder.path()).0, 0);
    write_results(&results, 1, 1010, "a");
    for (arguments, code) in [
        ("gate", 1),
        ("gate --tolerance 1", 0),
        ("gate --tolerance 0.9", 1),
        ("gate --tolerance=-1", 2),
        ("gate --tolerance NaN", 2),
    ] {
        assert_eq!(run(arguments, folder.path()).0, code, "{arguments}");
    }
}

#[test]
fn a_case_that_is_missing_on_either_side_fails() {
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().join("results/latest");
    write_results(&results, 1, 1000, "a");
    assert_eq!(run("accept", folder.path()).0, 0);
    for name in ["heap.csv", "instructions.csv"] {
        write_results(&results, 1, 1000, "a");
        for kept in [&results, &folder.path().join("results/baseline")] {
            let path = kept.join(name);
            let whole = fs::read_to_string(&path).unwrap();
            let row = whole.lines().nth(1).unwrap().replace(",seed,", ",more,");
            fs::write(&path, format!("{whole}{row}\n")).unwrap();
            let (exit, said) = run("gate", folder.path());
            assert_eq!(exit, 1, "{said}");
            let line = said.lines().next().unwrap();
            assert!(line.starts_with("rewrite/alg_two/more: "), "{said}");
            assert!(line.contains("missing"), "{said}");
            fs::write(&path, whole).unwrap();
        }
    }
}

#[test]
fn a_lens_that_could_not_measure_or_failed_is_never_green() {
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().join("results/latest");
    write_results(&results, 1, 1000, "a");
    assert_eq!(run("accept", folder.path()).0, 0);
    let kept = fs::read(folder.path().join("results/baseline/heap.csv")).unwrap();
    let failure = Failure::of(&CaseId::new("a", "b", ""), "promises no allocation");
    for (unavailable, failures, message) in [
        (Some("no valgrind".to_owned()), vec![], "run.json"),
        (None, vec![failure], "a/b: promises no allocation"),
    ] {
        // The figures of a failed run are reported too.
        write_results(&results, 2, 1000, "a");
        let failed = !failures.is_empty();
        change_run(&results, Lens::Instructions, |run| {
            run.unavailable = unavailable;
            run.failures = failures;
        });
        let (exit, said) = run("gate", folder.path());
        assert_eq!(exit, 2, "{said}");
        assert!(said.contains(message), "{said}");
        assert_eq!(said.contains("allocations 1 -> 2 (+1"), failed, "{said}");
        let (exit, said) = run("accept", folder.path());
        assert_eq!(exit, 1, "{said}");
        let baseline = fs::read(folder.path().join("results/baseline/heap.csv")).unwrap();
        assert_eq!(baseline, kept, "nothing was written");
    }
}

#[test]
fn every_file_that_is_missing_or_broken_is_named_and_goes_before_all_else() {
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().join("results/latest");
    write_results(&results, 1, 1000, "a");
    assert_eq!(run("accept", folder.path()).0, 0);
    // A regression under another key: the broken file must take precedence over both.
    write_results(&results, 2, 1000, "b");
    assert_eq!(run("gate", folder.path()).0, 1);
    for name in [
        "results/baseline/key.json",
        "results/baseline/heap.csv",
        "results/baseline/instructions.csv",
        "results/latest/run.json",
        "results/latest/heap.csv",
        "results/latest/instructions.csv",
    ] {
        let path = folder.path().join(name);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() - 4]).unwrap();
        let (exit, said) = run("gate", folder.path());
        assert_eq!(exit, 2, "{said}");
        assert!(said.contains(name), "{said}");
        fs::remove_file(&path).unwrap();
        let (exit, said) = run("gate", folder.path());
        assert_eq!(exit, 2, "{said}");
        assert!(said.contains(name), "{said}");
        fs::write(&path, whole).unwrap();
    }
}

#[test]
fn a_broken_or_empty_baseline_is_named_and_never_green() {
    let folder = tempfile::tempdir().unwrap();
    write_results(&folder.path().join("results/latest"), 1, 1000, "a");
    let header = HEADER.join(",") + "\n";
    for damage in ["", &*header, "case,lens\n", &header[..20]] {
        assert_eq!(run("accept", folder.path()).0, 0);
        fs::write(folder.path().join("results/baseline/heap.csv"), damage).unwrap();
        let (exit, said) = run("gate", folder.path());
        assert_eq!(exit, 2, "{said}");
        assert!(said.contains("heap"), "{said}");
    }
}

#[test]
fn what_mixes_runs_or_builds_or_is_not_whole_is_neither_judged_nor_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().join("results/latest");
    let whole = || {
        let other = CaseId::new("rewrite", "vector", "seed");
        let heap = [case(), other].map(|case| row(&case, Metric::Allocations, 1));
        let instructions = [row(&case(), Metric::Instructions, 1000)];
        (heap, instructions)
    };
    let (heap, instructions) = whole();
    results::write(&results, &heap, &instructions, "a");
    assert_eq!(run("accept", folder.path()).0, 0);
    let kept = fs::read(folder.path().join("results/baseline/heap.csv")).unwrap();
    let refused = |words: &str| {
        let (exit, said) = run("gate", folder.path());
        assert_eq!(exit, 2, "{said}");
        assert!(
            said.contains(words) && said.contains("nothing was judged"),
            "{said}"
        );
        let (exit, said) = run("accept", folder.path());
        assert_eq!(exit, 1, "{said}");
        assert!(
            said.contains(words) && said.contains("nothing is accepted"),
            "{said}"
        );
        let baseline = fs::read(folder.path().join("results/baseline/heap.csv")).unwrap();
        assert_eq!(baseline, kept, "nothing was written");
    };
    let (mut heap, _) = whole();
    heap[1].run = "two".to_owned();
    results::write(&results, &heap, &instructions, "a");
    refused("heap: rows of 2 different runs");

    let (mut heap, _) = whole();
    heap[1].executable = "new".to_owned();
    results::write(&results, &heap, &instructions, "a");
    refused("heap: rows of 2 different builds");

    let (mut heap, _) = whole();
    results::write(&results, &heap, &instructions, "a");
    change_run(&results, Lens::Heap, |run| run.selected = 1);
    refused("heap: the last run measured 1 of 2 cases");

    results::write(&results, &heap, &instructions, "a");
    change_run(&results, Lens::Heap, |run| run.run = "two".to_owned());
    refused("heap: the rows are older than its last run");

    // Heap rows of an earlier run beside instruction rows of the last one.
    heap.iter_mut().for_each(|row| row.run = "zero".to_owned());
    results::write(&results, &heap, &instructions, "a");
    change_run(&results, Lens::Heap, |run| run.run = "zero".to_owned());
    refused("instructions and heap were measured in different runs");
}

#[test]
fn counts_that_no_double_tells_apart_differ() {
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().join("results/latest");
    write_results(&results, 1 << 53, 1000, "a");
    assert_eq!(run("accept", folder.path()).0, 0);
    assert_eq!(run("gate", folder.path()).0, 0);
    write_results(&results, (1 << 53) + 1, 1000, "a");
    let (exit, said) = run("gate", folder.path());
    assert_eq!(exit, 1, "{said}");
    assert!(
        said.contains("9007199254740992 -> 9007199254740993 (+1,"),
        "{said}"
    );
}

#[test]
fn what_was_exact_and_is_not_any_more_fails_outside_of_its_spread() {
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().join("results/latest");
    write_results(&results, 5, 1000, "a");
    assert_eq!(run("accept", folder.path()).0, 0);
    for (spread, code, words) in [
        (
            (4, 6),
            0,
            "1 figure judged, 0 cases failed; 1 figure is not exact",
        ),
        (
            (6, 7),
            1,
            "allocations 5 -> 6, no longer exact: two processes differ",
        ),
    ] {
        let mut heap = [row(&case(), Metric::Allocations, 6)];
        heap[0].worth = Worth::Shown(Some(spread));
        heap[0].note = "two processes differ".to_owned();
        results::write(
            &results,
            &heap,
            &[row(&case(), Metric::Instructions, 1000)],
            "a",
        );
        let (exit, said) = run("gate", folder.path());
        assert_eq!(exit, code, "{said}");
        assert!(said.contains(words), "{said}");
    }
}
