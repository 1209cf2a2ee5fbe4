//! What the pairs claim, counted in optimised code. The test itself is compiled without optimisation,
//! where nothing is inlined; so it builds an example under the profile of the benches and runs it.

use std::path::Path;
use std::process::Command;

#[test]
fn every_pair_allocates_what_it_claims() {
    let counts = run_optimised("pair_counts");
    let lines: Vec<Vec<&str>> = counts
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert!(lines.len() >= 12, "six pairs have twelve sides: {counts}");
    for line in lines {
        let [side, counted, claimed] = line[..] else {
            panic!("not a count: {line:?}");
        };
        assert_eq!(
            counted, claimed,
            "{side} allocates {counted} and claims {claimed}"
        );
    }
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
