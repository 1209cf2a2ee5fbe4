//! Counts in optimised code, as in production. Tests are compiled without optimisation, where nothing
//! is inlined, so they build examples with the bench profile and run them.

use std::path::Path;
use std::process::Command;

#[test]
fn every_pair_allocates_what_it_declares() {
    let counts = run_optimised("pair_counts");
    assert!(counts.lines().count() >= 12, "six pairs have twelve sides");
    for line in counts.lines() {
        let [side, counted, declared] = words(line);
        assert_eq!(
            counted, declared,
            "{side} allocates {counted} and declares {declared}"
        );
    }
}

#[test]
fn a_deleted_allocation_counts_nothing_whatever_the_form_of_the_code() {
    assert_eq!(
        forms("allocator_apart"),
        ["plain 0 1", "generic 0 1", "inline 0 1", "local 0 1"]
    );
}

#[test]
fn with_the_allocator_within_the_same_code_is_counted_falsely() {
    assert_eq!(
        forms("allocator_within"),
        ["plain 0 1", "generic 1 1", "inline 1 1", "local 1 1"]
    );
}

/// Each form with its count of the deleted and of the kept allocation.
fn forms(example: &str) -> Vec<String> {
    let output = run_optimised(example);
    let lines = output.lines().skip(1);
    lines.map(|line| words(line).join(" ")).collect()
}

fn words(line: &str) -> [&str; 3] {
    let words: Vec<_> = line.split_whitespace().collect();
    words.try_into().unwrap()
}

/// The output of an example, built as the benches are.
fn run_optimised(example: &str) -> String {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--profile", "bench", "--example", example])
        .arg("--target-dir")
        .arg(target.parent().unwrap_or(target))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
