//! Every counter against hand-counted documents, the oracle, and each other.

use std::fs;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use benchlens_suite::feed::Limits;
use benchlens_suite::freq::registry::COUNTERS;
use benchlens_suite::freq::{Job, Outcome, oracle};

mod cases;
mod damaged;
mod fixtures;
mod hostile;
mod lenient;

fn job<'a>(paths: &'a [PathBuf], threads: usize) -> Job<'a> {
    Job {
        paths,
        topic: "Elvis",
        threads: NonZeroUsize::new(threads).unwrap(),
        limits: Limits::default(),
        lenient: false,
    }
}

/// The count, the number of documents, and the failures.
type Counted = (u64, u64, Vec<String>);

fn counted(outcome: &Outcome) -> Counted {
    let line = |failure: &benchlens_suite::freq::Failure| {
        format!("{}: {}", failure.path.display(), failure.error)
    };
    let failures = outcome.failures.iter().map(line).collect();
    (outcome.found, outcome.documents, failures)
}

/// Counts with every counter and returns their common result. The oracle must agree, except for the
/// reasons of failures.
fn count_by_all(job: &Job<'_>) -> Counted {
    let plainest = (COUNTERS[0].count)(job);
    let first = counted(&plainest);
    let items = |outcome: &Outcome| {
        let repaired = outcome.repaired.iter();
        let repaired = repaired.map(|it| (it.path.clone(), it.repairs.clone()));
        (
            outcome.items,
            outcome.empty.clone(),
            repaired.collect::<Vec<_>>(),
        )
    };
    for counter in COUNTERS {
        let outcome = (counter.count)(job);
        assert_eq!(counted(&outcome), first, "{}", counter.name);
        assert_eq!(items(&outcome), items(&plainest), "{}", counter.name);
    }
    let expected = oracle::count(job);
    let failed: Vec<_> = expected
        .failures
        .iter()
        .map(|it| it.path.display().to_string())
        .collect();
    let paths: Vec<_> = first
        .2
        .iter()
        .map(|line| line.split(": ").next().unwrap())
        .collect();
    assert_eq!(paths, failed);
    assert_eq!(
        (first.0, first.1),
        (expected.found, expected.documents),
        "{first:?}"
    );
    // The oracle keeps no repairs.
    assert_eq!(
        (expected.items, &expected.empty),
        (plainest.items, &plainest.empty)
    );
    first
}

/// Writes the documents into a folder, as `000.xml` and so on, and counts them with every counter.
fn count_with(documents: &[&[u8]], limits: Limits) -> Counted {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<_> = (0..documents.len())
        .map(|number| folder.path().join(format!("{number:03}.xml")))
        .collect();
    for (path, document) in paths.iter().zip(documents) {
        fs::write(path, document).unwrap();
    }
    let (found, counted, failures) = count_by_all(&Job {
        limits,
        ..job(&paths, 3)
    });
    let prefix = format!("{}/", folder.path().display());
    let failures = failures
        .iter()
        .map(|line| line.replace(&prefix, ""))
        .collect();
    (found, counted, failures)
}

fn count(documents: &[&[u8]]) -> Counted {
    count_with(documents, Limits::default())
}

fn rss(items: &str) -> String {
    format!("<rss version='2.0'><channel>{items}</channel></rss>")
}
