//! Like `per_core`, with a region recorded for opening, reading, parsing and searching every
//! document.
//!
//! Time: as `per_core` over `sequential`'s tree, plus two clock reads per region.
//! Space: four regions per document if requested, otherwise those of one document.
//! Wins: to find out where the threads' time goes; the command writes the regions as a trace for
//! browsers.
//! Source: `freqProcessorsTasks` of the Go course, with `trace.StartRegion` and the trace viewer.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{Counted, Counter, Job, Outcome, guarded, sequential};
use crate::feed::{self, Error};

pub(super) struct PerCoreRegions;

/// What a worker was doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Opening the file.
    Open,
    /// Reading it.
    Read,
    /// Decoding and parsing it.
    Parse,
    /// Searching its items.
    Search,
}

/// The time that one worker spent on one stage of one document.
#[derive(Clone, Copy, Debug)]
pub struct Region {
    /// Index of the document in [`Job::paths`].
    pub document: usize,
    /// The stage.
    pub stage: Stage,
    /// Index of the worker.
    pub worker: usize,
    /// Since the start of the job.
    pub start: Duration,
    /// How long it took.
    pub duration: Duration,
}

impl Counter for PerCoreRegions {
    fn count(job: &Job<'_>) -> Outcome {
        // Regions are discarded, so memory does not grow with the number of documents.
        count_recording(job, Vec::clear).0
    }
}

/// Counts, and also returns the regions, grouped by worker.
pub fn count_with_regions(job: &Job<'_>) -> (Outcome, Vec<Region>) {
    count_recording(job, |_| {})
}

/// `after_document` may drop what a worker has recorded up to then.
fn count_recording(job: &Job<'_>, after_document: fn(&mut Vec<Region>)) -> (Outcome, Vec<Region>) {
    let start = Instant::now();
    let next = AtomicUsize::new(0);
    let next = &next;
    let work = move |worker: usize| {
        let mut local = Outcome::default();
        let mut recorder = Recorder {
            start,
            worker,
            document: 0,
            regions: Vec::new(),
        };
        while let Some(path) = job.paths.get({
            recorder.document = next.fetch_add(1, Ordering::Relaxed);
            recorder.document
        }) {
            local.record(path, guarded(|| document(path, job, &mut recorder)));
            after_document(&mut recorder.regions);
        }
        (local, recorder.regions)
    };
    let mut outcome = Outcome::default();
    let mut regions = Vec::new();
    thread::scope(|scope| {
        let spawn = |worker| {
            thread::Builder::new()
                .spawn_scoped(scope, move || work(worker))
                .ok()
        };
        let running: Vec<_> = (1..job.threads.get()).map_while(spawn).collect();
        // The caller is a worker too, so counting proceeds even if no thread can be started.
        let mut done = vec![work(0)];
        done.extend(running.into_iter().filter_map(|handle| handle.join().ok()));
        for (local, own) in done {
            outcome.merge(local);
            regions.extend(own);
        }
    });
    (outcome.sorted(), regions)
}

struct Recorder {
    start: Instant,
    worker: usize,
    document: usize,
    regions: Vec<Region>,
}

impl Recorder {
    fn region<T>(&mut self, stage: Stage, work: impl FnOnce() -> T) -> T {
        let start = self.start.elapsed();
        let result = work();
        self.regions.push(Region {
            document: self.document,
            stage,
            worker: self.worker,
            start,
            duration: self.start.elapsed().saturating_sub(start),
        });
        result
    }
}

#[inline(never)]
fn document(path: &Path, job: &Job<'_>, recorder: &mut Recorder) -> Result<Counted, Error> {
    let file = recorder.region(Stage::Open, || feed::open(path))?;
    let mut bytes = Vec::new();
    recorder.region(Stage::Read, || {
        feed::read_open(file, job.limits, &mut bytes)
    })?;
    let (items, repairs) = recorder.region(Stage::Parse, || {
        job.read(&bytes, |bytes| sequential::parse(bytes, job.limits))
    })?;
    let count = recorder.region(Stage::Search, || sequential::search(&items, job.topic));
    Ok((count, repairs).into())
}
