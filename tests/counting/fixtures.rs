//! The files of `fixtures/feeds` and their hand-written results in `expected.tsv`.

use std::fs;
use std::path::PathBuf;

use benchlens_suite::freq::registry::COUNTERS;

use super::{count, count_by_all, job};

pub(crate) const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/feeds");

pub(crate) struct Fixture {
    pub(crate) path: PathBuf,
    /// The items that mention the topic, and all items; or the error.
    pub(crate) expected: Result<(u64, u64), String>,
}

/// Every line of `expected.tsv`.
pub(crate) fn fixtures() -> Vec<Fixture> {
    let table = fs::read_to_string(format!("{FOLDER}/expected.tsv")).unwrap();
    let fixture = |line: &str| {
        let fields: Vec<_> = line.split('\t').collect();
        let [file, found, items, offset, error] = fields[..] else {
            panic!("not five fields: {line}");
        };
        Fixture {
            path: format!("{FOLDER}/{file}").into(),
            expected: match found {
                "" => Err(format!("{error} at byte {offset}")),
                _ => Ok((found.parse().unwrap(), items.parse().unwrap())),
            },
        }
    };
    table.lines().skip(1).map(fixture).collect()
}

#[test]
fn every_fixture_counts_or_fails_as_expected() {
    for fixture in fixtures() {
        let path = fixture.path.display().to_string();
        let (items, expected) = match fixture.expected {
            Ok((found, items)) => (items, (found, 1, vec![])),
            Err(reason) => (0, (0, 0, vec![format!("{path}: {reason}")])),
        };
        let paths = [fixture.path];
        let job = job(&paths, 3);
        assert_eq!(count_by_all(&job), expected, "{path}");
        // One counter is enough: `count_by_all` has compared them all.
        assert_eq!((COUNTERS[0].count)(&job).items, items, "{path}");
    }
}

#[test]
fn failing_documents_take_nothing_from_the_others() {
    let all = fixtures();
    let paths: Vec<_> = all
        .iter()
        .rev()
        .map(|fixture| fixture.path.clone())
        .collect();
    let good = all
        .iter()
        .filter_map(|fixture| fixture.expected.as_ref().ok());
    let mut failures: Vec<_> = all
        .iter()
        .filter_map(|fixture| Some((&fixture.path, fixture.expected.as_ref().err()?)))
        .collect();
    failures.sort();
    let line = |(path, reason): (&PathBuf, &String)| format!("{}: {reason}", path.display());
    let expected = (
        good.clone().map(|(found, _)| found).sum(),
        good.count() as u64,
        failures.into_iter().map(line).collect(),
    );
    for threads in [1, 3, 8] {
        assert_eq!(count_by_all(&job(&paths, threads)), expected);
    }
}

#[test]
fn every_file_is_in_the_table_and_in_the_readme() {
    let table: Vec<_> = fixtures().into_iter().map(|fixture| fixture.path).collect();
    let readme = fs::read_to_string(format!("{FOLDER}/README.md")).unwrap();
    for folder in [FOLDER.to_owned(), format!("{FOLDER}/failing")] {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() || name == "README.md" || name == "expected.tsv" {
                continue;
            }
            assert!(
                table.contains(&path),
                "{} is not in expected.tsv",
                path.display()
            );
            assert!(
                readme.contains(&format!("`{name}`")),
                "README.md says nothing of {name}"
            );
        }
    }
}

#[test]
fn a_document_cut_anywhere_is_a_failure() {
    for fixture in fixtures().iter().filter(|fixture| fixture.expected.is_ok()) {
        let whole = fs::read(&fixture.path).unwrap();
        let whole = whole.trim_ascii_end();
        let cuts: Vec<_> = (0..whole.len()).map(|length| &whole[..length]).collect();
        let (found, documents, failures) = count(&cuts);
        let path = fixture.path.display();
        assert_eq!(
            (found, documents, failures.len()),
            (0, 0, cuts.len()),
            "{path}"
        );
    }
}
