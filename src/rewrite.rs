//! Replace every occurrence of a needle in a stream of bytes: one job, many algorithms.
//!
//! The semantics are those of Python's `bytes.replace` with a non-empty needle: leftmost,
//! non-overlapping, left to right, on any bytes. A stream may be of any length and its reads of
//! any size; a match across the border of two reads is a match.
//!
//! A rewriter is one file with one of the four traits below, and one line in [`registry`].

use std::io::{self, Read, Write};

use bytes::Bytes;
use thiserror::Error;

use crate::allocations::Allocations;

pub mod alg_one;
pub mod alg_two;
pub mod buffered;
pub mod chunked;
pub mod copy;
pub mod in_place;
mod method;
pub mod occurrences;
pub mod oracle;
pub mod parallel;
mod partial_match;
mod past_cache;
pub mod registry;
pub mod segments;
mod sink;
mod source;
pub mod vector;
pub mod vector_copy;
pub mod vector_in_place;

/// What to look for and what to put in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Substitution<'a> {
    needle: &'a [u8],
    replacement: &'a [u8],
}

impl<'a> Substitution<'a> {
    /// A substitution of `replacement`, which may be empty, for `needle`, which may not.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyNeedle`].
    ///
    /// ```
    /// use benchlens_suite::rewrite::Substitution;
    /// assert!(Substitution::new(b"elvis", b"Elvis").is_ok());
    /// assert!(Substitution::new(b"", b"Elvis").is_err());
    /// ```
    pub const fn new(needle: &'a [u8], replacement: &'a [u8]) -> Result<Self, Error> {
        if needle.is_empty() {
            return Err(Error::EmptyNeedle);
        }
        Ok(Self {
            needle,
            replacement,
        })
    }

    /// The bytes to look for; never empty.
    #[inline]
    pub const fn needle(&self) -> &'a [u8] {
        self.needle
    }

    /// The bytes to put in the place of each match.
    #[inline]
    pub const fn replacement(&self) -> &'a [u8] {
        self.replacement
    }

    /// Whether a match and its replacement have the same length.
    #[inline]
    pub const fn has_equal_lengths(&self) -> bool {
        self.needle.len() == self.replacement.len()
    }

    /// Refuses unequal lengths.
    ///
    /// # Errors
    ///
    /// [`Error::UnequalLengths`].
    #[inline]
    pub const fn require_equal_lengths(&self) -> Result<(), Error> {
        if self.has_equal_lengths() {
            return Ok(());
        }
        Err(Error::UnequalLengths {
            needle: self.needle.len(),
            replacement: self.replacement.len(),
        })
    }
}

/// Why a rewrite did not reach the end of its input.
#[derive(Debug, Error)]
pub enum Error {
    /// The needle has no bytes, so it would match everywhere.
    #[error("the needle is empty")]
    EmptyNeedle,
    /// The algorithm writes each replacement over its match, so both must be of one length.
    #[error("needle and replacement must have equal lengths, not {needle} and {replacement} bytes")]
    UnequalLengths {
        /// Length of the needle in bytes.
        needle: usize,
        /// Length of the replacement in bytes.
        replacement: usize,
    },
    /// The input could not be read.
    #[error("read failed after {offset} bytes")]
    Read {
        /// How many bytes had been read.
        offset: u64,
        /// What the reader said.
        source: io::Error,
    },
    /// The output could not be written.
    #[error("write failed after {offset} bytes")]
    Write {
        /// How many bytes the writer had taken.
        offset: u64,
        /// What the writer said.
        source: io::Error,
    },
}

/// Rewrites a stream that need not fit into memory. Returns the number of replacements.
///
/// `Interrupted` reads and writes are repeated; any other error ends the rewrite, and what was
/// written until then is a prefix of the right output.
pub trait StreamRewriter {
    /// Rewrites `reader` to `writer` until `reader` ends.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] and [`Error::Write`] with the offset; [`Error::UnequalLengths`] where the
    /// algorithm asks for equal lengths.
    fn rewrite<R: Read, W: Write>(
        reader: R,
        substitution: Substitution<'_>,
        writer: W,
    ) -> Result<u64, Error>;
}

/// Rewrites a slice into a vector, to which it appends. Returns the number of replacements.
pub trait SliceRewriter {
    /// Appends the rewritten `haystack` to `output`.
    ///
    /// # Errors
    ///
    /// [`Error::UnequalLengths`] where the algorithm asks for equal lengths.
    fn rewrite(
        haystack: &[u8],
        substitution: Substitution<'_>,
        output: &mut Vec<u8>,
    ) -> Result<u64, Error>;
}

/// Rewrites the bytes where they stand; equal lengths only. Returns the number of replacements.
pub trait InPlaceRewriter {
    /// Rewrites `haystack`.
    ///
    /// # Errors
    ///
    /// [`Error::UnequalLengths`].
    fn rewrite(haystack: &mut [u8], substitution: Substitution<'_>) -> Result<u64, Error>;
}

/// Rewrites reference-counted bytes without copying them. Returns the number of replacements.
pub trait SharedRewriter {
    /// Writes the rewritten `haystack` to `writer`.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] with the offset.
    fn rewrite<W: Write>(
        haystack: Bytes,
        substitution: Substitution<'_>,
        writer: W,
    ) -> Result<u64, Error>;
}

/// Which lengths of needle and replacement an algorithm can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lengths {
    /// Any two lengths.
    Any,
    /// Only a replacement as long as the needle.
    Equal,
}

/// From memory to memory: appends to the vector and returns the number of replacements.
pub type FromSlice = fn(&[u8], Substitution<'_>, &mut Vec<u8>) -> Result<u64, Error>;

/// The entry point of an algorithm, erased once for a whole run: dispatch per document is free,
/// dispatch per byte is not.
#[derive(Clone, Copy, Debug)]
pub enum Method {
    /// From a reader to a writer.
    Stream {
        /// The instance that the lenses measure: memory to memory.
        measured: FromSlice,
        /// The instance that the command runs: any reader to any writer.
        stream: fn(&mut dyn Read, Substitution<'_>, &mut dyn Write) -> Result<u64, Error>,
    },
    /// From a slice to a vector.
    Slice(FromSlice),
    /// In the slice itself.
    InPlace(fn(&mut [u8], Substitution<'_>) -> Result<u64, Error>),
    /// From shared bytes to a writer.
    Shared {
        /// The instance that the lenses measure: memory to memory.
        measured: fn(Bytes, Substitution<'_>, &mut Vec<u8>) -> Result<u64, Error>,
        /// The instance that the command runs: to any writer.
        stream: fn(Bytes, Substitution<'_>, &mut dyn Write) -> Result<u64, Error>,
    },
}

/// One rewriter: a line of the registry.
#[derive(Clone, Copy, Debug)]
pub struct Rewriter {
    /// The last part of the subject's name: `alg_one` of `rewrite/alg_one`.
    pub name: &'static str,
    /// A few words on how it works.
    pub summary: &'static str,
    /// Which pairs it can do.
    pub lengths: Lengths,
    /// Whether it works on more threads than the caller's.
    pub threaded: bool,
    /// What it says of its use of the heap.
    pub heap: Allocations,
    /// Its entry point.
    pub method: Method,
}

impl Rewriter {
    /// Whether the whole input has to be in memory.
    pub const fn needs_whole_input(&self) -> bool {
        !matches!(self.method, Method::Stream { .. })
    }

    /// Whether it can replace this needle by this replacement.
    pub const fn supports(&self, substitution: Substitution<'_>) -> bool {
        matches!(self.lengths, Lengths::Any) || substitution.has_equal_lengths()
    }
}
