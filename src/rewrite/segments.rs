//! Splits shared bytes into segments around the matches, without copying.
//!
//! Idea: a [`Bytes`] is a pointer, a length and a reference count. The bytes between two matches
//! are another reference to the same memory, and so is every replacement. The segments are written
//! 32 at a time, with one vectored write from the stack.
//! Time: O(n + m); the output costs one slice per match.
//! Space: two allocations for the replacement; all of the input is in memory.
//! Wins if the consumer accepts segments (a socket, a rope) and matches are rare; loses to a copy
//! if segments are short.
//! From: the bytes crate's reference-counted slices; the searcher is memchr's.

use std::io::{IoSlice, Write};

use bytes::Bytes;
use memchr::memmem::Finder;

use super::sink::Sink;
use super::{Error, SharedRewriter, Substitution};

/// How many segments are written at once.
const BATCH: usize = 32;

/// See the [module](self).
#[derive(Debug)]
pub struct Segmented;

impl SharedRewriter for Segmented {
    #[inline]
    fn rewrite<W: Write>(
        haystack: Bytes,
        substitution: Substitution<'_>,
        writer: W,
    ) -> Result<u64, Error> {
        let mut segments = Segments::new(haystack, substitution);
        let mut sink = Sink::new(writer);
        let mut batch = [const { Bytes::new() }; BATCH];
        loop {
            let mut filled = 0;
            for (place, segment) in batch.iter_mut().zip(&mut segments) {
                *place = segment;
                filled += 1;
            }
            let mut slices = [IoSlice::new(&[]); BATCH];
            for (slice, segment) in slices.iter_mut().zip(&batch[..filled]) {
                *slice = IoSlice::new(segment);
            }
            sink.write_vectored(&mut slices[..filled])?;
            if filled < BATCH {
                sink.finish()?;
                return Ok(segments.replaced());
            }
        }
    }
}

/// The rewritten bytes, as a sequence of segments that share the input; none of them is empty.
///
/// ```
/// use benchlens_suite::rewrite::{Substitution, segments::Segments};
/// use bytes::Bytes;
/// let substitution = Substitution::new(b"elvis", b"Elvis")?;
/// let segments = Segments::new(Bytes::from_static(b"aelvis!"), substitution);
/// assert_eq!(segments.collect::<Vec<_>>(), ["a", "Elvis", "!"]);
/// # Ok::<(), benchlens_suite::rewrite::Error>(())
/// ```
#[derive(Debug)]
pub struct Segments<'n> {
    rest: Bytes,
    finder: Finder<'n>,
    replacement: Bytes,
    /// Whether the replacement comes next, before `rest`.
    at_match: bool,
    replaced: u64,
}

impl<'n> Segments<'n> {
    /// The segments of `haystack` after `substitution`. Allocates only for the replacement.
    pub fn new(haystack: Bytes, substitution: Substitution<'n>) -> Self {
        Self {
            rest: haystack,
            finder: Finder::new(substitution.needle()),
            replacement: Bytes::from_owner(substitution.replacement().to_vec()),
            at_match: false,
            replaced: 0,
        }
    }

    /// How many replacements there were so far.
    pub const fn replaced(&self) -> u64 {
        self.replaced
    }
}

impl Iterator for Segments<'_> {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.at_match {
                self.at_match = false;
                if !self.replacement.is_empty() {
                    return Some(self.replacement.clone());
                }
            }
            let before = match self.finder.find(&self.rest) {
                Some(start) => {
                    let before = self.rest.split_to(start);
                    self.rest = self.rest.split_off(self.finder.needle().len());
                    self.at_match = true;
                    self.replaced += 1;
                    before
                }
                None => std::mem::take(&mut self.rest),
            };
            if !before.is_empty() {
                return Some(before);
            }
            if !self.at_match {
                return None;
            }
        }
    }
}
