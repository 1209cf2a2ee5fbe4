//! One pass over the bytes that proves a document well-formed and counts at the same time.
//!
//! **Idea**: nearly every document is well-formed and made of few constructs. Its markup is found 64
//! bytes at once, as simdjson does, and a walk from mark to mark proves that the strict reader would
//! accept the document, with this count; text between marks is passed over. Whatever is wrong, or
//! right and rare (a DOCTYPE, another encoding than UTF-8, names beyond ASCII, more than 16 attributes
//! of a tag, two prefixed ones), makes the walk give up, and `pull` goes through the document. So only
//! one reader says what is wrong and where, and answers cannot differ but by an error in the proof;
//! the tests compare both on damaged documents by the million.
//!
//! Tags are known from the first time on that they stand in a feed, and an element that holds nothing
//! but text is passed by comparing its two tags with known ones.
//!
//! **Time**: linear; of a document that the walk gives up, both passes. 3.0 instructions a byte of
//! the suite's feeds with AVX2, 1.15 of them for the marks; with AVX-512, 0.85 of the time. Measured
//! on one core and on two: 0.57 to 0.62 of the limit that reading the same files alone sets
//! (`examples/count_limits.rs`).
//! **Space**: the largest document and 60 KB, a worker. **Heap**: none a document, once a buffer is
//! as long as the longest; the strict reader's where the walk gives up. **Wins**: always.
//!
//! What the guarantees cost, in instructions of a walk over the suite's feeds: attributes that are
//! unique 0.1 %, characters that XML allows and bytes beyond ASCII noticed 1.7 %, end tags that match
//! 1.0 %. In time, where text is beyond ASCII: that it is UTF-8 20 %. All are kept.
//!
//! **Paths**: one body, compiled for AVX-512, for AVX2, and for words of eight bytes, which take three
//! times as long; chosen at run time.

use std::num::NonZeroUsize;
use std::path::Path;

use super::reused::taking_turns;
use super::{Count, Counted, Counter, Job, Outcome, guarded, pull};
use crate::feed::{Error, Limits};
use document::Document;
use lanes::{Compiled, Words};
use topic::Topic;
use walk::Room;

mod around;
mod document;
mod grammar;
mod known;
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
        taking_turns(
            job,
            || Worker::new(job),
            |path, worker| document(path, job, worker),
        )
    }
}

/// Counts a document at a time, on the calling thread, and keeps its room from one to the next: for who
/// has the paths one after the other.
///
/// ```
/// # use benchlens_suite::{feed::Limits, freq::Session};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("feed.xml");
/// std::fs::write(&path, "<rss><channel><item><title>Elvis</title></item></channel></rss>")?;
/// let mut session = Session::new("Elvis", Limits::default(), false);
/// let counted = session.count(&path)?;
/// assert_eq!((counted.count.found, counted.count.items), (1, 1));
/// # Ok(())
/// # }
/// ```
pub struct Session<'t> {
    job: Job<'t>,
    worker: Worker<'t>,
}

impl<'t> Session<'t> {
    /// A session that looks for `topic`, which is not empty; for the rest see [`Job`].
    pub fn new(topic: &'t str, limits: Limits, lenient: bool) -> Self {
        let job = Job {
            paths: &[],
            topic,
            threads: NonZeroUsize::MIN,
            limits,
            lenient,
        };
        Self {
            worker: Worker::new(&job),
            job,
        }
    }

    /// Counts one document.
    ///
    /// # Errors
    ///
    /// What is wrong with it; the next one can be counted all the same.
    pub fn count(&mut self, path: &Path) -> Result<Counted, Error> {
        let Self { job, worker } = self;
        let result = guarded(|| document(path, job, worker));
        if matches!(result, Err(Error::Abandoned)) {
            // Nobody knows in what state it is.
            self.worker = Worker::new(&self.job);
        }
        result
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
    /// 512-bit vectors and their masks.
    #[cfg(target_arch = "x86_64")]
    Avx512(lanes::Avx512),
    /// 256-bit vectors.
    #[cfg(target_arch = "x86_64")]
    Avx2(lanes::Avx2),
    /// What every processor has.
    Baseline,
}

impl Instructions {
    /// The fastest ones of this machine.
    fn best() -> Self {
        Self::all()
            .into_iter()
            .flatten()
            .next()
            .unwrap_or(Self::Baseline)
    }

    /// All that this machine has, the fastest first.
    fn all() -> [Option<Self>; 3] {
        #[cfg(target_arch = "x86_64")]
        let [first, second] = [
            lanes::Avx512::detect().map(Self::Avx512),
            lanes::Avx2::detect().map(Self::Avx2),
        ];
        #[cfg(not(target_arch = "x86_64"))]
        let [first, second] = [None, None];
        [first, second, Some(Self::Baseline)]
    }
}

#[inline(never)]
fn document(path: &Path, job: &Job<'_>, worker: &mut Worker<'_>) -> Result<Counted, Error> {
    let end = read::read_padded(path, job.limits, &mut worker.bytes)?;
    let document = Document::new(&worker.bytes, end);
    let proven = document
        .zip(worker.topic.as_ref())
        .and_then(|(document, topic)| {
            let room = &mut worker.room;
            prove(worker.instructions, document, topic, job.limits, room)
        });
    match proven {
        Some(count) => Ok(count.into()),
        None => {
            let bytes = &worker.bytes[..end];
            pull::counted(bytes, job, &mut worker.joined)
        }
    }
}

/// How many items there are and how many mention the topic, if the document can be proven to be
/// well-formed.
fn prove(
    instructions: Instructions,
    document: Document<'_>,
    topic: &Topic<'_>,
    limits: Limits,
    room: &mut Room,
) -> Option<Count> {
    match instructions {
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx512(lanes) => lanes.walk(document, topic, limits.depth, room),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2(lanes) => lanes.walk(document, topic, limits.depth, room),
        Instructions::Baseline => Words.walk(document, topic, limits.depth, room),
    }
}
