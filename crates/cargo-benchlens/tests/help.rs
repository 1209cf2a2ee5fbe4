//! Runs every example in the help.
#![cfg(unix)]

mod stranger;

use stranger::Stranger;

const VERBS: [&str; 12] = [
    "run", "table", "lines", "top", "page", "export", "accept", "gate", "compare", "adopt",
    "doctor", "ci",
];

fn examples(stranger: &Stranger, verb: &str) -> Vec<String> {
    let help = stranger.succeed(&format!("cargo benchlens {verb} --help"));
    let examples = help.lines().skip_while(|line| *line != "Examples:").skip(1);
    (examples.take_while(|line| line.starts_with("  ")))
        .map(|line| line.trim().to_owned())
        .collect()
}

/// Whether an example builds benches (tested by scripts/check-compare), starts them again (tested by
/// crates/criterion/tests/sampling.rs), or runs another program.
fn is_for_a_script(line: &str) -> bool {
    let line = line.trim_start_matches("cargo benchlens ");
    let revisions = ["compare main", "compare v1.0"];
    line.starts_with("run")
        || line.starts_with("profile ")
        || line.contains("--by samples")
        || line.starts_with("go ")
        || revisions.iter().any(|it| line.starts_with(it))
}

#[test]
fn every_example_works_as_it_stands() {
    let stranger = Stranger::measured();
    stranger.write_profiles();
    for folder in ["before", "after"] {
        stranger.succeed(&format!("cp -r target/benchlens {folder}"));
    }
    let mut run = 0;
    for verb in VERBS {
        let examples = examples(&stranger, verb);
        assert!(!examples.is_empty(), "{verb} has no example");
        for line in examples {
            let line = line.strip_prefix("cargo bench && ").unwrap_or(&line);
            if is_for_a_script(line) {
                continue;
            }
            // Fails here as documented: something is missing, or there is no drop-in folder.
            match line {
                "cargo benchlens doctor" => assert!(stranger.code(line).0 <= 1),
                _ => drop(
                    stranger
                        .succeed(&line.replace("-o report.html", "-o report.html --bench to-text")),
                ),
            }
            run += 1;
        }
    }
    assert!(run >= 25, "{run}");
}
