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

/// Runs a verb in `folder`; its exit code and all that it said.
fn run(verb: &str, folder: &Path) -> (i32, String) {
    let output = Command::cargo_bin("benchlens")
        .unwrap()
        .arg(verb)
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
