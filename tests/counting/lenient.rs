//! Repairs: the files of `fixtures/feeds/lenient`, and properties of all documents.

use std::fs;

use benchlens_suite::feed::repair;
use benchlens_suite::freq::Job;
use benchlens_suite::freq::registry::COUNTERS;
use proptest::prelude::*;

use super::damaged::damaged;
use super::fixtures::{FOLDER, fixtures};
use super::{count_by_all, job};

/// The lines of `expected.tsv`: file, found, items, and the repairs with their places.
fn expected() -> Vec<[String; 4]> {
    let table = fs::read_to_string(format!("{FOLDER}/lenient/expected.tsv")).unwrap();
    let fields = |line: &str| -> Vec<String> { line.split('\t').map(str::to_owned).collect() };
    let lines = table.lines().skip(1).map(fields);
    lines.map(|line| line.try_into().unwrap()).collect()
}

#[test]
fn every_repair_is_counted_and_named_with_its_place() {
    for [file, found, items, repairs] in expected() {
        let paths = [format!("{FOLDER}/lenient/{file}").into()];
        let strict = job(&paths, 3);
        assert_eq!(count_by_all(&strict).1, 0, "{file} is well-formed");
        let lenient = Job {
            lenient: true,
            ..strict
        };
        let (counted, documents, failures) = count_by_all(&lenient);
        assert_eq!((documents, failures), (1, vec![]), "{file}");
        let outcome = (COUNTERS[0].count)(&lenient);
        let told = |repair: &repair::Repair| format!("{} {}", repair.offset, repair.fault);
        let told: Vec<_> = outcome.repaired[0].repairs.iter().map(told).collect();
        assert_eq!(
            [
                counted.to_string(),
                outcome.items.to_string(),
                told.join("; ")
            ],
            [found, items, repairs],
            "{file}"
        );
    }
}

#[test]
fn every_file_is_in_the_table() {
    let table = expected();
    for entry in fs::read_dir(format!("{FOLDER}/lenient")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let listed = table.iter().any(|[file, ..]| *file == name);
        assert!(listed || name == "expected.tsv", "{name}");
    }
}

/// Some of the documents can be repaired, others cannot.
#[test]
fn all_counters_agree_on_all_fixtures_with_repairs() {
    let mut paths: Vec<_> = fixtures().into_iter().map(|fixture| fixture.path).collect();
    let lenient = |[file, ..]: [String; 4]| format!("{FOLDER}/lenient/{file}").into();
    paths.extend(expected().into_iter().map(lenient));
    let strict = job(&paths, 3);
    let (before, after) = (
        count_by_all(&strict),
        count_by_all(&Job {
            lenient: true,
            ..strict
        }),
    );
    assert!(after.0 > before.0 && after.1 > before.1);
    let failed = |line: &String| line.split(": ").next().unwrap().to_owned();
    let still: Vec<_> = after.2.iter().map(failed).collect();
    let first: Vec<_> = before.2.iter().map(failed).collect();
    assert!(still.iter().all(|path| first.contains(path)));
}

#[test]
fn what_cannot_be_repaired_is_told_with_its_place_in_the_file() {
    for (document, told) in [
        (
            &b"\n<?xml version='1.0'?><rss>&nbsp;&amp; & </rs>"[..],
            "not well-formed: `</rs>` where `</rss>` is due at byte 41",
        ),
        (
            b"<?xml version='1.0' encoding='shift_jis'?><rss>\x83\x47\xFF&eacute;<a></b></rss>",
            "not well-formed: `</b>` where `</a>` is due at byte 61",
        ),
        (
            b"<!DOCTYPE rss [<!ENTITY nbsp 'x'>]><rss>& &nbsp;</rss>",
            "unknown reference `&nbsp;` at byte 42",
        ),
        (b"<rss>R&D", "document ends inside an element at byte 8"),
        (b"{\"a\": \"R&D\"}", "JSON, not a feed at byte 0"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let paths = [folder.path().join("a.xml")];
        fs::write(&paths[0], document).unwrap();
        let lenient = Job {
            lenient: true,
            ..job(&paths, 3)
        };
        let (.., failures) = count_by_all(&lenient);
        assert!(failures[0].ends_with(&format!(": {told}")), "{failures:?}");
    }
}

#[test]
fn more_repairs_than_are_kept_are_a_failure() {
    let document = |ampersands: usize| {
        let text = "&".repeat(ampersands);
        super::rss(&format!("<item><title>{text}Elvis</title></item>"))
    };
    let most = document(repair::MOST);
    let repaired = repair::repair(most.as_bytes()).unwrap().unwrap();
    assert_eq!(repaired.repairs.len(), repair::MOST);
    let error = repair::repair(document(2 * repair::MOST).as_bytes()).unwrap_err();
    let at = most.find('&').unwrap() + repair::MOST;
    assert_eq!(
        error.to_string(),
        format!("more than 65536 repairs at byte {at}")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// A document that the strict reader accepts is not changed, so its count is the same; all
    /// counters agree on every other document, and a repaired document needs no further repair.
    #[test]
    fn damaged_documents_with_repairs(document in damaged()) {
        let folder = tempfile::tempdir().unwrap();
        let paths = [folder.path().join("a.xml")];
        fs::write(&paths[0], &document).unwrap();
        let strict = job(&paths, 2);
        let lenient = Job { lenient: true, ..strict };
        let (before, after) = (count_by_all(&strict), count_by_all(&lenient));
        let repaired = repair::repair(&document).unwrap();
        if before.1 == 1 {
            prop_assert_eq!(&before, &after);
            prop_assert!(repaired.is_none(), "{:?}", repaired);
        }
        if let Some(repaired) = repaired && after.1 == 1 {
            prop_assert!(repair::repair(&repaired.document).unwrap().is_none());
        }
    }
}
