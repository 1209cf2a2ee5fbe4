//! Regions of a counter's threads: the stages of every document, and what a thread waits for.
//!
//! A counter is generic over [`Regions`], and its row in the [registry](super::registry) has two instances:
//! the lenses and the command run [`Unrecorded`], whose machine code contains nothing of the regions;
//! timelines are taken with `Recorded`.

use std::path::Path;
use std::time::Instant;

use crate::feed::{self, Error, Limits};

/// Everything that is done with one document.
pub const DOCUMENT: &str = "document";
/// Opening a document's file.
pub const OPEN: &str = "open";
/// Reading a document. This waits for the system, even if the file is in the page cache.
pub const READ: &str = "read";
/// Decoding and parsing a document.
pub const PARSE: &str = "parse";
/// Searching a document's items.
pub const SEARCH: &str = "search";
/// Parsing and searching in one pass, in which the two cannot be told apart.
pub const PARSE_AND_SEARCH: &str = "parse and search";
/// Starting a thread.
pub const START: &str = "start a thread";
/// Waiting for the end of a thread, or of all work that was given to other threads.
pub const JOIN: &str = "join";
/// Waiting for a permit.
pub const PERMIT: &str = "permit";
/// Waiting for the next document from a channel.
pub const NEXT: &str = "next document";
/// Waiting until a channel has room for a document.
pub const HAND_OVER: &str = "hand over";

/// What a thread waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// A document in a channel, or room in it.
    Channel,
    /// A permit of a semaphore.
    Permit,
    /// The bytes of a file.
    Read,
    /// Another thread.
    Thread,
}

/// Where a counter's regions go.
pub trait Regions: Copy + Send + Sync + 'static {
    /// A region that lasts until this is dropped.
    type Open;

    /// Whether regions are recorded.
    const RECORDS: bool;

    /// Begins a region of work.
    fn enter(name: &'static str) -> Self::Open;

    /// Begins a region that waits.
    fn wait(name: &'static str, wait: Wait) -> Self::Open;

    /// Records a region that has ended; `wait` says what it waited for, if it waited.
    fn between(name: &'static str, wait: Option<Wait>, start: Instant, end: Instant);
}

/// Records nothing.
#[derive(Clone, Copy, Debug)]
pub struct Unrecorded;

impl Regions for Unrecorded {
    type Open = ();

    const RECORDS: bool = false;

    #[inline(always)]
    fn enter(_: &'static str) {}

    #[inline(always)]
    fn wait(_: &'static str, _: Wait) {}

    #[inline(always)]
    fn between(_: &'static str, _: Option<Wait>, _: Instant, _: Instant) {}
}

/// Records with the harness.
#[cfg(feature = "cli")]
#[derive(Clone, Copy, Debug)]
pub struct Recorded;

#[cfg(feature = "cli")]
impl Regions for Recorded {
    type Open = benchlens::region::Region;

    const RECORDS: bool = true;

    #[inline]
    fn enter(name: &'static str) -> Self::Open {
        benchlens::region!(name)
    }

    #[inline]
    fn wait(name: &'static str, wait: Wait) -> Self::Open {
        benchlens::region!(name, wait.into())
    }

    #[inline]
    fn between(name: &'static str, wait: Option<Wait>, start: Instant, end: Instant) {
        let kind = wait.map_or_else(Default::default, Into::into);
        benchlens::region::between(name, kind, start, end);
    }
}

#[cfg(feature = "cli")]
impl From<Wait> for benchlens::region::Kind {
    fn from(wait: Wait) -> Self {
        match wait {
            Wait::Channel => Self::Channel,
            Wait::Permit => Self::Permit,
            Wait::Read => Self::Read,
            Wait::Thread => Self::Thread,
        }
    }
}

/// [`feed::read_file`], recorded as two regions.
#[inline(always)]
pub(super) fn read_file<R: Regions>(
    path: &Path,
    limits: Limits,
    buffer: &mut Vec<u8>,
) -> Result<(), Error> {
    if !R::RECORDS {
        return feed::read_file(path, limits, buffer);
    }
    let file = {
        let _open = R::enter(OPEN);
        feed::open(path)?
    };
    let _read = R::wait(READ, Wait::Read);
    feed::read_open(file, limits, buffer)
}
