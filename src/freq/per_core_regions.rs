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

use super::regions::{self, Regions, Wait};
use super::{Counter, DocumentCount, Job, Outcome, guarded, sequential};
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

impl Stage {
    /// The name of its regions.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => regions::OPEN,
            Self::Read => regions::READ,
            Self::Parse => regions::PARSE,
            Self::Search => regions::SEARCH,
        }
    }

    fn wait(self) -> Option<Wait> {
        (self == Self::Read).then_some(Wait::Read)
    }
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
    fn count<R: Regions>(job: &Job<'_>) -> Outcome {
        // Regions are discarded, so memory does not grow with the number of documents.
        count_recording::<R>(job, Vec::clear).0
    }
}

/// Counts, and also returns the regions, grouped by worker. They are recorded with `R`, too.
pub fn count_with_regions<R: Regions>(job: &Job<'_>) -> (Outcome, Vec<Region>) {
    count_recording::<R>(job, |_| {})
}

/// Counts and records; `after_document` may drop what a worker has recorded so far.
fn count_recording<R: Regions>(
    job: &Job<'_>,
    after_document: fn(&mut Vec<Region>),
) -> (Outcome, Vec<Region>) {
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
            local.record(path, guarded(|| document::<R>(path, job, &mut recorder)));
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
    fn region<R: Regions, T>(&mut self, stage: Stage, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        let end = Instant::now();
        self.regions.push(Region {
            document: self.document,
            stage,
            worker: self.worker,
            start: start.saturating_duration_since(self.start),
            duration: end.saturating_duration_since(start),
        });
        R::between(stage.name(), stage.wait(), start, end);
        result
    }
}

#[inline(never)]
fn document<R: Regions>(
    path: &Path,
    job: &Job<'_>,
    recorder: &mut Recorder,
) -> Result<DocumentCount, Error> {
    let _document = R::enter(regions::DOCUMENT);
    let file = recorder.region::<R, _>(Stage::Open, || feed::open(path))?;
    let mut bytes = Vec::new();
    recorder.region::<R, _>(Stage::Read, || {
        feed::read_open(file, job.limits, &mut bytes)
    })?;
    let (items, repairs) = recorder.region::<R, _>(Stage::Parse, || {
        job.read(&bytes, |bytes| sequential::parse(bytes, job.limits))
    })?;
    let count = recorder.region::<R, _>(Stage::Search, || sequential::search(&items, job.topic));
    Ok((count, repairs).into())
}
