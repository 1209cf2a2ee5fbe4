//! The page: every case is on it, names and source harm nothing, and what is missing says why.

use std::fs;
use std::path::Path;

use benchlens::measurement::{Lens, Measurement};
use benchlens::report::lines::sources::Sources;
use benchlens::report::page::{Folders, Project, render};
use benchlens::store::{self, LensRun};
use tempfile::TempDir;

const HOSTILE: &str = "</script><script>alert(1)</script><!--";
const CASES: [&str; 4] = [
    "rewrite/plain/seed",
    "rewrite/quick/seed",
    "control/copy/seed",
    "freq/one/feeds",
];

fn row(case: &str, lens: Lens, metric: &str, value: f64) -> Measurement {
    Measurement::new(case, lens, metric, value, "", lens == Lens::Heap)
}

/// Results of all lenses but instructions, which could not measure.
fn results(cases: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let rows = |lens, metric: &str, value| {
        let rows: Vec<_> = (cases.iter().enumerate())
            .map(|(index, case)| row(case, lens, metric, value + index as f64))
            .collect();
        store::write_rows(folder.path(), lens, &rows).unwrap();
    };
    rows(Lens::Time, "time_ns", 12.5);
    rows(Lens::Heap, "allocations", 0.0);
    for lens in [Lens::Time, Lens::Heap] {
        store::write_sheet(folder.path(), lens, LensRun::default()).unwrap();
    }
    let instructions = LensRun {
        unavailable: Some("valgrind not found: install it".to_owned()),
        ..LensRun::default()
    };
    store::write_sheet(folder.path(), Lens::Instructions, instructions).unwrap();
    folder
}

fn page(results: &Path, baseline: &Path, project: Project<'_>) -> String {
    render(Folders { results, baseline }, project).unwrap()
}

fn plain(results: &Path) -> String {
    page(results, Path::new("no such folder"), Project::default())
}

#[test]
fn every_case_is_on_the_page() {
    let results = results(&CASES);
    let html = plain(results.path());
    for case in CASES {
        assert!(html.contains(&format!("data-case=\"{case}\"")), "{case}");
    }
    assert!(html.contains("data-v=\"12.5\""));
}

#[test]
fn the_same_results_give_the_same_bytes() {
    let results = results(&CASES);
    assert_eq!(plain(results.path()), plain(results.path()));
}

#[test]
fn what_is_missing_says_why() {
    let results = results(&CASES);
    let html = plain(results.path());
    for words in [
        "The lens instructions has no figures: valgrind not found: install it.",
        "Not measured: valgrind not found: install it.",
        "the run left no profile rewrite_plain_seed.json",
        "the project&#39;s source was not at hand",
        "There is no baseline in no such folder",
        "this run left no threads.csv",
    ] {
        assert!(html.contains(words), "{words}");
    }
}

/// A page has exactly its own scripts, and no text of ours in a place where it is code.
fn assert_harmless(html: &str) {
    assert!(!html.contains("<script>alert"));
    assert_eq!(html.matches("<script").count(), 3);
    assert_eq!(html.matches("</script").count(), 3);
    assert_eq!(html.matches("<!--").count(), 0);
}

#[test]
fn a_case_called_script_harms_nothing() {
    let hostile = format!("rewrite/{HOSTILE}/\"><b>'&");
    let results = results(&[CASES[0], &hostile]);
    let html = plain(results.path());
    assert_harmless(&html);
    assert!(html.contains("alert(1)"));
}

#[test]
fn source_with_a_script_in_it_harms_nothing() {
    let results = results(&CASES);
    let profile = include_str!("../fixtures/profiles/dhat.json").replace(
        "profile_fixture::boxed",
        &format!("profile_fixture::{HOSTILE}"),
    );
    let dhat = results.path().join("dhat");
    fs::create_dir(&dhat).unwrap();
    for case in CASES {
        let name = format!("{}.json", case.replace('/', "_"));
        fs::write(dhat.join(name), &profile).unwrap();
    }
    let project = tempfile::tempdir().unwrap();
    let examples = project.path().join("examples");
    fs::create_dir(&examples).unwrap();
    let line = format!("let text = \"{HOSTILE}\"; // <b>&amp;\n");
    fs::write(examples.join("profile_fixture.rs"), line.repeat(60)).unwrap();
    let sources = Sources::read(project.path(), &["profile_fixture"], "nowhere").unwrap();
    let known = Project {
        sources: Some(&sources),
        heap_harness: "benchlens_heap::measure",
        ..Project::default()
    };
    let html = page(results.path(), Path::new("no such folder"), known);
    assert_harmless(&html);
    assert!(html.contains("let text ="), "the source is shown");
    assert!(html.contains("&lt;b&gt;&amp;amp;") || html.contains("&#60;b&#62;&#38;amp;"));
}

#[test]
fn a_changed_figure_is_marked_and_the_gate_is_quoted() {
    let (before, after) = (results(&CASES), results(&CASES));
    for folder in [&before, &after] {
        let rows: Vec<_> = (CASES.iter())
            .map(|case| row(case, Lens::Instructions, "instructions", 1000.0))
            .collect();
        store::write_rows(folder.path(), Lens::Instructions, &rows).unwrap();
        store::write_sheet(folder.path(), Lens::Instructions, LensRun::default()).unwrap();
    }
    let baseline = tempfile::tempdir().unwrap();
    let side = benchlens::judge::baseline::read_results(before.path()).unwrap();
    benchlens::judge::baseline::write_baseline(baseline.path(), &side, &[]).unwrap();
    let html = page(after.path(), baseline.path(), Project::default());
    assert!(html.contains("The gate passes"), "equal results");
    assert!(!html.contains("class=\"change"), "equal results");

    let mut rows = store::read_rows(after.path(), Lens::Heap).unwrap();
    rows[0].value += 2.0;
    store::write_rows(after.path(), Lens::Heap, &rows).unwrap();
    let html = page(after.path(), baseline.path(), Project::default());
    assert!(html.contains("The gate stops this run: 1 of its cases differ"));
    assert!(html.contains("class=\"change worse\"") && html.contains(">+2<"));
    assert_eq!(html.matches("class=\"change").count(), 1);
}
