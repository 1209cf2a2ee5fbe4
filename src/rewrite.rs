//! Replace bytes in slices, in place, and in streams of any length.
//!
//! ```
//! use benchlens_suite::rewrite::Replacer;
//!
//! let replacer = Replacer::new("elvis", "Elvis")?;
//! assert_eq!(replacer.replace(b"an elvis"), b"an Elvis");
//! # Ok::<(), benchlens_suite::rewrite::Error>(())
//! ```
//!
//! [`Replacer`] is compiled once and can be shared by threads; [`replace`] is for a single use. The
//! semantics are those of Python's `bytes.replace` with a non-empty needle: leftmost, non-overlapping, left
//! to right, on any bytes. A match may straddle the border of two reads.
//!
//! # Which algorithm
//!
//! [`Replacer`] chooses algorithms without a slow input:
//!
//! | needles | call | algorithm |
//! | --- | --- | --- |
//! | one of up to 64 bytes | [`replace_stream`](Replacer::replace_stream) | [`vector`]: the whole needle is compared at every position, in one buffer on the stack |
//! | | [`replace`](Replacer::replace), [`replace_into`](Replacer::replace_into) | [`vector_copy`]: the same, in each piece as it is copied |
//! | | [`replace_in_place`](Replacer::replace_in_place) | [`vector_in_place`]: the same, in place |
//! | one longer needle | any | [`chunked`] and [`in_place`]: memchr's `memmem` |
//! | many | any | a filter finds where a needle may begin (Teddy for up to 16 needles with AVX2, otherwise a table of grams), a lookup finds which, and aho-corasick's automaton takes over if a text has too many false candidates |
//!
//! The instruction set is chosen at run time: AVX2 if available, otherwise the target's baseline.
//!
//! Every other algorithm is a type that implements one of the four traits below; its module says
//! when it wins.
//!
//! - [`chunked`] for a stream in which the needle is a rare word: on par there, slower on dense matches and
//!   near misses;
//! - [`parallel`] for a megabyte or more in memory while other cores are idle;
//! - [`segments`] if the input is a [`Bytes`] and the writer supports vectored writes;
//! - [`buffered`] from one rope of buffers to another;
//! - [`alg_one`], [`alg_two`]: textbook algorithms, for comparison.
//!
//! ```
//! use benchlens_suite::rewrite::parallel::Parallel;
//! use benchlens_suite::rewrite::{SliceRewriter, Substitution};
//!
//! let substitution = Substitution::new(b"elvis", b"Elvis")?;
//! let mut output = Vec::new();
//! assert_eq!(Parallel::rewrite(b"an elvis", substitution, &mut output)?, 1);
//! assert_eq!(output, b"an Elvis");
//! # Ok::<(), benchlens_suite::rewrite::Error>(())
//! ```
//!
//! The registries, the oracles and the inlining pairs are for the suite's own benches, behind the feature
//! `suite`. A new rewriter is one file that implements one of the traits, and one line in the registry.

use std::io::{self, Read, Write};

use bytes::Bytes;
use thiserror::Error;

pub mod alg_one;
pub mod alg_two;
#[cfg(target_arch = "x86_64")]
mod avx2;
pub mod buffered;
mod buffers;
pub mod chunked;
#[cfg(feature = "suite")]
pub mod copy;
#[cfg(feature = "suite")]
pub mod elvis;
pub mod in_place;
mod many;
#[cfg(feature = "suite")]
mod method;
mod nontemporal;
mod occurrences;
#[cfg(any(test, feature = "suite"))]
pub mod oracle;
#[cfg(feature = "suite")]
pub mod overlapped;
pub mod parallel;
mod partial_match;
#[cfg(feature = "suite")]
pub mod registry;
mod replacer;
pub mod segments;
mod share;
mod sink;
mod source;
pub mod vector;
pub mod vector_copy;
pub mod vector_in_place;

#[cfg(feature = "suite")]
pub use method::{FromSlice, Lengths, Method, Rewriter};
pub use replacer::{ReplaceReader, ReplaceWriter, Replacer, replace};

/// The result of rewriting a piece of a stream.
#[derive(Clone, Copy, Debug)]
struct Step {
    /// How many of its bytes were rewritten; the rest may begin a match.
    consumed: usize,
    /// How many replacements were made.
    count: u64,
}

/// A needle and its replacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Substitution<'a> {
    needle: &'a [u8],
    replacement: &'a [u8],
}

impl<'a> Substitution<'a> {
    /// Replaces `needle`, which must not be empty, with `replacement`, which may be.
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

    /// The bytes that replace each match.
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

/// Why a rewrite failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The needle has no bytes, so it would match everywhere.
    #[error("the needle is empty")]
    EmptyNeedle,
    /// The algorithm overwrites each match in place, so both lengths must be equal.
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
        /// The reader's error.
        source: io::Error,
    },
    /// The output could not be written.
    #[error("write failed after {offset} bytes")]
    Write {
        /// How many bytes the writer had accepted.
        offset: u64,
        /// The writer's error.
        source: io::Error,
    },
}

/// Rewrites a stream that need not fit into memory. Returns the number of replacements.
///
/// `Interrupted` reads and writes are retried. Any other error ends the rewrite, and what was
/// written until then is a prefix of the correct output.
pub trait StreamRewriter {
    /// Rewrites `reader` to `writer` until `reader` ends.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] and [`Error::Write`] with the offset; [`Error::UnequalLengths`] if the
    /// algorithm requires equal lengths.
    fn rewrite<R: Read, W: Write>(
        reader: R,
        substitution: Substitution<'_>,
        writer: W,
    ) -> Result<u64, Error>;
}

/// Rewrites a slice, appending to a vector. Returns the number of replacements.
pub trait SliceRewriter {
    /// Appends the rewritten `haystack` to `output`.
    ///
    /// # Errors
    ///
    /// [`Error::UnequalLengths`] if the algorithm requires equal lengths.
    fn rewrite(
        haystack: &[u8],
        substitution: Substitution<'_>,
        output: &mut Vec<u8>,
    ) -> Result<u64, Error>;
}

/// Rewrites a slice in place; equal lengths only. Returns the number of replacements.
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
