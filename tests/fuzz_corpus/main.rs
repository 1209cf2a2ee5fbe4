//! Runs the bodies of the fuzz targets on the inputs in fixtures/fuzz, as regression tests.
#![cfg(feature = "cli")]

use std::fs;
use std::path::Path;

#[path = "../../fuzz/bodies/counters.rs"]
mod counters;
#[path = "../../fuzz/bodies/page.rs"]
mod page;
#[path = "../../fuzz/bodies/readers.rs"]
mod readers;
#[path = "../../fuzz/bodies/rewriters.rs"]
mod rewriters;

/// Checks each input of a target.
#[expect(clippy::print_stderr, reason = "shown where a check fails")]
fn replay(target: &str, check: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/fuzz")
        .join(target);
    let mut inputs = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        eprintln!("{}", path.display());
        let input = fs::read(&path).unwrap();
        check(&input);
        inputs += 1;
    }
    assert!(inputs >= 5, "{inputs} inputs in {}", folder.display());
}

/// Checks an input whole, and cut short at every byte.
fn cut(check: impl Fn(&[u8])) -> impl Fn(&[u8]) {
    move |input| (0..=input.len()).for_each(|end| check(&input[..end]))
}

#[test]
fn every_rewriter_on_the_corpus() {
    replay("rewriters", rewriters::check);
}

#[test]
fn every_counter_on_the_corpus() {
    let folder = tempfile::tempdir().unwrap();
    replay(
        "counters",
        cut(|input| counters::check(input, folder.path())),
    );
}

#[test]
fn every_reader_on_the_corpus() {
    let folder = tempfile::tempdir().unwrap();
    replay("readers", cut(|input| readers::check(input, folder.path())));
}

#[test]
fn the_page_of_the_corpus() {
    let folder = tempfile::tempdir().unwrap();
    replay("page", |input| page::check(input, folder.path()));
}
