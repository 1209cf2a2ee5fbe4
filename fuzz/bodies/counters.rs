//! One input of the fuzz target `counters`: any bytes as up to three documents. Every counter must
//! agree with the oracle on counts and failures, and all must report the same failures.

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;

use benchlens_suite::feed::{Error, Limits};
use benchlens_suite::freq::registry::COUNTERS;
use benchlens_suite::freq::{CounterRow, Job, Outcome, oracle};

/// Counters that share their reader with others. Most start threads for every document, which takes
/// longer than the document, so they run on one input in [`SPARED`].
const SHARING: [&str; 7] = [
    "thread_per_document",
    "semaphore",
    "per_core",
    "actor",
    "work_stealing",
    "per_core_regions",
    "reused",
];
const SPARED: usize = 64;

/// Separates documents; several in a row test the caches that some counters keep between them.
const SEPARATOR: u8 = 0x1E;

/// Checks the documents of one input, in files in `folder`.
pub(crate) fn check(input: &[u8], folder: &Path) {
    let mut paths = Vec::new();
    for document in input.splitn(3, |&byte| byte == SEPARATOR) {
        let path = folder.join(format!("document_{}.xml", paths.len()));
        fs::write(&path, document).expect("a folder that can be written to");
        paths.push(path);
    }
    let job = Job {
        paths: &paths,
        topic: "vis",
        threads: NonZeroUsize::MIN,
        // Low limits, so that short inputs reach them.
        limits: Limits {
            document_bytes: 900,
            depth: 12,
        },
        // Half of the inputs are read leniently.
        lenient: input.len().is_multiple_of(2),
    };
    let sum: usize = input.iter().map(|&byte| usize::from(byte)).sum();
    let with_all = sum.is_multiple_of(SPARED);
    let expected = oracle::count(&job);
    let mut told = None;
    for counter in COUNTERS {
        if with_all || !SHARING.contains(&counter.name) {
            compare(counter, &job, &expected, &mut told);
        }
    }
}

fn compare(
    counter: &CounterRow,
    job: &Job<'_>,
    expected: &Outcome,
    told: &mut Option<Vec<String>>,
) {
    let outcome = (counter.count)(job);
    let name = counter.name;
    assert_eq!(
        (outcome.found, outcome.documents, outcome.failures.len()),
        (expected.found, expected.documents, expected.failures.len()),
        "{name}: {:?}, the oracle: {:?}",
        outcome.failures,
        expected.failures
    );
    for failure in &outcome.failures {
        match &failure.error {
            Error::Document { offset, .. } => {
                assert!(*offset <= job.limits.document_bytes, "{name}: {offset}");
            }
            other => panic!("{name}: {other}"),
        }
    }
    let failures: Vec<_> = (outcome.failures.iter())
        .map(|failure| failure.error.to_string())
        .collect();
    let told = told.get_or_insert_with(|| failures.clone());
    assert_eq!(&failures, told, "{name} tells other failures");
}
