//! One pass that proves a document well-formed and counts at the same time.
//!
//! DATA SHEET

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::{Counter, Job, Outcome, guarded, pull};
use crate::feed::{Error, Limits};
use document::Document;
use lanes::Words;
use topic::Topic;
use walk::Room;

mod around;
mod document;
mod grammar;
mod lanes;
mod marks;
mod read;
mod scope;
mod tags;
#[cfg(test)]
mod tests;
mod topic;
mod walk;

pub(super) struct Skim;

impl Counter for Skim {
    fn count(job: &Job<'_>) -> Outcome {
        let next = AtomicUsize::new(0);
        let work = || {
            let mut local = Outcome::default();
            let mut worker = Worker::new(job);
            while let Some(path) = job.paths.get(next.fetch_add(1, Ordering::Relaxed)) {
                local.record(path, guarded(|| document(path, job, &mut worker)));
            }
            local
        };
        if job.threads.get() == 1 {
            return work().sorted();
        }
        let mut outcome = Outcome::default();
        thread::scope(|scope| {
            let spawn = |_| thread::Builder::new().spawn_scoped(scope, work).ok();
            let running: Vec<_> = (1..job.threads.get()).map_while(spawn).collect();
            outcome.merge(work());
            for handle in running {
                outcome.merge(handle.join().unwrap_or_default());
            }
        });
        outcome.sorted()
    }
}

/// What one thread uses again for each of its documents.
struct Worker<'t> {
    instructions: Instructions,
    /// None for a topic that only the strict reader can look for.
    topic: Option<Topic<'t>>,
    bytes: Vec<u8>,
    room: Room,
    joined: String,
}

impl<'t> Worker<'t> {
    fn new(job: &Job<'t>) -> Self {
        Self {
            instructions: Instructions::best(),
            topic: Topic::new(job.topic),
            bytes: vec![0; read::FIRST],
            room: Room::new(),
            joined: String::new(),
        }
    }
}

/// Which instructions the walk was compiled for.
#[derive(Clone, Copy, Debug)]
enum Instructions {
    /// 256-bit vectors.
    #[cfg(target_arch = "x86_64")]
    Avx2(lanes::Avx2),
    /// What every processor has.
    Baseline,
}

impl Instructions {
    /// The fastest ones of this machine.
    fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(lanes) = lanes::Avx2::detect() {
            return Self::Avx2(lanes);
        }
        Self::Baseline
    }
}

#[inline(never)]
fn document(path: &Path, job: &Job<'_>, worker: &mut Worker<'_>) -> Result<u64, Error> {
    let end = read::read_padded(path, job.limits, &mut worker.bytes)?;
    let document = Document::new(&worker.bytes, end);
    let proven = document
        .zip(worker.topic.as_ref())
        .and_then(|(document, topic)| {
            let room = &mut worker.room;
            prove(worker.instructions, document, topic, job.limits, room)
        });
    match proven {
        Some(found) => Ok(found),
        None => {
            let bytes = &worker.bytes[..end];
            pull::mentions(bytes, job.topic, job.limits, &mut worker.joined)
        }
    }
}

/// How many items mention the topic, if the document can be proven to be well-formed.
fn prove(
    instructions: Instructions,
    document: Document<'_>,
    topic: &Topic<'_>,
    limits: Limits,
    room: &mut Room,
) -> Option<u64> {
    match instructions {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `lanes` is only made where the processor has these instructions.
        Instructions::Avx2(lanes) => unsafe {
            walk_avx2(lanes, document, topic, limits.depth, room)
        },
        Instructions::Baseline => walk::walk(Words, document, topic, limits.depth, room),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn walk_avx2(
    lanes: lanes::Avx2,
    document: Document<'_>,
    topic: &Topic<'_>,
    depth_limit: usize,
    room: &mut Room,
) -> Option<u64> {
    walk::walk(lanes, document, topic, depth_limit, room)
}
