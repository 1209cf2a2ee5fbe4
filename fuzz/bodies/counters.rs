//! One input of the fuzz target `counters`: any bytes as a document. Every counter must find what
//! the oracle finds or fail as it does, and all must tell the same failure.

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;

use benchlens::feed::{Error, Limits};
use benchlens::freq::registry::COUNTERS;
use benchlens::freq::{CounterRow, Job, Outcome, oracle};

/// These start threads for every document, which takes longer than the document; they share their
/// reading with others, so that one input in [`SPARED`] is enough for them.
const SPAWNING: [&str; 5] = [
    "thread_per_document",
    "semaphore",
    "per_core",
    "actor",
    "work_stealing",
];
const SPARED: usize = 64;

/// Checks one document, in a file in `folder`.
pub(crate) fn check(document: &[u8], folder: &Path) {
    let path = folder.join("document.xml");
    fs::write(&path, document).expect("a folder that can be written to");
    let paths = [path];
    let job = Job {
        paths: &paths,
        topic: "vis",
        threads: NonZeroUsize::MIN,
        // Low ones, so that short inputs reach them.
        limits: Limits {
            document_bytes: 900,
            depth: 12,
        },
    };
    let sum: usize = document.iter().map(|&byte| usize::from(byte)).sum();
    let with_threads = sum.is_multiple_of(SPARED);
    let expected = oracle::count(&job);
    let mut told = None;
    for counter in COUNTERS {
        if with_threads || !SPAWNING.contains(&counter.name) {
            compare(counter, &job, &expected, &mut told);
        }
    }
}

fn compare(counter: &CounterRow, job: &Job<'_>, expected: &Outcome, told: &mut Option<String>) {
    let outcome = (counter.count)(job);
    let name = counter.name;
    let failure = outcome.failures.first().map(|failure| &failure.error);
    assert_eq!(
        (outcome.found, outcome.documents, outcome.failures.len()),
        (expected.found, expected.documents, expected.failures.len()),
        "{name}: {failure:?}, the oracle: {:?}",
        expected.failures.first()
    );
    match failure {
        None => {}
        Some(Error::Document { offset, .. }) => {
            assert!(*offset <= job.limits.document_bytes, "{name}: {offset}");
        }
        Some(other) => panic!("{name}: {other}"),
    }
    let failure = failure.map(ToString::to_string).unwrap_or_default();
    let told = told.get_or_insert_with(|| failure.clone());
    assert_eq!(&failure, told, "{name} tells another failure");
}
