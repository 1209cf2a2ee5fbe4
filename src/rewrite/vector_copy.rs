//! From a slice to a vector: each piece is copied and then rewritten in cache with SIMD.
//!
//! Idea: copy and rewrite are fused piece by piece, so that memory is read once and written once;
//! `occurrences` does the rewriting. From 16 MiB on, nontemporal stores are used.
//! Time: that of a copy, on every input.
//! Space: none beyond the output.
//! Measured: the rows `source to destination` in
//! results/record/2026-11-24-x86_64-2-cores/limits.csv.
//! Wins if input and output are both in memory. Needles of more than 64 bytes go to
//! [`chunked`](super::chunked).

use std::io::Write;

use super::chunked::Chunked;
use super::nontemporal::{self, Nontemporal};
use super::occurrences::{Path, Prepared, SHORT};
use super::share::{self, Share};
use super::sink::Sink;
use super::{Error, SliceRewriter, StreamRewriter, Substitution};

/// Bytes that are copied and then rewritten while they are in the first-level cache.
const PIECE: usize = 16 * 1024;

/// See the [module](self).
#[derive(Debug)]
pub struct VectorCopy;

impl SliceRewriter for VectorCopy {
    #[inline]
    fn rewrite(
        haystack: &[u8],
        substitution: Substitution<'_>,
        output: &mut Vec<u8>,
    ) -> Result<u64, Error> {
        rewrite_on(Path::best(), haystack, substitution, output)
    }
}

/// Like [`VectorCopy`], on a given path.
#[inline]
pub(super) fn rewrite_on(
    path: Path,
    haystack: &[u8],
    substitution: Substitution<'_>,
    output: &mut Vec<u8>,
) -> Result<u64, Error> {
    match Prepared::new(path, substitution) {
        Some(prepared) => rewrite_prepared(prepared, haystack, substitution, output),
        None => Chunked::rewrite(haystack, substitution, output),
    }
}

/// Like [`VectorCopy`], with a prepared substitution.
#[inline]
pub(super) fn rewrite_prepared(
    mut prepared: Prepared<'_>,
    haystack: &[u8],
    substitution: Substitution<'_>,
    output: &mut Vec<u8>,
) -> Result<u64, Error> {
    if !substitution.has_equal_lengths() {
        return write(&mut prepared, haystack, output);
    }
    if haystack.len() <= SHORT {
        return Ok(prepared.copy_short(haystack, output));
    }
    let exceeds_cache = haystack.len() >= nontemporal::FROM;
    Ok(share::append(output, haystack.len(), |share| {
        fill(&mut prepared, haystack, share, exceeds_cache)
    }))
}

/// Writes all of `haystack`, rewritten.
///
/// # Errors
///
/// Those of the writer.
pub(super) fn write<W: Write>(
    prepared: &mut Prepared<'_>,
    haystack: &[u8],
    writer: W,
) -> Result<u64, Error> {
    let mut sink = Sink::new(writer);
    let progress = prepared.append(haystack, &mut sink)?;
    sink.write(&haystack[progress.copied..])?;
    Ok(progress.replacements)
}

/// Fills `share`, which is as long as `haystack`, with the rewritten bytes; lengths must be equal. With `exceeds_cache` the
/// stores are nontemporal.
pub(super) fn fill(
    prepared: &mut Prepared<'_>,
    haystack: &[u8],
    share: &mut Share<'_>,
    exceeds_cache: bool,
) -> u64 {
    if exceeds_cache {
        return prepared.copy(haystack, Nontemporal::new(share));
    }
    let (mut count, mut decided) = (0, 0);
    for piece in haystack.chunks(PIECE) {
        share.append(piece);
        let progress = prepared.in_place(&mut share.filled_mut()[decided..]);
        decided += progress.decided;
        count += progress.replacements;
    }
    count
}
