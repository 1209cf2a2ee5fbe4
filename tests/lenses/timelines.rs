//! The regions of the counters: sums equal to those of the counter that adds up its own regions, every stage of
//! every document, and what the threads wait for.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use benchlens::CaseId;
use benchlens::region::{self, Kind, Recording};
use benchlens::report::timeline::{Sum, Timeline};
use benchlens_suite::feed::Limits;
use benchlens_suite::freq::per_core_regions::count_with_regions;
use benchlens_suite::freq::regions::{self, Recorded};
use benchlens_suite::freq::registry::COUNTERS;
use benchlens_suite::freq::{Job, Threads};
use benchlens_suite::input::feeds;

const FILES: u32 = 30;

/// A recording sees all threads of the process, so the tests take turns.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    feeds::write(folder, FILES).unwrap();
    let paths = (0..FILES).map(|number| folder.join(feeds::file_name(number)));
    paths.collect()
}

fn job(paths: &[PathBuf]) -> Job<'_> {
    Job {
        paths,
        topic: "president",
        threads: NonZeroUsize::new(3).unwrap(),
        limits: Limits::default(),
        lenient: false,
    }
}

fn sums(recording: &Recording) -> BTreeMap<(String, &'static str), Sum> {
    let timeline = Timeline {
        case: CaseId::new("freq", "it", "feeds"),
        executable: String::new(),
        recording: recording.clone(),
        overhead: None,
    };
    let sums = timeline.sums().into_iter();
    sums.map(|sum| ((sum.name.clone(), sum.kind.name()), sum))
        .collect()
}

#[test]
fn the_sums_are_those_of_the_counter_that_adds_up_its_own() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let paths = files(folder.path());
    let ((outcome, own), recording) =
        region::record(|| count_with_regions::<Recorded>(&job(&paths)));
    assert_eq!(outcome.documents, u64::from(FILES));
    let mut expected: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for region in &own {
        let (count, sum) = expected.entry(region.stage.name()).or_default();
        *count += 1;
        *sum += u64::try_from(region.duration.as_nanos()).unwrap();
    }
    assert_eq!(expected.len(), 4);
    let sums = sums(&recording);
    for (stage, (count, sum)) in expected {
        let kind = if stage == regions::READ {
            "read"
        } else {
            "work"
        };
        let found = &sums[&(stage.to_owned(), kind)];
        // Equal to the nanosecond: both use the same two readings of the clock.
        assert_eq!((found.count, found.sum), (count, sum), "{stage}");
    }
}

#[test]
fn every_counter_has_every_stage_of_every_document() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let mut paths = files(folder.path());
    let documents = u64::from(FILES);
    paths.push(folder.path().join("missing.xml"));
    for counter in COUNTERS {
        let job = job(&paths);
        let plain = (counter.count)(&job);
        let (outcome, recording) = region::record(|| (counter.recorded)(&job));
        assert_eq!(
            (
                outcome.found,
                outcome.items,
                outcome.documents,
                outcome.failures.len()
            ),
            (plain.found, plain.items, documents, 1),
            "{}",
            counter.name
        );
        let sums = sums(&recording);
        let count = |name: &str, kind: &'static str| {
            sums.get(&(name.to_owned(), kind))
                .map_or(0, |sum| sum.count)
        };
        assert_eq!(count(region::CALL, "work"), 1, "{}", counter.name);
        // Opening the missing document is tried, but it is not read.
        assert_eq!(
            count(regions::OPEN, "work"),
            documents + 1,
            "{}",
            counter.name
        );
        assert_eq!(count(regions::READ, "read"), documents, "{}", counter.name);
        let (apart, at_once) = (
            count(regions::PARSE, "work"),
            count(regions::PARSE_AND_SEARCH, "work"),
        );
        assert_eq!(apart + at_once, documents, "{}", counter.name);
        // A pipeline passes documents on, so its last stage sees the failed one too.
        let searched = count(regions::SEARCH, "work");
        assert!(searched == apart || counter.name == "actor" && searched == documents + 1);
        if counter.name != "actor" {
            assert_eq!(
                count(regions::DOCUMENT, "work"),
                documents + 1,
                "{}",
                counter.name
            );
        }
        let of_document = &sums.get(&(regions::DOCUMENT.to_owned(), "work"));
        for stage in [regions::OPEN, regions::PARSE, regions::PARSE_AND_SEARCH] {
            if let (Some(whole), Some(part)) = (of_document, sums.get(&(stage.to_owned(), "work")))
            {
                assert!(part.sum <= whole.sum, "{}: {stage}", counter.name);
            }
        }
    }
}

#[test]
fn what_the_threads_of_a_counter_wait_for_is_told() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let paths = files(folder.path());
    for counter in COUNTERS {
        let (_, recording) = region::record(|| (counter.recorded)(&job(&paths)));
        let regions = recording.lanes.iter().flat_map(|lane| &lane.regions);
        let waits = |kind: Kind| regions.clone().filter(|it| it.kind == kind).count() as u32;
        let channel = match counter.name {
            // Each document is handed over once and received once; each worker's last wait ends when the
            // channel closes.
            "per_core" => 2 * FILES + 3,
            "actor" => 6 * FILES + 3 + 2,
            _ => 0,
        };
        assert_eq!(waits(Kind::Channel), channel, "{}", counter.name);
        let permits = match counter.threads {
            Threads::PerDocument => FILES,
            _ => 0,
        };
        assert_eq!(waits(Kind::Permit), permits, "{}", counter.name);
        assert_eq!(waits(Kind::Read), FILES, "{}", counter.name);
        let lanes = match counter.threads {
            Threads::One => 1..=1,
            Threads::PerDocument => FILES as usize + 1..=FILES as usize + 1,
            // A worker that finds nothing left to do may have no region.
            _ => 1..=7,
        };
        assert!(lanes.contains(&recording.lanes.len()), "{}", counter.name);
    }
}

#[test]
fn a_document_that_fails_ends_its_regions() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.xml");
    fs::write(&path, "<rss><channel><item>").unwrap();
    for counter in COUNTERS {
        let paths = [path.clone()];
        let (outcome, recording) = region::record(|| (counter.recorded)(&job(&paths)));
        assert_eq!(outcome.failures.len(), 1, "{}", counter.name);
        for lane in &recording.lanes {
            assert!(
                lane.regions.iter().all(|it| it.end <= recording.end),
                "{}",
                counter.name
            );
        }
    }
}
