//! Borrowed events, no structs: each field is searched as it is read, and dropped.
//!
//! Time: linear.
//! Space: the file, and the text of one field if it comes in several pieces.
//! Heap: a handful of allocations per document.
//! Wins: over `sequential` always; simple enough for the threaded counters to build on.

use std::borrow::Cow;
use std::path::Path;

use memchr::memmem::Finder;

use super::regions::{self, Regions};
use super::{Count, Counter, DocumentCount, Job, Outcome};
use crate::feed::items::{Items, Part};
use crate::feed::{Error, Limits, decode};

pub(super) struct Pull;

impl Counter for Pull {
    fn count<R: Regions>(job: &Job<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        for path in job.paths {
            outcome.record(path, document::<R>(path, job));
        }
        outcome.sorted()
    }
}

/// Counts one document, read into a buffer of its own. Shared: identical bodies may be folded, and
/// blocks are attributed by function.
#[inline(never)]
pub(super) fn document<R: Regions>(path: &Path, job: &Job<'_>) -> Result<DocumentCount, Error> {
    let _document = R::enter(regions::DOCUMENT);
    let mut bytes = Vec::new();
    regions::read_file::<R>(path, job.limits, &mut bytes)?;
    let _count = R::enter(regions::PARSE_AND_SEARCH);
    counted(&bytes, job, &mut String::new())
}

/// Counts the bytes of one document. `joined` is a reusable buffer.
pub(super) fn counted(
    bytes: &[u8],
    job: &Job<'_>,
    joined: &mut String,
) -> Result<DocumentCount, Error> {
    let read = job.read(bytes, |bytes| {
        mentions(bytes, job.topic, job.limits, joined)
    })?;
    Ok(read.into())
}

/// Capacity for the text of nearly every field, so that its length does not affect allocations.
pub(super) const FIELD: usize = 1 << 10;

/// Counts the items of a document, and those that mention the topic. `joined` is a reusable buffer.
pub(super) fn mentions(
    bytes: &[u8],
    topic: &str,
    limits: Limits,
    joined: &mut String,
) -> Result<Count, Error> {
    let document = decode::decode(bytes)?;
    let finder = Finder::new(topic);
    let mut parts = Items::new(&document, limits);
    let mut count = Count::default();
    let mut mentioned = false;
    let mut only: Option<Cow<'_, str>> = None;
    joined.clear();
    loop {
        match parts.next_part()? {
            Part::ItemStart => mentioned = false,
            Part::Text(_) if mentioned => {}
            // A field in one piece, as nearly all are, is searched without copying.
            Part::Text(piece) if only.is_none() && joined.is_empty() => only = Some(piece),
            Part::Text(piece) => {
                if let Some(first) = only.take() {
                    joined.reserve(FIELD);
                    joined.push_str(&first);
                }
                joined.push_str(&piece);
            }
            Part::FieldEnd(_) => {
                let text = only.as_deref().unwrap_or(joined);
                mentioned = mentioned || finder.find(text.as_bytes()).is_some();
                only = None;
                joined.clear();
            }
            Part::ItemEnd => {
                count.items += 1;
                count.found += u64::from(mentioned);
            }
            Part::End => return Ok(count),
        }
    }
}
