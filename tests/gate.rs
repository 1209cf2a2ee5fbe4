//! The gate as a process: exit codes and messages, on results folders made by hand.

#![cfg(feature = "cli")]

use std::fs;
use std::path::Path;

use assert_cmd::Command;

const HEADER: &str = "case,lens,metric,value,unit,exact\n";

fn write_results(folder: &Path, allocations: u64, instructions: u64, libc: &str) {
    let case = "rewrite/alg_two/seed";
    let heap = format!("{HEADER}{case},heap,allocations,{allocations},blocks,true\n");
    let ir = format!("{HEADER}{case},instructions,instructions,{instructions},,true\n");
    let sheet = format!(
        r#"{{"cpu":"","cores":2,"kernel":"","rustc":"1","target":"t","profile":"p","cpu_features":"",
        "libc":"{libc}","lenses":{{}}}}"#
    );
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("heap.csv"), heap).unwrap();
    fs::write(folder.join("instructions.csv"), ir).unwrap();
    fs::write(folder.join("machine.json"), sheet).unwrap();
}

/// A source with a line that allocates, and the profile that says so.
fn write_profile(folder: &Path, code: &str) {
    let source = folder.join("src/rewrite/alg_two.rs");
    fs::create_dir_all(source.parent().unwrap()).unwrap();
    fs::write(source, format!("fn rewrite() {{\n    {code}\n}}\n")).unwrap();
    let profile = r#"{"dhatFileVersion":2,"mode":"rust-heap","ftbl":["[root]",
        "0x1: alloc::vec::Vec<T>::with_capacity (src/vec/mod.rs:1:1)",
        "0x1: benchlens_suite::rewrite::alg_two::rewrite (src/rewrite/alg_two.rs:2:5)"],
        "pps":[{"tb":64,"tbk":1,"gb":64,"gbk":1,"fs":[1,2]}]}"#;
    let profiles = folder.join("results/latest/dhat");
    fs::create_dir_all(&profiles).unwrap();
    fs::write(profiles.join("rewrite_alg_two_seed.json"), profile).unwrap();
}

/// Runs a verb in `folder`; its exit code and all that it said.
fn run(command: &str, folder: &Path) -> (i32, String) {
    let output = Command::cargo_bin("benchlens")
        .unwrap()
        .args(command.split(' '))
        .current_dir(folder)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(said).unwrap(),
    )
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
    assert!(sites.contains("src/rewrite/alg_two.rs,2,1,64,"), "{sites}");
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
            let row = whole.lines().nth(1).unwrap().replace("/seed", "/more");
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
    let sheet = results.join("machine.json");
    let whole = fs::read_to_string(&sheet).unwrap();
    for (unavailable, failures, code, message) in [
        ("\"no valgrind\"", "", 2, "machine.json"),
        ("null", "\"a/b: claims None\"", 1, "a/b: claims None"),
    ] {
        let run_of_lens = format!(
            r#"{{"run_id":"","date":"","commit":"","unavailable":{unavailable},"failures":[{failures}],"skipped":[]}}"#
        );
        let lenses = format!("\"lenses\":{{\"instructions\":{run_of_lens}}}");
        fs::write(&sheet, whole.replace("\"lenses\":{}", &lenses)).unwrap();
        let (exit, said) = run("gate", folder.path());
        assert_eq!(exit, code, "{said}");
        assert!(said.contains(message), "{said}");
        assert_ne!(run("accept", folder.path()).0, 0);
    }
}

#[test]
fn every_file_that_is_missing_or_broken_is_named_and_goes_before_all_else() {
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().join("results/latest");
    write_results(&results, 1, 1000, "a");
    assert_eq!(run("accept", folder.path()).0, 0);
    // A case that rose, under another key: neither may be said before the broken file.
    write_results(&results, 2, 1000, "b");
    assert_eq!(run("gate", folder.path()).0, 1);
    for name in [
        "results/baseline/key.json",
        "results/baseline/heap.csv",
        "results/baseline/instructions.csv",
        "results/latest/machine.json",
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
    for damage in ["", HEADER, "case,lens\n", &HEADER[..20]] {
        assert_eq!(run("accept", folder.path()).0, 0);
        fs::write(folder.path().join("results/baseline/heap.csv"), damage).unwrap();
        let (exit, said) = run("gate", folder.path());
        assert_eq!(exit, 2, "{said}");
        assert!(said.contains("heap"), "{said}");
    }
}
