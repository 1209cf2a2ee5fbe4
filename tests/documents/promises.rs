//! Every promise in SECURITY.md names an existing test or script.

use std::fs;
use std::path::Path;

/// The words between backticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

#[test]
fn every_promise_names_the_test_that_tries_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let rows: Vec<Vec<&str>> = (text.lines())
        .filter(|line| {
            line.starts_with("| ") && !line.starts_with("| fault") && !line.starts_with("| ---")
        })
        .map(|line| {
            line.split(" | ")
                .map(|cell| cell.trim_matches(['|', ' ']))
                .collect()
        })
        .collect();
    assert!(rows.len() > 40, "{}", rows.len());
    let is_place = |word: &&str| {
        let folders = ["scripts/", "tests/", "fixtures/", "src/", "crates/"];
        folders.iter().any(|folder| word.starts_with(folder))
    };
    // A row may refer to the one above it.
    let mut above = false;
    for row in &rows {
        let (promise, how) = (row[0], row[1]);
        for place in quoted(how).filter(is_place) {
            assert!(root.join(place).exists(), "{promise}: {place} is not there");
        }
        let is_named = quoted(how).any(|word| is_place(&word) || word == "cargo test")
            || how.starts_with("target `")
            || above && (how.starts_with("the same") || promise.is_empty());
        assert!(
            is_named || how.starts_with("safe code only"),
            "{promise}: {how}"
        );
        above = is_named;
    }
}
