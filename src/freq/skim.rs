//! One SIMD pass that proves a document well-formed and counts at the same time.
//!
//! **Idea**: nearly every document is well-formed and made of few constructs. Markup is found 64
//! bytes at a time, as in simdjson. A walk from one markup position to the next proves that the
//! strict reader would accept the document with this count; text in between is skipped. Anything
//! malformed, or valid but rare (a DOCTYPE, an encoding other than UTF-8, names beyond ASCII, more
//! than 16 attributes in a tag, or two with prefixes), makes the walk give up, and `pull` reads the
//! document. So only one reader reports errors, and counts can differ only by an error in the
//! proof; the tests compare both on millions of damaged documents.
//!
//! Tags are cached after their first occurrence, and an element with nothing but text is skipped by
//! comparing its two tags with cached ones.
//!
//! **Time**: linear; both passes for a document that the walk gives up on.
//! Measured: the rows `count/skim` in results/record/2026-11-24-x86_64-2-cores/limits.csv, relative
//! to only reading the files (`examples/count_limits.rs`).
//! **Space**: the largest document and 60 KB, per worker.
//! **Heap**: none per document, once the buffer is as long as the longest document; the strict
//! reader's if the walk gives up.
//! **Wins**: always.
//!
//! No check of the strict reader is skipped: unique attributes, valid characters, matching end tags,
//! and valid UTF-8 in text beyond ASCII.
//!
//! **Paths**: one body, compiled for AVX-512, for AVX2, and for words of eight bytes; selected at run
//! time.

use std::num::NonZeroUsize;
use std::path::Path;

use super::regions::{self, Regions, Unrecorded};
use super::reused::run_workers;
use super::{Count, Counter, DocumentCount, Job, Outcome, guarded, pull};
use crate::feed::{Error, Limits};
use document::Document;
use given_up::Walked;
use lanes::{Compiled, Words};
use read::Buffer;
use topic::Topic;
use walk::Scratch;

mod cached_tags;
mod capture;
mod document;
mod elements;
mod given_up;
mod grammar;
mod items;
mod lanes;
mod marks;
mod misc_markup;
mod read;
mod scope;
mod tag_cache;
#[cfg(test)]
mod tests;
mod topic;
mod walk;

pub(super) struct Skim;

impl Counter for Skim {
    fn count<R: Regions>(job: &Job<'_>) -> Outcome {
        run_workers::<R, _>(
            job,
            || Worker::new(job),
            |path, worker| document::<R>(path, job, worker),
        )
    }
}

/// Counts one document at a time on the calling thread and reuses its buffers, for callers that get
/// paths one by one.
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
    /// A session for `topic`, which must not be empty; for the other arguments see [`Job`].
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
    /// Why the document failed; the session remains usable.
    pub fn count(&mut self, path: &Path) -> Result<DocumentCount, Error> {
        let Self { job, worker } = self;
        let result = guarded(|| document::<Unrecorded>(path, job, worker));
        if matches!(result, Err(Error::Abandoned)) {
            // The worker's state is unknown after a panic.
            self.worker = Worker::new(&self.job);
        }
        result
    }
}

/// What one thread reuses for each of its documents.
struct Worker<'t> {
    instructions: Instructions,
    /// `None` for a topic that only the strict reader can search for.
    topic: Option<Topic<'t>>,
    buffer: Buffer,
    scratch: Scratch,
    joined: String,
}

impl<'t> Worker<'t> {
    fn new(job: &Job<'t>) -> Self {
        Self {
            instructions: Instructions::best(),
            topic: Topic::new(job.topic),
            buffer: Buffer::new(),
            scratch: Scratch::new(),
            joined: String::new(),
        }
    }
}

/// The instruction set that the walk was compiled for.
#[derive(Clone, Copy, Debug)]
enum Instructions {
    /// 512-bit vectors and their masks.
    #[cfg(target_arch = "x86_64")]
    Avx512(lanes::Avx512),
    /// 256-bit vectors.
    #[cfg(target_arch = "x86_64")]
    Avx2(lanes::Avx2),
    /// Words of eight bytes, on any processor.
    Baseline,
}

impl Instructions {
    /// The fastest one on this machine.
    fn best() -> Self {
        Self::all()
            .into_iter()
            .flatten()
            .next()
            .unwrap_or(Self::Baseline)
    }

    /// All that this machine supports, fastest first.
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
fn document<R: Regions>(
    path: &Path,
    job: &Job<'_>,
    worker: &mut Worker<'_>,
) -> Result<DocumentCount, Error> {
    let _document = R::enter(regions::DOCUMENT);
    let end = read::read_padded::<R>(path, job.limits, &mut worker.buffer)?;
    let _count = R::enter(regions::PARSE_AND_SEARCH);
    let document = Document::new(worker.buffer.bytes(), end);
    let proven = document
        .zip(worker.topic.as_ref())
        .and_then(|(document, topic)| {
            let scratch = &mut worker.scratch;
            prove(worker.instructions, document, topic, job.limits, scratch).ok()
        });
    match proven {
        Some(count) => Ok(count.into()),
        None => {
            let bytes = &worker.buffer.bytes()[..end];
            pull::counted(bytes, job, &mut worker.joined)
        }
    }
}

/// Counts the items and those that mention the topic, if the document can be proven well-formed;
/// otherwise says why not.
fn prove(
    instructions: Instructions,
    document: Document<'_>,
    topic: &Topic<'_>,
    limits: Limits,
    scratch: &mut Scratch,
) -> Walked<Count> {
    match instructions {
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx512(lanes) => lanes.walk(document, topic, limits.depth, scratch),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2(lanes) => lanes.walk(document, topic, limits.depth, scratch),
        Instructions::Baseline => Words.walk(document, topic, limits.depth, scratch),
    }
}
