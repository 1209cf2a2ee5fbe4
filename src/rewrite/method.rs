//! A row of the registry. A trait with generic methods is erased to function pointers once per run,
//! so that nothing is dispatched per byte.

use std::io::{Read, Write};

use bytes::Bytes;

use super::buffers;
use super::{Error, InPlaceRewriter, SharedRewriter, SliceRewriter, StreamRewriter, Substitution};
use crate::allocations::Allocations;

/// Which lengths of needle and replacement an algorithm supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lengths {
    /// Any two lengths.
    Any,
    /// Only a replacement as long as the needle.
    Equal,
}

/// A function from memory to memory: appends to the vector and returns the number of replacements.
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
    /// In place.
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
    /// The last part of the subject's name: `alg_one` in `rewrite/alg_one`.
    pub name: &'static str,
    /// A short description of how it works.
    pub summary: &'static str,
    /// Which lengths it supports.
    pub lengths: Lengths,
    /// Whether it uses more threads than the caller's.
    pub threaded: bool,
    /// Its bound on allocations.
    pub heap: Allocations,
    /// Its entry point.
    pub method: Method,
}

impl Rewriter {
    /// Whether the whole input must be in memory.
    pub const fn needs_whole_input(&self) -> bool {
        !matches!(self.method, Method::Stream { .. })
    }

    /// Whether it can replace this needle by this replacement.
    pub const fn supports(&self, substitution: Substitution<'_>) -> bool {
        matches!(self.lengths, Lengths::Any) || substitution.has_equal_lengths()
    }
}

impl Method {
    /// The method of a rewriter of streams.
    pub const fn stream<T: StreamRewriter>() -> Self {
        Self::Stream {
            measured: stream_in_memory::<T>,
            stream: stream_of_any::<T>,
        }
    }

    /// The method of a rewriter from a slice to a vector.
    pub const fn slice<T: SliceRewriter>() -> Self {
        Self::Slice(slice::<T>)
    }

    /// The method of an in-place rewriter.
    pub const fn in_place<T: InPlaceRewriter>() -> Self {
        Self::InPlace(in_place::<T>)
    }

    /// The method of a rewriter of shared bytes.
    pub const fn shared<T: SharedRewriter>() -> Self {
        Self::Shared {
            measured: shared_in_memory::<T>,
            stream: shared_to_any::<T>,
        }
    }
}

impl Rewriter {
    /// Rewrites `haystack` to a new vector with any method, and counts the replacements.
    ///
    /// # Errors
    ///
    /// [`Error::UnequalLengths`] if the algorithm requires equal lengths.
    ///
    /// ```
    /// use benchlens_suite::rewrite::{Substitution, registry::default_for};
    /// let substitution = Substitution::new(b"elvis", b"Elvis")?;
    /// let (rewritten, count) =
    ///     default_for(substitution).rewrite_to_vec(b"aelvis elvi", substitution)?;
    /// assert_eq!((rewritten.as_slice(), count), (&b"aElvis elvi"[..], 1));
    /// # Ok::<(), benchlens_suite::rewrite::Error>(())
    /// ```
    pub fn rewrite_to_vec(
        &self,
        haystack: &[u8],
        substitution: Substitution<'_>,
    ) -> Result<(Vec<u8>, u64), Error> {
        let mut output = Vec::new();
        let count = match self.method {
            Method::Stream { measured, .. } => measured(haystack, substitution, &mut output)?,
            Method::Slice(rewrite) => rewrite(haystack, substitution, &mut output)?,
            Method::InPlace(rewrite) => {
                output.extend_from_slice(haystack);
                rewrite(&mut output, substitution)?
            }
            Method::Shared { measured, .. } => {
                let haystack = Bytes::copy_from_slice(haystack);
                measured(haystack, substitution, &mut output)?
            }
        };
        Ok((output, count))
    }

    /// Rewrites `reader` to `writer` with any method, and counts the replacements. If
    /// [`needs_whole_input`](Self::needs_whole_input), all of `reader` is read into memory first.
    /// Otherwise memory is constant, and while `reader` blocks, no output is held back except a
    /// possible partial match.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] and [`Error::Write`] with the offset; [`Error::UnequalLengths`] if the
    /// algorithm requires equal lengths.
    pub fn rewrite_stream(
        &self,
        reader: &mut dyn Read,
        substitution: Substitution<'_>,
        writer: &mut dyn Write,
    ) -> Result<u64, Error> {
        match self.method {
            Method::Stream { stream, .. } => stream(reader, substitution, writer),
            Method::Slice(rewrite) => {
                let mut output = Vec::new();
                let count = rewrite(&read_all(reader)?, substitution, &mut output)?;
                write_all(&output, writer)?;
                Ok(count)
            }
            Method::InPlace(rewrite) => {
                let mut haystack = read_all(reader)?;
                let count = rewrite(&mut haystack, substitution)?;
                write_all(&haystack, writer)?;
                Ok(count)
            }
            Method::Shared { stream, .. } => {
                stream(Bytes::from(read_all(reader)?), substitution, writer)
            }
        }
    }
}

#[inline(never)]
fn stream_in_memory<T: StreamRewriter>(
    haystack: &[u8],
    substitution: Substitution<'_>,
    output: &mut Vec<u8>,
) -> Result<u64, Error> {
    T::rewrite(haystack, substitution, output)
}

#[inline(never)]
fn slice<T: SliceRewriter>(
    haystack: &[u8],
    substitution: Substitution<'_>,
    output: &mut Vec<u8>,
) -> Result<u64, Error> {
    T::rewrite(haystack, substitution, output)
}

#[inline(never)]
fn in_place<T: InPlaceRewriter>(
    haystack: &mut [u8],
    substitution: Substitution<'_>,
) -> Result<u64, Error> {
    T::rewrite(haystack, substitution)
}

#[inline(never)]
fn shared_in_memory<T: SharedRewriter>(
    haystack: Bytes,
    substitution: Substitution<'_>,
    output: &mut Vec<u8>,
) -> Result<u64, Error> {
    T::rewrite(haystack, substitution, output)
}

#[inline(never)]
fn shared_to_any<T: SharedRewriter>(
    haystack: Bytes,
    substitution: Substitution<'_>,
    writer: &mut dyn Write,
) -> Result<u64, Error> {
    T::rewrite(haystack, substitution, writer)
}

#[inline(never)]
fn stream_of_any<T: StreamRewriter>(
    reader: &mut dyn Read,
    substitution: Substitution<'_>,
    writer: &mut dyn Write,
) -> Result<u64, Error> {
    buffers::between(reader, writer, |input, output| {
        T::rewrite(input, substitution, output)
    })
}

fn read_all(reader: &mut dyn Read) -> Result<Vec<u8>, Error> {
    let mut haystack = Vec::new();
    match reader.read_to_end(&mut haystack) {
        Ok(_) => Ok(haystack),
        Err(source) => Err(Error::Read {
            offset: haystack.len() as u64,
            source,
        }),
    }
}

fn write_all(bytes: &[u8], writer: &mut dyn Write) -> Result<(), Error> {
    let mut sink = super::sink::Sink::new(writer);
    sink.write(bytes)?;
    sink.finish()
}
